"""`--fix` on Dockerfiles with broken Python, and what real shells hand to Python afterwards: the code that was meant."""

from __future__ import annotations

import ast
import warnings
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from continued import flattened_statements, in_run
from dfguard.checks.registry import all_rules
from dfguard.checks.rule import Bad
from dfguard.config.settings import Settings
from dfguard.core.project import Surroundings
from dfguard.core.source import Source
from dfguard.discover.files import MemoryFiles
from dfguard.discover.repository import Repository
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.fixing import Fixed, fixed_target
from dfguard.syntax import shell
from dfguard.syntax.dockerfile import parser
from dfguard.testing import unmark
from recording import SHELLS, Recorder, programs_in

if TYPE_CHECKING:
    from pathlib import Path

MOST = 40
RULES = ("DFG101", "DFG102", "DFG103", "DFG104", "DFG105")
BASH = 'SHELL ["/bin/bash", "-c"]\n'

pytestmark = pytest.mark.skipif(set(SHELLS) != {"dash", "bash"}, reason="needs dash and bash")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return programs_in(tmp_path_factory.mktemp("bin"))


def _fixed(text: str) -> Fixed:
    every = {"Dockerfile": text}
    target = Target(
        Source("Dockerfile", text),
        InMemoryContext(every),
        Surroundings(Repository(MemoryFiles(every), "Dockerfile")),
    )
    return fixed_target(target, Settings(platform="docker", select=("DFG1",)), suggested=True)


def _handed_over(text: str, folder: Path, programs: Path) -> list[str]:
    """What Python is handed when the shells (SHELL, or dash) run every RUN, CMD and ENTRYPOINT of the file."""
    folder.mkdir()
    recorder = Recorder(folder, programs)
    words: tuple[str, ...] = ("dash", "-c")
    for instruction in parser.parse(Source("Dockerfile", text)).instructions:
        arguments = [argument.value for argument in instruction.arguments]
        if instruction.keyword == "SHELL":
            words = tuple(arguments)
        script = shell.run_script(instruction, words)
        if instruction.keyword in {"CMD", "ENTRYPOINT"} and instruction.is_json:
            recorder.run(arguments, {})
        elif script is not None:
            recorder.run([*words, script.text.value], {})
    return [_unwrapped(program) for program in recorder.programs()]


def _unwrapped(code: str) -> str:
    """The code in `exec("...")`, the form of code that must stay on one line."""
    tree = ast.parse(code).body
    match tree:
        case [ast.Expr(ast.Call(ast.Name("exec"), [ast.Constant(str(inner))]))]:
            return inner
    return code


def _escaped(line: str) -> str:
    for character in '\\"$`':
        line = line.replace(character, f"\\{character}")
    return line


def test_statements_of_the_standard_library_reach_python_as_they_were_meant(
    tmp_path: Path, programs: Path
) -> None:
    """Every statement behind `-c "` with escapes, those without an apostrophe behind `-c '` as well, in both shells."""
    count = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for code, lines in islice(flattened_statements(), 0, MOST * 40, 40):
            texts = [in_run([_escaped(line) for line in lines])]
            if "'" not in code:
                texts.append(in_run(lines).replace('-c "', "-c '").replace('\n"\n', "\n'\n"))
            for text in [f"FROM x\n{shell_words}{text}" for text in texts for shell_words in ("", BASH)]:
                done = _fixed(text)
                assert [d.rule for d in done.fixed] == ["DFG101"], text
                (handed,) = _handed_over(done.text, tmp_path / str(count), programs)
                assert ast.dump(ast.parse(handed)) == ast.dump(ast.parse(code)), done.text
                count += 1
    assert count >= 2 * MOST
    print(f"{count} fixed files run")  # noqa: T201


EXAMPLES = [
    pytest.param(bad, id=f"{rule.id} {number}")
    for rule in all_rules()
    if rule.id in RULES
    for number, bad in enumerate(rule.bad)
    if bad.fixed is not None and not bad.files and not bad.certainty_is_maybe
]


@pytest.mark.parametrize("bad", EXAMPLES)
def test_what_python_gets_of_a_fixed_example_compiles(bad: Bad, tmp_path: Path, programs: Path) -> None:
    done = _fixed(unmark(bad.text)[0].replace("cd /app", "cd ."))
    assert done.fixed
    handed = _handed_over(done.text, tmp_path / "run", programs)
    assert handed
    for program in handed:
        compile(program, "handed over", "exec")

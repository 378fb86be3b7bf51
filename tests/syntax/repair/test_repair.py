"""`repair`: what is written into the file, and what a real shell then hands to Python."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dfguard.core.edits import apply_edits
from dfguard.core.source import Source
from dfguard.syntax.dockerfile.parser import parse
from dfguard.syntax.embedded.snippets import snippets_of_instruction
from dfguard.syntax.python.verdict.check import check
from dfguard.syntax.repair.repair import has_heredocs, repair
from dfguard.syntax.shell.grammar.script import run_script

if TYPE_CHECKING:
    from pathlib import Path

    from dfguard.syntax.python.program import Snippet
    from dfguard.syntax.repair.repair import Repair

SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]


def first_fault(text: str, **options: bool) -> tuple[Source, Snippet, Repair | None]:
    """The first snippet of a Dockerfile that does not compile, and its repair."""
    source = Source("Dockerfile", text)
    for instruction in parse(source).instructions:
        for snippet in snippets_of_instruction(instruction, run_script(instruction)):
            if (fault := check(snippet.code.value)) is not None:
                return source, snippet, repair(snippet, fault, instruction, **options)
    raise AssertionError("every snippet compiles")


TRY = "import a\ntry:\n    b()\nexcept E:\n    c()\n"
WRITTEN = [
    pytest.param(
        'FROM x\nRUN python -c "import a; \\\n    try: \\\n        b(); \\\n    except E: \\\n        c()"\nCMD ["x"]\n',
        f"FROM x\nRUN python - <<'PY'\n{TRY}PY\nCMD [\"x\"]\n",
        id="alone",
    ),
    pytest.param(
        'RUN x && \\\n    python3 -u -c "import a; try: b(); except E: c()" d && \\\n    # a comment\n    y\nRUN z\n',
        f"RUN x && \\\n    python3 -u - <<'PY' d && \\\n    # a comment\n    y\n{TRY}PY\nRUN z\n",
        id="in-a-chain",
    ),
    pytest.param(
        "RUN python -uc 'import a; try: b(); except E: c()'",
        f"RUN python -u - <<'PY'\n{TRY}PY",
        id="cluster-and-no-final-line-feed",
    ),
    pytest.param(
        "RUN python -c \"import a; for x in y: print(\\\"$HOME\\\", '\\$x', '\\\\\\\\')\"\n",
        "RUN python - <<PY\nimport a\nfor x in y:\n    print(\"$HOME\", '\\$x', '\\\\\\\\')\nPY\n",
        id="the-shell-fills-in",
    ),
    pytest.param(
        "RUN python -c 'import a; for x in y: PY()' && cat <<E\nbody\nE\n",
        "RUN python - <<'PY' && cat <<E\nimport a\nfor x in y:\n    PY()\nPY\nbody\nE\n",
        id="before-another-here-document",
    ),
    pytest.param(
        "RUN cat <<PY && python -c 'import a; for x in y: b()'\nbody\nPY\n",
        "RUN cat <<PY && python - <<'PYTHON'\nbody\nPY\nimport a\nfor x in y:\n    b()\nPYTHON\n",
        id="behind-another-here-document-of-that-name",
    ),
    pytest.param(
        "RUN <<E\npython -c 'import a; for x in y: b()'\nE\n",
        "RUN <<E\npython -c 'import a\nfor x in y:\n    b()'\nE\n",
        id="inside-a-here-document-script",
    ),
    pytest.param(
        "RUN python - <<'E'\nimport a; for x in y: b()\nE\n",
        "RUN python - <<'E'\nimport a\nfor x in y:\n    b()\nE\n",
        id="a-here-document-itself",
    ),
    pytest.param(
        'CMD ["python", "-c", "import a; for x in y: b(\'\\"\')"]\n',
        'CMD ["python", "-c", "import a\\nfor x in y:\\n    b(\'\\"\')"]\n',
        id="json",
    ),
    pytest.param(
        "CMD python -c \"import a; for x in y: b('c')\"\n",
        "CMD python -c 'exec(\"import a\\nfor x in y:\\n    b(\\x27c\\x27)\")'\n",
        id="no-here-document-for-cmd",
    ),
    pytest.param(
        "RUN echo 1 | python -c 'import a; for x in y: b()'\n",
        "RUN echo 1 | python -c 'exec(\"import a\\nfor x in y:\\n    b()\")'\n",
        id="standard-input-is-taken",
    ),
    pytest.param(
        "RUN python -c 'import a; for x in y: input()'\n",
        "RUN python -c 'exec(\"import a\\nfor x in y:\\n    input()\")'\n",
        id="the-code-reads-input",
    ),
    pytest.param(
        "ONBUILD RUN python -c 'import a; for x in y: b()'\n",
        "ONBUILD RUN python - <<'PY'\nimport a\nfor x in y:\n    b()\nPY\n",
        id="onbuild",
    ),
    pytest.param(
        "RUN x && echo '\\\nimport a; \\\nfor x in y: \\\n    b(); \\\n' | python3 && y\n",
        "RUN x && python3 <<'PY' && y\nimport a\nfor x in y:\n    b()\nPY\n",
        id="a-pipe",
    ),
    pytest.param(
        "RUN echo 'import a; for x in y: b()' | python3 -u -\n",
        "RUN python3 -u - <<'PY'\nimport a\nfor x in y:\n    b()\nPY\n",
        id="a-pipe-at-the-end",
    ),
    pytest.param('RUN python -c " import a; b()"\n', 'RUN python -c "import a; b()"\n', id="indented"),
    pytest.param(
        'RUN python -c "import a\\nfor x in y:\\n\\tb()"\n',
        "RUN python - <<'PY'\nimport a\nfor x in y:\n\tb()\nPY\n",
        id="escaped-line-feeds",
    ),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_what_is_written(text: str, expected: str) -> None:
    source, _, found = first_fault(text)
    assert found is not None
    assert apply_edits(source, found.edits) == expected
    assert found.is_safe
    assert parse(Source("Dockerfile", f"FROM x\n{expected}")).faults == ()


NOT_WRITTEN = [
    pytest.param("RUN sh -c \"python -c 'import a; for x in y: b()'\"\n", id="nested-quotes"),
    pytest.param("RUN x=$(python -c 'import a; for x in y: b()')\n", id="substitution"),
    pytest.param('CMD python -c "import a; for x in y: b($HOME)"\n', id="an-expansion-inside-exec"),
    pytest.param("RUN python -c import\\ a\\;for\\ x\\ in\\ y:b\\(\\)\n", id="no-quotes"),
    pytest.param("RUN python -c 'import a; for x in y: b('\n", id="another-fault-behind-it"),
    pytest.param("RUN echo 'import a; for x in y: b()' > x.py\n", id="generated-file"),
]


@pytest.mark.parametrize("text", NOT_WRITTEN)
def test_what_is_left_alone(text: str) -> None:
    assert first_fault(text)[2] is None


def test_differences_are_named_when_the_text_is_ambiguous() -> None:
    _, _, found = first_fault("RUN python -c 'import a; for x in y: b(); c()'\n")
    assert found is not None
    assert (found.is_safe, found.differences) == (False, ("`c()` behind `for x in y:`",))


def test_old_frontends_get_one_line() -> None:
    source, _, found = first_fault("RUN python -c 'import a; for x in y: b()'\n", has_heredocs=False)
    assert found is not None
    assert apply_edits(source, found.edits) == "RUN python -c 'exec(\"import a\\nfor x in y:\\n    b()\")'\n"


FRONTENDS = [
    pytest.param("FROM x\n", True, id="none"),
    pytest.param("# syntax=docker/dockerfile:1\nFROM x\n", True, id="newest"),
    pytest.param("# syntax=docker/dockerfile:1.3\nFROM x\n", False, id="old"),
    pytest.param("# syntax=docker/dockerfile:1.2.1\nFROM x\n", False, id="old-patch"),
    pytest.param("# syntax=docker/dockerfile:1.4\nFROM x\n", True, id="first"),
    pytest.param("# syntax=docker.io/docker/dockerfile:1.0\nFROM x\n", False, id="registry"),
    pytest.param("# syntax=example.com/own:1.0\nFROM x\n", True, id="another-frontend"),
]


@pytest.mark.parametrize(("text", "knows"), FRONTENDS)
def test_frontends_that_know_here_documents(text: str, knows: object) -> None:
    assert has_heredocs(parse(Source("Dockerfile", text))) is knows


def handed_over(script: str, shell: str, folder: Path) -> str:
    """The code that a shell hands to the `python` of a script of our own making."""
    recorder = folder / "record.py"
    recorder.write_text(
        "import json, sys\n"
        "words = sys.argv[1:]\n"
        "at = next((i for i, word in enumerate(words) if word.startswith('-') and word.endswith('c')), None)\n"
        "code = sys.stdin.read() if at is None else words[at + 1]\n"
        f"open({str(folder / 'code.json')!r}, 'w').write(json.dumps(code))\n",
        encoding="utf-8",
    )
    for name in ("python", "python3"):
        shim = folder / name
        shim.write_text(f'#!/bin/sh\nexec {sys.executable} {recorder} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    for name in ("x", "y", "z"):
        (folder / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": "/home"}
    subprocess.run(
        [shell, "-c", script],
        env=environment,
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
    )
    return str(json.loads((folder / "code.json").read_text(encoding="utf-8")))


RUNNABLE = [p for p in WRITTEN if p.id not in {"json", "no-here-document-for-cmd", "onbuild"}]


@pytest.mark.skipif(os.name != "posix", reason="runs a shell")
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("text", "expected"), RUNNABLE)
def test_a_real_shell_hands_over_the_rewritten_code(
    text: str, expected: str, shell: str, tmp_path: Path
) -> None:
    _, _, found = first_fault(text)
    assert found is not None
    instruction = next(i for i in parse(Source("Dockerfile", expected)).instructions if i.keyword == "RUN")
    script = run_script(instruction)
    assert script is not None
    code = handed_over(script.text.value, shell, tmp_path)
    if code.startswith("exec("):
        call = ast.parse(code).body[0]
        assert isinstance(call, ast.Expr)
        assert isinstance(call.value, ast.Call)
        code = ast.literal_eval(call.value.args[0])
    wanted = found.rewrite.code.value.replace("_HOME", "/home")
    assert code.rstrip("\n") == wanted.rstrip("\n")

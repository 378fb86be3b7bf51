"""Whatever a Dockerfile and the files beside it hold, every rule runs to its end, and so do inspection and fixes.

`make fuzz` does the same with many more files, and with real ones.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfguard.config.settings import Settings
from dfguard.core.project import Surroundings
from dfguard.core.source import Source
from dfguard.discover.files import MemoryFiles
from dfguard.discover.repository import Repository
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.engine import Crash
from dfguard.fixing import fixed_target
from dfguard.lint import check_target, inspect_target
from generated import DOCKERFILE, GRAMMAR, Project, mutated, project

FIXTURES = Path(__file__).parents[1] / "fixtures"
EVERY_RULE = Settings(select=("DFG",), ignore=("DFG7SC",), shows_maybe=True, platform="runpod-serverless")
GENERATED, MUTATED, SHRUNK = 400, 200, 40


def holds(one: Project, *, deeply: bool = False) -> None:
    """Raise what made a rule crash, with the text it crashed at."""
    every = {**one.files, DOCKERFILE: one.text}
    surroundings = Surroundings(Repository(MemoryFiles(every), DOCKERFILE))
    target = Target(Source(DOCKERFILE, one.text), InMemoryContext(every), surroundings)
    for crash in check_target(target, EVERY_RULE).crashes:
        raise AssertionError(repr(one)) from crash.error
    if deeply:
        assert not isinstance(inspect_target(target, EVERY_RULE), Crash), repr(one)
        fixed_target(target, EVERY_RULE, suggested=True)


@pytest.mark.parametrize("part", range(4))
def test_generated_files(part: int) -> None:
    for number in range(part, GENERATED, 4):
        holds(project(Random(number)), deeply=number % 20 == part)


@pytest.mark.parametrize("part", range(4))
def test_mutated_fixtures(part: int) -> None:
    paths = sorted(path for path in FIXTURES.rglob("*ockerfile*") if path.is_file())
    for number in range(part, MUTATED, 4):
        random = Random(number)
        text = random.choice(paths).read_text(encoding="utf-8", errors="replace")
        holds(Project(mutated(random, text), {}), deeply=number % 20 == part)


@settings(max_examples=SHRUNK, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_generated_files_that_shrink(random: Random) -> None:
    holds(project(random))


def test_the_grammar_is_whole() -> None:
    import re

    used = {
        name for texts in GRAMMAR.values() for text in texts for name in re.findall(r"<([a-z][a-z-]+)>", text)
    }
    assert used - GRAMMAR.keys() == set()
    assert GRAMMAR.keys() - used == {"dockerfile", "shell-file", "ignore-file", "other-file"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("FROM a\nRUN useradd\n", id="useradd alone"),
        pytest.param("FROM a\nENTRYPOINT --\n", id="dashes alone"),
        pytest.param("FROM a\nUSER ²\nRUN id\n", id="a digit that is none"),
        pytest.param("FROM a\nCOPY --chown=²:٣ --from=² . /\nEXPOSE ²\n", id="digits in flags"),
        pytest.param("FROM a\nRUN sed 's/[/x/' f; echo a | sed 's/a/\\3/'; sed 's/[a--b]/x/' f\n", id="broken expressions"),
        pytest.param("FROM a\nRUN exit 99999999999999999999\nRUN exit ²\n", id="a huge status"),
        pytest.param(f"FROM a\nRUN exit {'9' * 5000}; break {'9' * 5000}; shift {'9' * 5000}; head -n {'9' * 5000}\n", id="digits without end"),
        pytest.param("FROM a\nRUN printf '%99999999999s' x\nRUN printf '%.²s%d' ² x\n", id="a huge width"),
        pytest.param("FROM a\nCMD\nENTRYPOINT\n", id="a command without words"),
        pytest.param("FROM a\nRUN find . -exec \\;\n", id="find runs nothing"),
        pytest.param(f"FROM a\nHEALTHCHECK --interval={'9' * 400}h CMD x\n", id="a duration without end"),
        pytest.param("FROM a AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\nRUN python x\n" for i in range(1200)), id="1,200 stages"),
        pytest.param("FROM a\nRUN set -eu; [ $X ]; [[ $X ]]; test $X; case $X in esac; for i in $X; do :; done; if $X; then :; fi\n", id="set -u"),
        pytest.param("FROM a\nRUN set -eu; while [ $X ]; do :; done; f() { [ $X ]; }; f; (test $X) || echo $(case $X in esac)\n", id="set -u, inside"),
    ],
)  # fmt: skip
def test_what_crashed_once(text: str) -> None:
    holds(Project(text, {}), deeply=len(text) < 2000)

"""Fixing: all of a fix or none, to a fixpoint, never for the worse, and the line endings stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.checks.registry import all_rules
from dfguard.checks.rule import Bad, Rule
from dfguard.config.settings import Settings
from dfguard.core.edits import apply_edits, compatible, overlap
from dfguard.core.findings import Aspect, Diagnostic, Edit, Fix
from dfguard.core.project import Surroundings
from dfguard.core.record import replace
from dfguard.core.source import Place, Source, Span
from dfguard.discover.files import MemoryFiles
from dfguard.discover.repository import Repository
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.fixing import Fixed, fixed_target
from dfguard.lint import Check, TargetReport
from dfguard.testing import unmark

FLATTENED = 'FROM python:3.11-slim\nRUN python -c "\\\nimport os; \\\ntry: \\\n    os.stat(1); \\\nexcept OSError: \\\n    pass; \\\n"\n'
MENDED = "FROM python:3.11-slim\nRUN python - <<'PY'\nimport os\ntry:\n    os.stat(1)\nexcept OSError:\n    pass\nPY\n"

ON_ONE_LINE = "FROM python:3.11-slim\nRUN python -c 'exec(\"import os\\ntry:\\n    os.stat(1)\\nexcept OSError:\\n    pass\")'\n"


def target(text: str, files: dict[str, str] | None = None, name: str = "Dockerfile") -> Target:
    every = {**(files or {}), name: text}
    surroundings = Surroundings(Repository(MemoryFiles(every), name))
    return Target(Source(name, text), InMemoryContext(every), surroundings)


def fixed(
    text: str, files: dict[str, str] | None = None, *, suggested: bool = False, **settings: object
) -> Fixed:
    given_settings = Settings(platform="docker", **settings)  # type: ignore[arg-type]
    return fixed_target(target(text, files), given_settings, suggested=suggested)


def test_a_safe_fix_is_applied_and_the_report_speaks_of_what_remains() -> None:
    done = fixed(FLATTENED)
    assert done.text == MENDED
    assert [d.rule for d in done.fixed] == ["DFG101"]
    assert not [d for d in done.report.shown(maybe=True) if d.rule.startswith("DFG1")]
    assert [(c.before.path, c.context_path, c.after) for c in done.changes] == [("Dockerfile", None, MENDED)]


def test_nothing_to_fix_changes_nothing() -> None:
    done = fixed("FROM python:3.11-slim\n")
    assert (done.text, done.changes, done.fixed, done.refused) == ("FROM python:3.11-slim\n", (), (), ())


def test_suggested_fixes_wait_to_be_asked_for() -> None:
    text = "FROM debian:12\nCMD echo hello\n"
    chosen = ("DFG924",)
    assert fixed(text, select=chosen).text == text
    assert fixed(text, select=chosen, suggested=True).text != text


def test_what_is_suppressed_is_not_fixed() -> None:
    text = FLATTENED.replace("RUN python", "# dfguard: ignore=DFG101 on purpose\nRUN python")
    assert fixed(text).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            FLATTENED.replace("\n", "\r\n"),
            ON_ONE_LINE.replace("\n", "\r\n"),
            id="CRLF, which a heredoc would hand to Python",
        ),
        pytest.param(FLATTENED + "USER app", MENDED + "USER app", id="no final newline"),
        pytest.param("\ufeff" + FLATTENED, "\ufeff" + MENDED, id="byte order mark"),
    ],
)
def test_line_endings_the_end_and_the_byte_order_mark_stay(text: str, expected: str) -> None:
    assert fixed(text, select=("DFG101",)).text == expected


def test_fixes_that_touch_each_other_take_turns() -> None:
    text = "from debian:12 as Base\nFROM Base\n"
    done = fixed(text, select=("DFG969", "DFG970", "DFG972"))
    again = fixed(done.text, select=("DFG969", "DFG970", "DFG972"))
    assert done.text != text
    assert again.text == done.text


def test_a_fix_that_breaks_the_text_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other fix of the same round is applied all the same."""
    report = Check.report

    def broken(check: Check) -> TargetReport:
        made = report(check)
        found = [
            replace(d, finding=replace(d.finding, fix=_breaking(d))) if d.rule == "DFG906" else d
            for d in made.diagnostics
        ]
        return replace(made, diagnostics=tuple(found))

    monkeypatch.setattr(Check, "report", broken)
    done = fixed(FLATTENED.replace("python:3.11-slim", "python"))
    assert done.text == MENDED.replace("python:3.11-slim", "python")
    assert [d.rule for d in done.refused] == ["DFG906"]


def _breaking(found: Diagnostic) -> Fix:
    source = found.finding.place.source
    end = Place(source, Span(len(source.text), len(source.text)))
    return Fix("break it", (Edit(end, "\nNONSENSE x\n"),), is_safe=True)


@pytest.mark.parametrize(
    ("edit", "aspects", "is_taken"),
    [
        pytest.param("RUN a\nENV A=1", (), False, id="a change that the fix does not speak of"),
        pytest.param("RUN a\nENV A=1", (Aspect.VARIABLES,), True, id="one that it does"),
        pytest.param("RUN b", (Aspect.VARIABLES,), False, id="another one"),
        pytest.param("run a", (), True, id="no change"),
        pytest.param(
            "NONSENSE", tuple(Aspect), False, id="what the parser refuses, whatever rule is selected"
        ),
        pytest.param("ENV", tuple(Aspect), False, id="a fault of a known instruction"),
    ],
)
def test_a_fix_may_change_what_it_says_it_changes(
    monkeypatch: pytest.MonkeyPatch, edit: str, aspects: tuple[Aspect, ...], *, is_taken: bool
) -> None:
    text = "FROM debian\nRUN a\n"
    report = Check.report

    def fixable(check: Check) -> TargetReport:
        made = report(check)
        source = made.diagnostics[0].finding.place.source if made.diagnostics else None
        run = Place(source, Span(12, 17)) if source and source.text == text else None
        fix = Fix("x", (Edit(run, edit),), is_safe=True, changes=aspects) if run else None
        found = (replace(d, finding=replace(d.finding, fix=fix)) for d in made.diagnostics)
        return replace(made, diagnostics=tuple(found))

    monkeypatch.setattr(Check, "report", fixable)
    done = fixed(text, select=("DFG906",))
    assert done.text == (text.replace("RUN a", edit) if is_taken else text)
    assert [d.rule for d in done.refused] == ([] if is_taken else ["DFG906"])


PROGRAM = 'defmodule Demo do\n  """\n  FROM #{name}\n  RUN true\n  COPY . /srv\n  """\n  env = [\n    {"A"}\n  ]\nend\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(PROGRAM, PROGRAM, id="a program that holds a Dockerfile"),
        pytest.param("FROM a as b\n{% if x %}\nRUN c\n", "FROM a as b\n{% if x %}\nRUN c\n", id="a template"),
        pytest.param("FROM {{ a.b }} as b\n", "FROM {{ a.b }} as b\n", id="a template that parses"),
        pytest.param("FROM @BASE@ as b\n", "FROM @BASE@ as b\n", id="another one"),
        pytest.param("FROM a as b\nRUNN c\n", "FROM a AS b\nRUN c\n", id="all faults are fixed"),
        pytest.param("FROM a as b\nRUNN c\nx y\n", "FROM a as b\nRUNN c\nx y\n", id="not all"),
    ],
)
def test_a_file_is_fixed_only_when_it_parses_as_a_whole_then(text: str, expected: str) -> None:
    done = fixed(text, suggested=True, select=("DFG003", "DFG970", "DFG972"))
    assert done.text == expected
    assert bool(done.fixed) == (text != expected)


def _fixable() -> list[object]:
    return [
        pytest.param(rule, bad, id=f"{rule.id}-{number}")
        for rule in all_rules()
        for number, bad in enumerate(rule.bad)
        if bad.fixed is not None
    ]


@pytest.mark.parametrize(("rule", "bad"), _fixable())
def test_fixing_an_example_twice_is_fixing_it_once(rule: Rule, bad: Bad) -> None:
    text, _ = unmark(bad.text)
    files = {name: unmark(content)[0] for name, content in (bad.files or {}).items()}
    options = bad.options or {}
    settings = Settings(
        select=(rule.id,),
        platform=options.get("platform", "docker"),
        volume=options.get("volume", "unknown"),
        shows_maybe=True,
    )
    once = fixed_target(target(text, files, bad.name), settings, suggested=True)
    written = {c.context_path: c.after for c in once.changes if c.context_path is not None}
    twice = fixed_target(target(once.text, {**files, **written}, bad.name), settings, suggested=True)
    assert twice.changes == ()


SOURCE = Source("Dockerfile", "0123456789" * 3)
SPANS = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: Span(min(pair), max(pair)))
FIXES = st.lists(
    st.lists(
        st.builds(Edit, SPANS.map(lambda s: Place(SOURCE, s)), st.text("ab", max_size=3)),
        min_size=1,
        max_size=2,
    )
    .filter(lambda edits: len(edits) < 2 or not overlap(edits[0], edits[1]))
    .map(lambda edits: Fix("x", tuple(edits), is_safe=True)),
    max_size=6,
)


@given(FIXES)
def test_compatible_fixes_can_always_be_applied_together(fixes: list[Fix]) -> None:
    taken = compatible(fixes)
    edits = [edit for fix in taken for edit in fix.edits]
    kept = len(SOURCE.text) - sum(e.place.span.end - e.place.span.start for e in edits)
    assert len(apply_edits(SOURCE, edits)) == kept + sum(len(e.text) for e in edits)
    assert not fixes or taken[0] == fixes[0]

"""Suppressions, our own and those of hadolint, BuildKit and tally: valid, malformed and unused ones."""

from __future__ import annotations

import pytest

from dfguard.config.settings import Settings
from dfguard.core.findings import Diagnostic, Severity
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.syntax.dockerfile.parser import parse
from dfguard.syntax.suppressions.other_tools import shell_of_hadolint

SUDO = "RUN sudo ls\n"


def diagnostics(text: str, *rules: str) -> tuple[Diagnostic, ...]:
    target = Target(Source("Dockerfile", text), InMemoryContext({}))
    return check_target(target, Settings(platform="docker", select=rules)).shown(maybe=True)


def lines(text: str, rule: str) -> list[int]:
    """The lines at which the rule still speaks."""
    return [d.finding.place.line for d in diagnostics(text, rule) if d.rule == rule]


def told(text: str, rule: str) -> list[tuple[int, str, str]]:
    """What DFG001 says: line, severity, message."""
    found = diagnostics(text, rule, "DFG001")
    return [(d.finding.place.line, d.severity.value, d.finding.message) for d in found if d.rule == "DFG001"]


VALID = [
    pytest.param("# hadolint ignore=DL3004", id="hadolint"),
    pytest.param("# hadolint ignore=DL3008,DL3004", id="hadolint list"),
    pytest.param("#hadolint  ignore = DL3008 , DL3004", id="hadolint spaces"),
    pytest.param("# hadolint ignore=DL3004 # we need it", id="hadolint why"),
    pytest.param("# hadolint ignore=DL3004# we need it", id="hadolint why at once"),
    pytest.param("# hadolint ignore=DL3004 # one, DL3008 # two", id="hadolint text behind the #"),
    pytest.param("# hadolint global ignore=DL3004", id="hadolint global"),
    pytest.param("# hadolint global ignore=DL3004 # why", id="hadolint global why"),
    pytest.param("# tally ignore=DL3004", id="tally"),
    pytest.param("# tally ignore=hadolint/DL3004", id="tally namespace"),
    pytest.param("# tally ignore=DL3008,hadolint/DL3004;reason=we need it", id="tally reason"),
    pytest.param("# tally global ignore=DL3004;reason=x", id="tally global"),
    pytest.param("# Tally Ignore = DL3004 ;Reason = we need it", id="tally case and spaces"),
    pytest.param("# tally ignore=,DL3008,,DL3004,", id="tally empty names"),
    pytest.param("# tally ignore=all", id="tally all"),
    pytest.param("# tally ignore=x/y,tally/max-lines,DL3004", id="tally and its own rules"),
    pytest.param("# tally ignore=DL3004\n# another comment\n\n", id="tally not right above"),
    pytest.param("# dfguard: ignore=DFG905 we need it", id="dfguard id"),
    pytest.param("# dfguard: ignore=DL3004,sudo we need it", id="dfguard alias and name"),
]


@pytest.mark.parametrize("comment", VALID)
def test_a_valid_comment_hides_and_is_not_reported(comment: str) -> None:
    text = f"FROM debian:12\n{comment}\n{SUDO}"
    assert lines(text, "DFG905") == []
    assert not any("no effect" in message for _, _, message in told(text, "DFG905"))


MALFORMED = [
    pytest.param("# hadolint ignore=DL3004 we need it", id="hadolint reason without #"),
    pytest.param("# hadolint ignore=DL3004 DL3008", id="hadolint no comma"),
    pytest.param("# hadolint ignore=DL3004,", id="hadolint comma at the end"),
    pytest.param("# hadolint ignore", id="hadolint nothing"),
    pytest.param("# hadolint ignore=XX1", id="hadolint no rule"),
    pytest.param("# hadolint ignore=DL3004\n# another comment", id="hadolint not right above"),
    pytest.param("# hadolint ignore=DL3004\n", id="hadolint blank line between"),
    pytest.param("# hadolint stage ignore=DL3004", id="hadolint stage not above FROM"),
    pytest.param("# tally ignore=", id="tally nothing"),
    pytest.param("# tally ignore=DL3004 because", id="tally reason without ;reason="),
    pytest.param("# tally ignore", id="tally no equals"),
    pytest.param("# tally global ignore DL3004", id="tally global no equals"),
    pytest.param("# tally ignore=DL3004; reason=x", id="tally space before the reason"),
    pytest.param("# tally ignore=DL3004;why=x", id="tally another word for the reason"),
    pytest.param("# tally ignore=dl3004", id="tally small letters"),
    pytest.param("# tally ignore=buildkit/DL3004", id="tally another tool's"),
    pytest.param("# tally ignore=Hadolint/DL3004", id="tally a capital in the tool"),
    pytest.param("# hadolint global ignore", id="hadolint global nothing"),
    pytest.param("# hadolint stage ignore=", id="hadolint stage nothing"),
    pytest.param("# hadolint shell bash", id="hadolint shell no equals"),
    pytest.param("# check=skip", id="BuildKit no equals"),
    pytest.param("# dfguard: ignore DFG905", id="dfguard no equals"),
    pytest.param("# dfguard: disable=DFG905", id="dfguard verb"),
]


@pytest.mark.parametrize("comment", MALFORMED)
def test_a_malformed_comment_hides_nothing_and_is_reported(comment: str) -> None:
    text = f"FROM debian:12\n{comment}\n{SUDO}"
    assert len(lines(text, "DFG905")) == 1
    assert [(line, severity) for line, severity, _ in told(text, "DFG905")] == [(2, "warning")]


@pytest.mark.parametrize("comment", ["# dfguard: ignore=DFG905 x", "# dfguard: ignore-file=DFG905 x"])
def test_an_unused_comment_of_ours_is_reported_where_its_rule_ran(comment: str) -> None:
    text = f"FROM debian:12\n{comment}\nRUN ls\n"
    assert [row[:2] for row in told(text, "DFG905")] == [(2, "warning")]
    assert told(text, "DFG906") == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("FROM a\n# hadolint ignore=DL3004,DL3066\nRUN ls\n", "DFG905", id="hadolint list"),
        pytest.param("FROM a\n# hadolint global ignore=DL3004\nRUN ls\n", "DFG905", id="hadolint global"),
        pytest.param("# hadolint stage ignore=DL3004\nFROM a\nRUN b\n", "DFG905", id="hadolint, a stage"),
        pytest.param("ARG X=a\n# hadolint ignore=DL3006\nFROM ${X}\n", "DFG906", id="hadolint needs it"),
        pytest.param("FROM a\n# tally ignore=DL3004\nRUN ls\n", "DFG905", id="tally"),
        pytest.param("FROM a\n# tally global ignore=DL3004\nRUN ls\n", "DFG905", id="tally global"),
        pytest.param("# tally ignore=DL3004\nFROM a\nRUN sudo b\n", "DFG905", id="tally, above FROM alone"),
        pytest.param("# check=skip=UndefinedVar\nFROM a\n", "DFG974", id="BuildKit, in the first line"),
        pytest.param("# check=skip=StageNameCasing\nFROM a AS b\n", "DFG969", id="BuildKit, above FROM"),
        pytest.param(
            "FROM a\n# check=skip=UndefinedVar // why\nENV B=1\n", "DFG974", id="BuildKit, above ENV"
        ),
    ],
)
def test_whether_another_tool_needs_its_comment_only_the_tool_knows(text: str, rule: str) -> None:
    assert told(text, rule) == []


@pytest.mark.parametrize("value", ["skip", "skipp=A", "skip=A;errors=true", "error=perhaps"])
def test_a_malformed_check_in_the_first_line_is_refused_as_buildkit_does(value: str) -> None:
    found = diagnostics(f"# check={value}\nFROM a:1\n", "DFG002")
    assert [(d.rule, d.severity, d.finding.place.line) for d in found] == [("DFG002", Severity.ERROR, 1)]


@pytest.mark.parametrize(
    "comment", ["# hadolint ignore=SC2086", "# hadolint ignore=DL9999", "# tally ignore=tally/max-lines"]
)
def test_rules_of_other_tools_that_are_none_of_ours_are_their_own_affair(comment: str) -> None:
    assert told(f"FROM debian:12\n{comment}\nRUN ls\n", "DFG905") == []


def test_a_suppression_above_a_commented_out_instruction_is_left_alone() -> None:
    text = f"FROM debian:12\n# hadolint ignore=DL3004\n# {SUDO}RUN true\n"
    assert told(text, "DFG905") == []


def test_hadolint_hides_one_instruction_and_a_stage_when_told() -> None:
    one = f"FROM debian:12\n# hadolint ignore=DL3004\n{SUDO}{SUDO}"
    assert lines(one, "DFG905") == [4]
    stage = f"# hadolint stage ignore=DL3004\nFROM debian:12 AS a\n{SUDO}FROM debian:12\n{SUDO}"
    assert lines(stage, "DFG905") == [5]


def test_a_comment_above_from_is_about_that_line_alone() -> None:
    assert lines(f"# hadolint ignore=DL3004\nFROM debian:12\n{SUDO}", "DFG905") == [3]


@pytest.mark.parametrize(
    ("comment", "shell"),
    [
        pytest.param("# hadolint shell=bash", "bash", id="plain"),
        pytest.param("# hadolint  shell = /bin/ash # why", "/bin/ash", id="spaces and why"),
        pytest.param("# hadolint shell bash", None, id="no equals"),
        pytest.param("# hadolint shell=", None, id="nothing"),
    ],
)
def test_the_shell_that_hadolint_is_told(comment: str, shell: str | None) -> None:
    document = parse(Source("Dockerfile", f"FROM debian:12\n{comment}\nRUN ls\n"))
    assert shell_of_hadolint(document, document.instructions[-1]) == shell
    assert shell_of_hadolint(document, document.instructions[0]) is None


UNDEFINED = "FROM debian:12\n{}COPY $nothing /\nWORKDIR $nowhere\n"


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        pytest.param("", [2, 3], id="nothing"),
        pytest.param("# check=skip=UndefinedVar\n", [4], id="one"),
        pytest.param("# check=skip=StageNameCasing,UndefinedVar // why\n", [4], id="list and reason"),
        pytest.param("# check=skip=all\n", [4], id="all"),
        pytest.param("# check=skip=UndefinedVar\n\n# more\n", [6], id="over blank lines"),
        pytest.param("# check=skip=UndefinedVar\n#\n", [4, 5], id="cut off by an empty comment"),
        pytest.param("# check=skip=StageNameCasing\n", [3, 4], id="another"),
    ],
)
def test_buildkit_above_an_instruction(above: str, expected: list[int]) -> None:
    assert lines(UNDEFINED.format(above), "DFG974") == expected


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        pytest.param("# check=skip=UndefinedVar\n", [], id="skip"),
        pytest.param("# check=skip=all\n", [], id="all"),
        pytest.param(
            "# syntax=docker/dockerfile:1\n# check=skip=UndefinedVar;error=true\n", [], id="with others"
        ),
        pytest.param("# check=skip=StageNameCasing\n", [3, 4], id="another"),
    ],
)
def test_buildkit_at_the_top(top: str, expected: list[int]) -> None:
    assert lines(top + UNDEFINED.format(""), "DFG974") == expected


def test_buildkit_errors_fail() -> None:
    found = diagnostics("# check=error=true\n" + UNDEFINED.format(""), "DFG974")
    assert {d.severity for d in found} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("options", "severity"),
    [
        pytest.param("error=true", Severity.INFO, id="BuildKit does not run it"),
        pytest.param("error=true;experimental=all", Severity.ERROR, id="all of them"),
        pytest.param(
            "error=true;experimental=InvalidDefinitionDescription", Severity.ERROR, id="by its name"
        ),
    ],
)
def test_buildkit_errors_are_those_of_checks_that_run(options: str, severity: Severity) -> None:
    text = f"# check={options}\nFROM debian:12 AS base\n# wrong words\nFROM base AS other\n"
    assert [d.severity for d in diagnostics(text, "DFG979")] == [severity]


def test_buildkit_experimental_checks_are_asked_for() -> None:
    text = "# check=experimental={}\nFROM debian:12 AS base\n# wrong words\nFROM base AS other\n"
    assert lines(text.format("InvalidDefinitionDescription"), "DFG974") == []
    for value, count in (("InvalidDefinitionDescription", 1), ("all", 1), ("SomethingElse", 0)):
        assert [d.rule for d in diagnostics(text.format(value), "DFG974")] == ["DFG979"] * count


@pytest.mark.parametrize(
    ("text", "rule", "expected", "why"),
    [
        pytest.param(
            "FROM a\n# check=skip=ConsistentInstructionCasing\nrun b\nRUN c\n",
            "DFG972",
            [3],
            "BuildKit skips ConsistentInstructionCasing only in the first lines of a file",
            id="a check of the whole file",
        ),
        pytest.param(
            "FROM a\n# check=skip=all\nrun b\nRUN c\n",
            "DFG972",
            [3],
            "",
            id="all but the checks of the whole file",
        ),
        pytest.param(
            "# check=skip=ConsistentInstructionCasing\nFROM a\nrun b\nRUN c\n",
            "DFG972",
            [],
            "",
            id="in the first line",
        ),
        pytest.param(
            "FROM a\n# check=skip=FromAsCasing\n# check=skip=MaintainerDeprecated\nMAINTAINER me\n",
            "DFG965",
            [4],
            "of several `check` comments above an instruction BuildKit reads the first",
            id="the second comment",
        ),
        pytest.param(
            "FROM a\n# check=skip=maintainerdeprecated\nMAINTAINER me\n",
            "DFG965",
            [3],
            "BuildKit minds capitals: the check is called MaintainerDeprecated, not maintainerdeprecated",
            id="capitals",
        ),
        pytest.param(
            "FROM a\n# check=skip=DL4000\nMAINTAINER me\n", "DFG965", [3], "", id="a rule of hadolint"
        ),
        pytest.param(
            'FROM a\nCMD ["b"]\n# check=skip=MultipleInstructionsDisallowed\nCMD ["c"]\n',
            "DFG912",
            [],
            "",
            id="above the instruction that counts",
        ),
        pytest.param(
            'FROM a\n# check=skip=MultipleInstructionsDisallowed\nCMD ["b"]\nCMD ["c"]\n',
            "DFG912",
            [3],
            "",
            id="above the one that does not",
        ),
    ],
)
def test_buildkit_reaches_as_far_as_it_does(text: str, rule: str, expected: list[int], why: str) -> None:
    assert lines(text, rule) == expected
    assert [m for _, _, m in told(text, rule) if "no effect" in m] == (
        [f"this suppression has no effect: {why}"] if why else []
    )


def test_hadolint_ignores_the_later_of_two_where_it_stands() -> None:
    text = 'FROM a\n{}CMD ["b"]\n{}CMD ["c"]\n'
    comment = "# hadolint ignore=DL4003\n"
    assert lines(text.format("", comment), "DFG912") == []
    assert lines(text.format(comment, ""), "DFG912") == [3]


@pytest.mark.parametrize(
    "above",
    [
        pytest.param("# check=skipp=UndefinedVar\n", id="unknown option"),
        pytest.param("# check=UndefinedVar\n", id="no option"),
        pytest.param("# check=error=true\n", id="error above an instruction"),
    ],
)
def test_malformed_checks_of_buildkit_are_reported(above: str) -> None:
    text = UNDEFINED.format(above)
    assert lines(text, "DFG974") == [3, 4]
    assert [(line, severity) for line, severity, _ in told(text, "DFG974")] == [(2, "warning")]

"""One word gives one finding: what says less beside another finding gives way."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.checks.registry import all_rules, find
from dfguard.config.settings import Settings
from dfguard.core.findings import Certainty, Diagnostic, Finding, Severity
from dfguard.core.source import Place, Source, Span
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.testing import shown, unmark
from dfguard.triage import without_beaten_advice, without_covered

INDEPENDENT = {
    ("DFG107", "DFG505"): "neither the program nor its file is there",
    ("DFG108", "DFG503"): "the module is not installed, and has no such name",
    ("DFG109", "DFG318"): "what the call downloads, and what it does not take",
    ("DFG201", "DFG212"): "what is hidden, and what does not reach the volume",
    ("DFG215", "DFG805"): "a check that is off, and how long",
    ("DFG217", "DFG314"): "where the download goes, and what comes",
    ("DFG217", "DFG315"): "where the download goes, and who may have it",
    ("DFG217", "DFG319"): "where the download goes, and who reads it",
    ("DFG217", "DFG701"): "one bound stops the install, and another one is lost",
    ("DFG217", "DFG707"): "the script is missing, and would get no arguments",
    ("DFG217", "DFG711"): "the script is missing, and would get an empty word",
    ("DFG218", "DFG318"): "how much is downloaded, and where to",
    ("DFG304", "DFG310"): "loaded on every request, and downloaded at the first",
    ("DFG304", "DFG318"): "loaded on every request, and how much is downloaded",
    ("DFG316", "DFG803"): "the program is gone, and what it would leave",
    ("DFG318", "DFG318"): "two models of one call",
    ("DFG318", "DFG402"): "how much is downloaded, and where it is put to work",
    ("DFG318", "DFG506"): "how much is downloaded, and that the start waits for it",
    ("DFG404", "DFG713"): "how it is compiled, and which version",
    ("DFG406", "DFG407"): "both releases stay, and one does not fit",
    ("DFG414", "DFG713"): "how it is compiled, and which version",
    ("DFG505", "DFG924"): "the file is missing, and how it is started",
    ("DFG602", "DFG603"): "which file is built, and that another lies beside it",
    ("DFG603", "DFG906"): "the file beside it, and the image",
    ("DFG705", "DFG713"): "how it is built, and which version",
    ("DFG716", "DFG929"): "the mirror is gone, and the question has no answer",
    ("DFG509", "DFG718"): "the program is missing, and nobody notices when it fails",
    ("DFG706", "DFG719"): "no package lists, and an instruction taken for packages",
    ("DFG711", "DFG718"): "the program is missing, and a variable of its words",
    ("DFG714", "DFG718"): "the program is missing, and may do nothing in a build",
    ("DFG715", "DFG718"): "the program is missing, and would ask",
    ("DFG715", "DFG719"): "no package lists, and it would ask",
    ("DFG718", "DFG802"): "the program is missing, and who sees the secret",
    ("DFG718", "DFG803"): "the program is missing, and who sees the secret",
    ("DFG718", "DFG804"): "the program is missing, and who sees the secret",
    ("DFG718", "DFG805"): "the program is missing, and a check that is off",
    ("DFG719", "DFG806"): "no package lists, and a check that is off",
    ("DFG719", "DFG914"): "no package lists, and it would ask",
    ("DFG220", "DFG505"): "the file is missing, and nobody would reach the server",
    ("DFG220", "DFG608"): "the server listens at the loopback, and at another port",
    ("DFG220", "DFG718"): "the program is missing, and nobody would reach the server",
    ("DFG222", "DFG718"): "the program is missing, and where its file would lie",
}
"""Pairs of rules that may speak of one place by default, and what the two say."""


def test_by_default_no_two_findings_say_the_same_of_one_place() -> None:
    pairs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for rule in all_rules():
        for bad in rule.bad:
            files = {name: unmark(content)[0] for name, content in (bad.files or {}).items()}
            text = unmark(bad.text)[0]
            found = shown(text, files, bad.name, {**(bad.options or {}), "profile": "default"})
            for number, one in enumerate(found):
                for other in found[number + 1 :]:
                    if is_same_place(one, other):
                        pairs[tuple(sorted((one.rule, other.rule)))].append(text)
    assert {pair: texts for pair, texts in pairs.items() if pair not in INDEPENDENT} == {}


def is_same_place(one: Diagnostic, other: Diagnostic) -> bool:
    start, end = max(one.span.start, other.span.start), min(one.span.end, other.span.end)
    return one.finding.place.path == other.finding.place.path and start < end


def test_no_rule_gives_way_to_one_that_gives_way_to_it() -> None:
    beaten = {
        r.id: {other.id for name in (*r.covers, *r.overrules) for other in find(name)} for r in all_rules()
    }
    assert all(name in beaten for rule in all_rules() for name in (*rule.covers, *rule.overrules))
    reached = dict(beaten)
    for _ in range(len(beaten)):
        reached = {one: further.union(*(beaten[n] for n in further)) for one, further in reached.items()}
    assert [one for one, further in reached.items() if one in further] == []


def rules_of(text: str, settings: Settings) -> list[str]:
    target = Target(Source("Dockerfile", text), InMemoryContext({"Dockerfile": text}))
    return [d.rule for d in check_target(target, settings).shown(maybe=False)]


def test_a_copy_is_one_finding_with_all_that_is_missing() -> None:
    files = {"Dockerfile": "FROM x:1\nCOPY a b c /x/\nCOPY d /x/\n", "a": "", ".dockerignore": "b\nd\n"}
    target = Target(Source("Dockerfile", files["Dockerfile"]), InMemoryContext(files))
    found = check_target(target, Settings(platform="docker")).shown(maybe=True)
    assert [(d.rule, d.finding.message) for d in found if d.severity is not Severity.INFO] == [
        ("DFG601", "b is kept out of the build context by .dockerignore"),
        ("DFG601", "c is not in the build context"),
        ("DFG601", "d is kept out of the build context by .dockerignore"),
    ]
    more = files | {".dockerignore": "b\nc\nd\n"}
    found = check_target(
        Target(Source("Dockerfile", files["Dockerfile"]), InMemoryContext(more)), Settings(platform="docker")
    ).shown(maybe=True)
    assert [(d.rule, d.finding.message) for d in found if d.severity is not Severity.INFO] == [
        ("DFG601", "b and c are kept out of the build context by .dockerignore"),
        ("DFG601", "d is kept out of the build context by .dockerignore"),
    ]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param('FROM REPLACE-ME\nCMD ["true"]\n', ["DFG002"], id="a placeholder is no image"),
        pytest.param('FROM debian:$NONE\nCMD ["true"]\n', ["DFG973"], id="an undeclared argument"),
        pytest.param("FROM debian:12\nEXPOSE 80000\n", ["DFG911"], id="a port that there is not"),
        pytest.param("FROM debian:12\nONBUILD FROM x:1\n", ["DFG940"], id="a trigger"),
        pytest.param("FROM debian:12 AS a\nCOPY --from=a /a /b\n", ["DFG922"], id="a circle"),
        pytest.param("FROM debian:12\nENV A=/a B=$A\n", ["DFG941"], id="a value that comes too late"),
    ],
)
def test_one_word_gives_one_finding(text: str, rules: list[str]) -> None:
    assert rules_of(text, Settings(platform="docker")) == rules


def test_the_suppression_of_what_is_overruled_hides_no_error() -> None:
    text = "# hadolint ignore=DL3006\nFROM REPLACE-ME\n"
    assert rules_of(text, Settings(platform="docker")) == ["DFG002"]


def test_advice_stays_where_it_is_asked_for() -> None:
    text = "FROM debian:12\nRUN pip install git+https://example.org/a/b.git\n"
    assert "DFG913" not in rules_of(text, Settings(platform="docker"))
    assert rules_of(text, Settings(platform="docker", select=("DFG713", "DFG913"))) == ["DFG713", "DFG913"]
    assert "DFG913" in rules_of(text, Settings(platform="docker", profile="hadolint"))


SOURCE = Source("Dockerfile", "x" * 40)
DIAGNOSTICS = st.builds(
    lambda rule, start, length, severity, certainty: Diagnostic(
        rule,
        rule.lower(),
        (),
        severity,
        Finding(Place(SOURCE, Span(start, start + length)), "m", certainty=certainty),
    ),
    st.sampled_from(["DFG002", "DFG906", "DFG973", "DFG977", "DFG217"]),
    st.integers(0, 20),
    st.integers(0, 10),
    st.sampled_from(Severity),
    st.sampled_from(Certainty),
)


def beats(one: Diagnostic, other: Diagnostic) -> bool:
    """Whether one is as sure and as bad as the other, and shares a character with it (an empty place has one)."""
    ends = [max(d.span.end, d.span.start + 1) for d in (one, other)]
    is_there = max(one.span.start, other.span.start) < min(ends)
    is_as_sure = one.finding.certainty is Certainty.SURE or other.finding.certainty is Certainty.MAYBE
    return is_there and is_as_sure and one.severity.rank <= other.severity.rank


@given(st.lists(DIAGNOSTICS, max_size=8))
def test_a_finding_gives_way_to_what_is_as_sure_and_as_bad(found: list[Diagnostic]) -> None:
    names = {rule.id: (*rule.covers, *rule.overrules) for rule in all_rules()}
    kept = [d for d in found if not any(d.rule in names[other.rule] and beats(other, d) for other in found)]
    assert without_covered(found) == kept


@given(st.lists(DIAGNOSTICS, max_size=8))
def test_advice_gives_way_to_faults_alone(found: list[Diagnostic]) -> None:
    faults = [d for d in found if d.severity is not Severity.INFO]
    kept = [
        d
        for d in found
        if d in faults or not d.rule.startswith("DFG9") or not any(beats(fault, d) for fault in faults)
    ]
    assert without_beaten_advice(found) == kept

"""The rules known from hadolint and BuildKit as a whole: aliases, profiles, fragments, configuration."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.checks.registry import all_rules, find
from dfguard.config.settings import Settings
from dfguard.core.findings import Severity
from dfguard.core.record import replace
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.knowledge.load import load_knowledge
from dfguard.lint import check_target

PARITY = [rule for rule in all_rules() if rule.id.startswith("DFG9")]


def found(text: str, settings: Settings) -> set[str]:
    target = Target(Source("Dockerfile", text), InMemoryContext({"Dockerfile": text}))
    return {d.rule for d in check_target(target, settings).diagnostics}


def test_every_rule_of_the_catalogue_is_there() -> None:
    assert [rule.id for rule in PARITY] == [f"DFG{number}" for number in range(901, 982)]


def test_every_rule_has_an_alias_and_none_is_taken_twice() -> None:
    aliases = [alias for rule in PARITY for alias in rule.aliases]
    assert all(rule.aliases for rule in PARITY)
    assert len(aliases) == len(set(aliases)) == 105 - 13
    assert all(find(alias)[0].id == rule.id for rule in PARITY for alias in rule.aliases)


@pytest.mark.parametrize(("profile", "off"), [("hadolint", {"DFG954"}), ("buildkit", {"DFG979"})])
def test_profile_selects_what_the_tool_checks_by_default(profile: str, off: set[str]) -> None:
    pack = load_knowledge(()).profile_pack(profile)
    assert pack is not None
    is_docker = profile == "buildkit"
    wanted = {r.id for r in PARITY if any(a.startswith("DL") is not is_docker for a in r.aliases)} - off
    assert {s for s in pack.select if s.startswith("DFG9")} == wanted


CLEAN = """\
FROM debian:12-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
USER 1000
CMD ["git", "status"]
"""


def test_the_default_profile_leaves_distribution_packages_unpinned() -> None:
    assert found(CLEAN, Settings(platform="docker")) == set()
    assert found(CLEAN, Settings(platform="docker", profile="hadolint")) == {"DFG908"}
    assert found(CLEAN, Settings(platform="docker", profile="buildkit")) == set()


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        pytest.param("RUN apt-get install git", {"DFG908", "DFG914", "DFG915"}, id="packages"),
        pytest.param("RUN cd /x && sudo make | tee log", {"DFG904", "DFG905", "DFG968"}, id="shell"),
        pytest.param("MAINTAINER me", {"DFG965"}, id="maintainer"),
        pytest.param("ENV A b", {"DFG975"}, id="legacy form"),
        pytest.param("WORKDIR app", {"DFG901"}, id="workdir"),
        pytest.param("USER root", {"DFG963"}, id="user"),
        pytest.param("ADD a /b", {"DFG919"}, id="add"),
        pytest.param("ENV API_KEY=x", {"DFG961"}, id="secret"),
        pytest.param("EXPOSE 99999/TCP", {"DFG911", "DFG980"}, id="ports"),
        pytest.param("CMD run me", {"DFG924"}, id="json form"),
        pytest.param(
            "RUN pip install numpy \\\n\n  torch", {"DFG913", "DFG939", "DFG971"}, id="pip and an empty line"
        ),
    ],
)
def test_fragments_without_from_are_read_as_far_as_they_go(line: str, rules: set[str]) -> None:
    assert found(f"{line}\n", Settings(select=("DFG9",), platform="docker", shows_maybe=True)) == rules


IS_REFUSED = {
    "DFG911": "invalid containerPort",
    "DFG922": "circular dependency detected on stage",
    "DFG940": "isn't allowed as an ONBUILD trigger",
    "DFG958": "no build stage in current context",
}
"""The rules about what BuildKit refuses to build, and what it says."""


def test_a_rule_of_practice_is_an_error_only_where_the_build_fails() -> None:
    assert {rule.id for rule in PARITY if rule.severity is Severity.ERROR} == IS_REFUSED.keys()


HADOLINT_ERRORS = {
    *("DL3000", "DL3004", "DL3011", "DL3012", "DL3020", "DL3021", "DL3023", "DL3024", "DL3026", "DL3043"),
    *("DL3044", "DL3061", "DL4000", "DL4004"),
}
HADOLINT_INFOS = {
    *("DL3001", "DL3009", "DL3010", "DL3015", "DL3019", "DL3047", "DL3048", "DL3049", "DL3050", "DL3059"),
    *("DL3060", "DL3066"),
}


def test_severities_of_the_hadolint_profile() -> None:
    pack = load_knowledge(()).profile_pack("hadolint")
    assert pack is not None
    for alias in (a for r in PARITY for a in r.aliases if a.startswith("DL") and a != "DL3057"):
        wanted = "error" if alias in HADOLINT_ERRORS else "info" if alias in HADOLINT_INFOS else "warning"
        (rule,) = find(alias)
        levels = [level for name, level in pack.severities if name in (rule.id, alias)]
        assert (alias, (*levels, rule.severity.value)[0]) == (alias, wanted)


def test_the_buildkit_profile_warns() -> None:
    pack = load_knowledge(()).profile_pack("buildkit")
    assert pack is not None
    levels = dict(pack.severities)
    rules = [r for r in PARITY if r.id in pack.select]
    assert {levels.get(rule.id, rule.severity.value) for rule in rules} == {"warning"}


def test_severities_of_the_buildkit_profile() -> None:
    target = Target(Source("Dockerfile", "FROM a:1\nMAINTAINER me\nWORKDIR x\n"), InMemoryContext({}))
    report = check_target(target, Settings(platform="docker", profile="buildkit"))
    assert {(d.rule, d.severity.value) for d in report.diagnostics} == {
        ("DFG901", "warning"),
        ("DFG965", "warning"),
    }
    report = check_target(target, Settings(platform="docker", profile="hadolint"))
    assert {(d.rule, d.severity.value) for d in report.diagnostics} == {
        ("DFG901", "error"),
        ("DFG965", "error"),
    }


def test_an_earlier_cmd_is_a_warning_of_hadolint_and_an_entrypoint_an_error() -> None:
    text = 'FROM a:1\nCMD ["a"]\nCMD ["b"]\nENTRYPOINT ["c"]\nENTRYPOINT ["d"]\n'
    target = Target(Source("Dockerfile", text), InMemoryContext({}))
    settings = Settings(select=("DFG912",), platform="docker")
    report = check_target(target, replace(settings, profile="hadolint"))
    assert [(d.finding.place.line, d.severity.value) for d in report.diagnostics] == [
        (2, "warning"),
        (4, "error"),
    ]
    report = check_target(target, replace(settings, severities=(("dl4003", "info"),)))
    assert [d.severity.value for d in report.diagnostics] == ["info", "warning"]


def test_multiple_findings_of_one_instruction_keep_their_places() -> None:
    text = "FROM a:1\nRUN apt-get install -y x && apt-get install -y y\n"
    target = Target(Source("Dockerfile", text), InMemoryContext({}))
    report = check_target(target, Settings(select=("DL3008",), platform="docker"))
    assert [d.finding.place.text for d in report.diagnostics] == ["x", "y"]


LINES = st.sampled_from(
    [
        "FROM debian AS a",
        "FROM --platform=$P a",
        "from $X as B",
        "ARG X=1",
        "ARG",
        "ENV A=$B B=${A:-$C}",
        "ENV A b",
        "LABEL a..b=$X",
        "RUN cd /x && sudo apt-get install $A | tee",
        "RUN pip install -r",
        "RUN <<EOF\npip install x\nEOF",
        'RUN ["apt-get", "install"]',
        "RUN --mount=type=cache yum install",
        "RUN $(",
        "ONBUILD RUN wget x",
        "ONBUILD",
        "COPY --from=a / /",
        "COPY",
        "ADD $X .",
        "USER $",
        "WORKDIR",
        "EXPOSE 99999/TCP 1:2",
        "CMD [",
        "HEALTHCHECK CMD x",
        'SHELL ["pwsh"]',
        "MAINTAINER",
        "# a comment",
        "FORM x",
        "RUN a \\\n\n b",
    ]
)


@given(st.lists(LINES, max_size=8))
@settings(max_examples=60, deadline=None)
def test_no_rule_crashes_and_every_finding_stands_in_the_file(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    target = Target(Source("Dockerfile", text), InMemoryContext({"Dockerfile": text}))
    report = check_target(
        target, Settings(select=("DFG9",), platform="docker", label_schema=(("a", "url"),), shows_maybe=True)
    )
    assert report.crashes == ()
    assert all(0 <= d.span.start <= d.span.end <= len(text) for d in report.diagnostics)

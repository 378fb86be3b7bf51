"""What only a stage keeps that the image copies from is information; in the image's own stages it is worse."""

import pytest

from dfguard.config.settings import Settings
from dfguard.core.findings import Diagnostic, Severity
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target

OUTSIDE = "FROM debian:12 AS a\n{}\nRUN make\nFROM debian:12\nCOPY --from=a /x /x\n"
BELOW = "FROM debian:12 AS a\n{}\nRUN make\nFROM a\nRUN make\n"
OWN = "FROM debian:12\n{}\nRUN make\n"
ADDRESS = "ARG PW\nRUN curl -fO https://me:$PW@x.org/a"


@pytest.mark.parametrize(
    ("rule", "lines", "in_image"),
    [
        pytest.param("DFG801", "ARG NPM_TOKEN", Severity.WARNING, id="an argument"),
        pytest.param(
            "DFG801", "ARG SECRET\nENV SECRET=$SECRET", Severity.ERROR, id="an argument kept by ENV"
        ),
        pytest.param("DFG801", "ENV DB_PASSWORD=hunter2", Severity.WARNING, id="a value in the Dockerfile"),
        pytest.param("DFG803", ADDRESS, Severity.WARNING, id="an argument in an address"),
    ],
)
def test_the_stage_decides(rule: str, lines: str, in_image: Severity) -> None:
    assert severities(rule, OWN.format(lines)) == [in_image]
    assert severities(rule, BELOW.format(lines)) == [in_image]
    assert severities(rule, OUTSIDE.format(lines)) == [Severity.INFO]
    assert not any("image" in m or "docker history" in m for m in messages(rule, OUTSIDE.format(lines)))


def severities(rule: str, text: str) -> list[Severity]:
    return [one.severity for one in report(rule, text)]


def messages(rule: str, text: str) -> list[str]:
    return [one.finding.message for one in report(rule, text)]


def report(rule: str, text: str) -> tuple[Diagnostic, ...]:
    target = Target(Source("Dockerfile", text), InMemoryContext({"Dockerfile": text}))
    settings = Settings(platform="docker", select=(rule,))
    return tuple(check_target(target, settings).shown(maybe=True))

"""How loud a finding about a base image's tag is: where the image's own packages come from its release, a warning."""

from __future__ import annotations

import pytest

from dfguard.config.settings import Settings
from dfguard.core.findings import Severity
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target

INSTALL = "RUN apt-get update && apt-get install -y curl\n"


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        pytest.param(f"FROM debian\n{INSTALL}", Severity.WARNING, id="packages of its release"),
        pytest.param(f"FROM debian AS a\n{INSTALL}FROM a\n", Severity.WARNING, id="in a stage below"),
        pytest.param("FROM alpine:latest\nRUN apk add curl\n", Severity.WARNING, id="apk"),
        pytest.param("FROM nginx\nCOPY a /usr/share/nginx/html/\n", Severity.INFO, id="files laid over it"),
        pytest.param("FROM debian\nRUN make\n", Severity.INFO, id="no packages"),
        pytest.param(
            f"FROM debian AS a\n{INSTALL}FROM scratch\nCOPY --from=a /x /x\n", Severity.INFO, id="thrown away"
        ),
        pytest.param(f"ARG BASE=debian\nFROM $BASE\n{INSTALL}", Severity.INFO, id="an ARG names it"),
    ],
)
def test_a_floating_tag_is_a_warning_where_the_image_installs_packages_of_its_release(
    text: str, severity: Severity
) -> None:
    target = Target(Source("Dockerfile", text), InMemoryContext({"Dockerfile": text, "a": ""}))
    report = check_target(target, Settings(platform="docker", select=("DFG906", "DFG907")))
    assert [d.severity for d in report.diagnostics] == [severity]

"""No report shows a secret in full: neither in messages nor in the lines of the source."""

import pytest

from dfguard.config.settings import Settings
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.reports import github, json_report, sarif, text
from dfguard.reports.report import Report, printable

BODY = "QwErTyUiOpAsDfGhJkLzXcVbNmQaWsEdRf"
TOKEN = f"hf_{BODY}"
DOCKERFILE = f"""\
FROM debian:12
ENV HF_TOKEN={TOKEN} DB_PASSWORD=hunter2
WORKDIR {TOKEN}
RUN cd /x && curl -k https://me:s3cret@x.org/{TOKEN} -o /no/where/{TOKEN}
EXPOSE {TOKEN}
"""


@pytest.mark.parametrize("render", [text.render, json_report.render, sarif.render, github.render])
def test_reports_show_no_secret(render: object) -> None:
    assert callable(render)
    target = Target(Source("Dockerfile", DOCKERFILE), InMemoryContext({"Dockerfile": DOCKERFILE}))
    report = Report((check_target(target, Settings(profile="strict")),), shows_maybe=True)
    shown = render(report)
    assert "DFG804" in shown
    assert not [secret for secret in (TOKEN, "hunter2", "s3cret") if secret in shown]


def test_whatever_is_printable_shows_no_token() -> None:
    assert printable(f"ENV A={TOKEN}") == "ENV A=hf_Qw" + "*" * 32

"""DFG929: yum install without -y."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._answers import unanswered


@rule(
    "DFG929",
    "yes-yum",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3030",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3030",),
    bad=(
        Bad("FROM centos:7\nRUN yum «install» git-1\n", fixed="FROM centos:7\nRUN yum install -y git-1\n"),
        Bad("FROM centos:7\nRUN yum «groupinstall» x\n", fixed="FROM centos:7\nRUN yum groupinstall -y x\n"),
    ),
    good=(
        Good("FROM centos:7\nRUN yum install -y git-1\n"),
        Good("FROM centos:7\nRUN yum --assumeyes localinstall x.rpm\n"),
        Good("FROM centos:7\nRUN yum clean all\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Yum asks before it installs.

    Nobody is there to answer during a build, so that it fails.
    """
    yield from unanswered(facts, "yum")

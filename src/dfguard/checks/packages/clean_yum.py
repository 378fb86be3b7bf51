"""DFG930: yum install without yum clean all."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._caches import uncleaned


@rule(
    "DFG930",
    "clean-yum",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3032",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3032",
        "https://docs.docker.com/build/building/best-practices/",
    ),
    differs="a cache or tmpfs mount above the cache counts as well; removing something else with rm -rf does not.",
    bad=(
        Bad("FROM centos:7\nRUN yum «install» -y git\n"),
        Bad("FROM centos:7\nRUN yum clean all && yum «install» -y git\n"),
    ),
    good=(
        Good("FROM centos:7\nRUN yum install -y git && yum clean all\n"),
        Good("FROM centos:7\nRUN yum install -y git && rm -rf /var/cache/yum/*\n"),
        Good("FROM centos:7\nRUN --mount=type=cache,target=/var/cache/yum yum install -y git\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The cache of yum stays in the layer.

    Run `yum clean all` behind the install, in the same RUN.
    """
    yield from uncleaned(facts, "yum")

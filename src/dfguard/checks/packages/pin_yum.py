"""DFG931: yum install without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG931",
    "pin-yum",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3033",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3033",),
    differs="packages that come from a variable are judged when their names are known, and left alone otherwise, since the base image may set what the file does not; commands behind sudo, env and the like are read, too.",
    bad=(
        Bad("FROM centos:7\nRUN yum install -y «httpd» vim-8.0\n"),
        Bad("FROM centos:7\nRUN yum install -y «gcc-c++» && yum -y module install «nodejs»\n"),
    ),
    good=(
        Good("FROM centos:7\nRUN yum install -y httpd-2.4.6 java-1.8.0-openjdk-devel\n"),
        Good("FROM centos:7\nRUN yum install -y https://example.org/epel-release-latest-7.noarch.rpm\n"),
        Good("FROM centos:7\nRUN yum module install -y nodejs:18\n"),
        Good("FROM centos:7\nARG P\nRUN yum install -y $P\n", why="nobody can tell"),
        Good("FROM centos:7\nRUN yum -y group install Development\n", why="a group has no version"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Yum installs whatever version is newest.

    Write `name-version`. Distributions remove old versions from their archive: a pinned version breaks the build one day.
    Off in the default profile.
    """
    yield from unpinned(facts, "yum")

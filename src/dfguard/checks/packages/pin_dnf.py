"""DFG938: dnf install without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG938",
    "pin-dnf",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3041",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3041",),
    differs="packages that come from a variable are judged when their names are known, and left alone otherwise, since the base image may set what the file does not; commands behind sudo, env and the like are read, too.",
    bad=(
        Bad("FROM fedora:40\nRUN dnf install -y «httpd» vim-9.1\n"),
        Bad("FROM fedora:40\nRUN microdnf install «tar» && dnf module install -y «nodejs»\n"),
    ),
    good=(
        Good("FROM fedora:40\nRUN dnf install -y httpd-2.4.59-1.fc40 x-1.rpm\n"),
        Good("FROM fedora:40\nRUN dnf -y group install Development\n"),
        Good("FROM fedora:40\nRUN dnf module install -y nodejs:20\n"),
        Good("FROM fedora:40\nARG P\nRUN dnf install -y python3-$P\n", why="nobody can tell"),
        Good("FROM fedora:40\nENV V=8.4.0-1.el9\nRUN microdnf install -y mysql-$V\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Dnf installs whatever version is newest.

    Write `name-version`. Distributions remove old versions from their archive: a pinned version breaks the build one day.
    Off in the default profile.
    """
    yield from unpinned(facts, "dnf")

"""DFG935: zypper install without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG935",
    "pin-zypper",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3037",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3037",),
    differs="packages that come from a variable are judged when their names are known, and left alone otherwise; commands behind sudo, env and the like are read, too.",
    bad=(
        Bad("FROM opensuse/leap:15.6\nRUN zypper install -y «httpd» vim=9\n"),
        Bad("FROM opensuse/leap:15.6\nRUN zypper -n in «git»\n"),
    ),
    good=(
        Good("FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.46 'a>1' 'b<2' x.rpm\n"),
        Good("FROM opensuse/leap:15.6\nRUN zypper refresh\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Zypper installs whatever version is newest.

    Write `name=version`. Distributions remove old versions from their archive: a pinned version breaks the build one day.
    Off in the default profile.
    """
    yield from unpinned(facts, "zypper")

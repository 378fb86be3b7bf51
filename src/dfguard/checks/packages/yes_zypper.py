"""DFG932: zypper without a non-interactive switch."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._answers import unanswered


@rule(
    "DFG932",
    "yes-zypper",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3034",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3034",),
    bad=(
        Bad(
            "FROM opensuse/leap:15.6\nRUN zypper «install» git=1\n",
            fixed="FROM opensuse/leap:15.6\nRUN zypper install -y git=1\n",
        ),
        Bad(
            "FROM opensuse/leap:15.6\nRUN zypper «patch»\n",
            fixed="FROM opensuse/leap:15.6\nRUN zypper patch -y\n",
        ),
    ),
    good=(
        Good("FROM opensuse/leap:15.6\nRUN zypper install -y git=1\n"),
        Good("FROM opensuse/leap:15.6\nRUN zypper --non-interactive in git\n"),
        Good("FROM opensuse/leap:15.6\nRUN zypper -n rm git\n"),
        Good("FROM opensuse/leap:15.6\nRUN zypper refresh\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Zypper asks before it changes packages.

    Nobody is there to answer during a build, so that it fails.
    """
    yield from unanswered(facts, "zypper")

"""DFG936: dnf install without -y."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._answers import unanswered


@rule(
    "DFG936",
    "yes-dnf",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3038",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3038",),
    bad=(
        Bad("FROM fedora:40\nRUN dnf «install» git-1\n", fixed="FROM fedora:40\nRUN dnf install -y git-1\n"),
        Bad(
            "FROM fedora:40\nRUN microdnf «install» tar-1\n",
            fixed="FROM fedora:40\nRUN microdnf install -y tar-1\n",
        ),
    ),
    good=(
        Good("FROM fedora:40\nRUN dnf -y install git-1\n"),
        Good("FROM fedora:40\nRUN microdnf install --assumeyes tar-1\n"),
        Good("FROM fedora:40\nRUN dnf clean all\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Dnf asks before it installs.

    Nobody is there to answer during a build, so that it fails.
    """
    yield from unanswered(facts, "dnf")

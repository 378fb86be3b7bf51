"""DFG937: dnf install without dnf clean all."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._caches import uncleaned


@rule(
    "DFG937",
    "clean-dnf",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3040",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3040",
        "https://docs.docker.com/build/building/best-practices/",
    ),
    differs="a cache or tmpfs mount above the cache counts as well; removing something else with rm -rf does not; the cache of dnf 4, /var/cache/dnf, is known, too. `microdnf clean all` after `dnf install` counts: in dnf 5 they are one program with one cache.",
    bad=(
        Bad("FROM fedora:40\nRUN dnf «install» -y git\n"),
        Bad("FROM fedora:40\nRUN microdnf «upgrade» -y && microdnf install x\n"),
    ),
    good=(
        Good("FROM fedora:40\nRUN dnf install -y git && dnf clean all\n"),
        Good("FROM fedora:40\nRUN microdnf install -y git && rm -rf /var/cache/libdnf5\n"),
        Good("FROM fedora:40\nRUN --mount=type=cache,target=/var/cache/dnf dnf install -y git\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The cache of dnf stays in the layer.

    Run `dnf clean all` behind the install, in the same RUN.
    """
    yield from uncleaned(facts, "dnf")

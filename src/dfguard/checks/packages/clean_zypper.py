"""DFG934: zypper install without zypper clean."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._caches import uncleaned


@rule(
    "DFG934",
    "clean-zypper",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3036",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3036",
        "https://docs.docker.com/build/building/best-practices/",
    ),
    differs="a cache or tmpfs mount above the cache counts as well; removing something else with rm -rf does not.",
    bad=(
        Bad("FROM opensuse/leap:15.6\nRUN zypper «install» -y git\n"),
        Bad("FROM opensuse/leap:15.6\nRUN zypper «in» -y git\nRUN zypper clean\n"),
    ),
    good=(
        Good("FROM opensuse/leap:15.6\nRUN zypper install -y git && zypper clean\n"),
        Good("FROM opensuse/leap:15.6\nRUN zypper in -y git && zypper cc -a\n"),
        Good("FROM opensuse/leap:15.6\nRUN --mount=type=cache,target=/var/cache/zypp zypper in -y git\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The cache of zypper stays in the layer.

    Run `zypper clean` behind the install, in the same RUN.
    """
    yield from uncleaned(facts, "zypper")

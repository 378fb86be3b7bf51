"""DFG928: FROM --platform with a fixed platform."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG928",
    "from-platform-const",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3029", "FromPlatformFlagConstDisallowed"),
    sources=(
        "https://docs.docker.com/reference/build-checks/from-platform-flag-const-disallowed/",
        "https://github.com/hadolint/hadolint/wiki/DL3029",
    ),
    differs=(
        "a platform that comes from any ARG is accepted, and so is one that the name of the stage says; hadolint accepts "
        "only BUILDPLATFORM and TARGETPLATFORM."
    ),
    bad=(
        Bad("FROM --platform=«linux/amd64» debian:12\n"),
        Bad("FROM --platform=«arm64» debian:12 AS tools\n"),
    ),
    good=(
        Good("FROM --platform=$BUILDPLATFORM debian:12\n"),
        Good("ARG P=linux/arm64\nFROM --platform=$P debian:12\n", why="whoever builds can change it"),
        Good(
            "FROM --platform=linux/arm64 debian:12 AS build_arm64\n",
            why="the stage is there for that platform",
        ),
        Good("FROM debian:12\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """FROM fixes the platform of its image.

    The image is then always of that platform, even when the build is asked for another. Leave the choice to the
    build, or use an ARG.
    """
    for site in facts.outline.of("FROM"):
        flag, stage = site.instruction.flag("platform"), site.section.stage
        if not flag or not flag.value or "$" in flag.value.value:
            continue
        system, _, machine = _normal(flag.value.value)
        name = (stage.name if stage else None) or ""
        if not machine or system in name or machine in name:
            continue
        yield Finding(flag.value.place(), f"the platform {flag.value} is fixed for every build")


SYSTEMS = ("linux", "windows", "darwin", "freebsd", "wasi", "wasip1", "openbsd", "netbsd", "solaris")
MACHINES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armhf": "arm",
    "armel": "arm",
    "i386": "386",
}


def _normal(platform: str) -> tuple[str, str, str]:
    """System, slash and machine as BuildKit (containerd/platforms) names them; one word alone means either."""
    first, slash, rest = platform.lower().partition("/")
    machine = rest.partition("/")[0]
    if not slash:
        return ("linux", "/", MACHINES.get(first, first)) if first not in SYSTEMS else (first, "/", "amd64")
    return first, slash, MACHINES.get(machine, machine)

"""DFG976: a base image for another kind of machine."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule
from dfguard.checks.dockerfile._images import bases

NAMESPACES = {
    "amd64": "linux/amd64",
    "i386": "linux/386",
    "arm32v5": "linux/arm",
    "arm32v6": "linux/arm",
    "arm32v7": "linux/arm",
    "arm64v8": "linux/arm64",
    "mips64le": "linux/mips64le",
    "ppc64le": "linux/ppc64le",
    "riscv64": "linux/riscv64",
    "s390x": "linux/s390x",
    "winamd64": "windows/amd64",
}
"""Docker Hub's namespaces of the official images by machine."""


@rule(
    "DFG976",
    "base-image-platform",
    Severity.WARNING,
    since="0.1.0",
    aliases=("InvalidBaseImagePlatform",),
    sources=(
        "moby/buildkit frontend/dockerfile/dockerfile2llb/validations.go@73ed6825 (validateBaseImagePlatform)",
        "https://github.com/docker-library/official-images#architectures-other-than-amd64",
    ),
    differs="BuildKit asks the registry; dfguard goes by the names of images for one machine.",
    bad=(
        Bad("FROM --platform=linux/amd64 «arm64v8/debian:12»\n", message="linux/arm64"),
        Bad("FROM «arm32v7/python:3.11»\n", certainty_is_maybe=True),
    ),
    good=(
        Good("FROM amd64/debian:12\n"),
        Good("FROM --platform=linux/arm64 arm64v8/debian:12\n"),
        Good("FROM --platform=linux/arm/v7 arm32v7/debian:12\n"),
        Good("FROM example.org/arm64v8/debian:12\n", why="somebody else's names"),
        Good("FROM --platform=$BUILDPLATFORM arm64v8/debian:12\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The base image is made for another machine than the one that is built for.

    Its programs do not run there, or only in emulation. Docker Hub's namespaces such as `arm64v8` hold images for one kind
    of machine; without a fixed platform the usual one, linux/amd64, is assumed.
    """
    for base in bases(facts):
        namespace = base.name.partition("/")[0] if "/" in base.name and not base.registry else ""
        made_for = NAMESPACES.get(namespace)
        flag = base.site.instruction.flag("platform")
        asked = flag.value.value if flag and flag.value else facts.world.target_platform
        if not made_for or "$" in asked or asked.lower().split("/")[:2] == made_for.split("/"):
            continue
        yield Finding(
            base.place,
            f"{base.text} is made for {made_for}, not for {asked}",
            certainty=Certainty.SURE if flag else Certainty.MAYBE,
        )

"""DFG907: a base image with the tag latest."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.dockerfile._images import bases, version_matters


@rule(
    "DFG907",
    "from-latest",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3007",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3007",),
    differs="ARGs with a default are replaced: `ARG TAG=latest` and `FROM x:$TAG` is reported, too.",
    bad=(
        Bad("FROM «debian:latest»\n"),
        Bad("ARG TAG=latest\nFROM «debian:$TAG» AS x\n"),
    ),
    good=(
        Good("FROM debian:12\n"),
        Good(
            "FROM debian:latest@sha256:0123456789012345678901234567890123456789012345678901234567890123\n",
            why="the digest decides",
        ),
        Good("FROM debian:latest-slim\n"),
        Good("ARG TAG\nFROM debian:$TAG\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """FROM names an image with the tag `latest`.

    The build changes when somebody else publishes a new image. Name a version. As information where no RUN of the image installs
    packages of its release, and where an ARG names it.
    """
    severity = version_matters(facts)
    for base in bases(facts):
        if base.tag == "latest" and not base.digest:
            message = f"the image {base.text} is another one tomorrow"
            yield Finding(base.place, message, severity=severity(base), advice="name a version")

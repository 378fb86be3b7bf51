"""DFG906: a base image without a tag."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.dockerfile._images import bases, version_matters


@rule(
    "DFG906",
    "from-untagged",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3006",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3006",),
    differs=(
        "ARGs with a default are replaced, so `FROM $BASE` is judged by what it means; hadolint looks at the text. Stage "
        "names are compared as BuildKit does, without regard to case."
    ),
    bad=(
        Bad("FROM «debian»\n", message="debian"),
        Bad("FROM --platform=linux/amd64 «ghcr.io:443/a/b» AS x\n"),
        Bad("ARG BASE=ubuntu\nFROM «$BASE»\n", message="ubuntu"),
        Bad("FROM debian:12 AS build\nFROM «builder»\n"),
    ),
    good=(
        Good("FROM debian:12\n"),
        Good("FROM debian@sha256:0123456789012345678901234567890123456789012345678901234567890123\n"),
        Good("FROM scratch\n"),
        Good("FROM debian:12 AS Build\nFROM build\n", why="an earlier stage"),
        Good("ARG BASE\nFROM $BASE\n", why="nobody can tell"),
        Good("FROM base\n", options={"build-context": "base=./base"}, why="a build context of that name"),
        Good("FROM base\n", options={"build-context": "base=docker-image://debian:12"}),
        Good("ARG TAG=1\nFROM debian:${TAG}\n"),
        Good("ARG REGISTRY=docker.io/\nFROM ${REGISTRY}debian:12\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """FROM names an image without a tag.

    It means `latest`, whatever that is on the day of the build. Name the version that the Dockerfile was written for. As
    information where no RUN of the image installs packages of its release.
    """
    severity = version_matters(facts)
    for base in bases(facts):
        if not base.is_stage and not base.tag and not base.digest and base.name != "scratch":
            message = f"the image {base.text} has no tag"
            yield Finding(base.place, message, severity=severity(base), advice="name a version")

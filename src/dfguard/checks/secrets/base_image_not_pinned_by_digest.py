"""DFG813: a base image that may be another one tomorrow."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, known, rule


@rule(
    "DFG813",
    "base-image-not-pinned-by-digest",
    Severity.INFO,
    since="0.1.0",
    is_default=False,
    sources=(
        "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
        "https://github.com/ossf/scorecard/blob/main/docs/checks.md#pinned-dependencies",
    ),
    bad=(
        Bad("FROM «debian:12»\nRUN make\n", message="debian:12"),
        Bad("ARG V=3.12\nFROM «python:$V» AS a\nFROM a\n"),
    ),
    good=(
        Good("FROM debian:12@sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d\n"),
        Good("FROM scratch\nCOPY a /a\n"),
        Good("ARG BASE\nFROM $BASE\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The base image is named by a tag, which may mean another image tomorrow.

    A digest means one image for ever; bots (Renovate, Dependabot) keep it up to date. Off by default; part of the profile
    `security`.
    """
    stages: set[str] = set()
    for site in facts.outline.of("FROM"):
        for image in site.instruction.arguments[:1]:
            text = known(facts.outline.value(site, image))
            if text and text.lower() not in stages | {"scratch"} and "@" not in text:
                yield Finding(
                    image.place(),
                    f"{text} may mean another image tomorrow",
                    advice="add @sha256:... behind the tag",
                )
        if site.section.stage and site.section.stage.name:
            stages.add(site.section.stage.name)

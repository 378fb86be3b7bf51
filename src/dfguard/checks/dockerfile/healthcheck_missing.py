"""DFG954: an image without HEALTHCHECK."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG954",
    "healthcheck-missing",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3057",),
    is_default=False,
    sources=("https://github.com/hadolint/hadolint/wiki/DL3057",),
    differs="a stage that another one is built on or copies from is no image of its own and needs none.",
    bad=(
        Bad("«FROM» debian:12\nRUN true\n"),
        Bad("FROM debian:12 AS a\nHEALTHCHECK CMD true\n«FROM» debian:12\n"),
    ),
    good=(
        Good("FROM debian:12\nHEALTHCHECK CMD true\n"),
        Good("FROM debian:12\nHEALTHCHECK NONE\n", why="decided"),
        Good("FROM debian:12 AS base\nHEALTHCHECK CMD true\nFROM base\n", why="inherited"),
        Good("FROM debian:12 AS build\nFROM debian:12\nCOPY --from=build /a /a\nHEALTHCHECK CMD true\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """No HEALTHCHECK says when the container works.

    An orchestrator other than Kubernetes then takes a hanging program for a healthy one.
    """
    checked = {id(site.section) for site in facts.outline.of("HEALTHCHECK")}
    used = facts.outline.used_stages
    for site in facts.outline.of("FROM"):
        section = site.section
        if id(section) in used or checked & {id(below) for below in section.chain}:
            continue
        yield Finding(
            site.instruction.keyword_text.place(), "nothing says when a container of this image is healthy"
        )

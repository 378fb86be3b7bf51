"""DFG912: a CMD, ENTRYPOINT or HEALTHCHECK that a later one of the same stage replaces."""

from collections.abc import Iterator
from itertools import pairwise

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG912",
    "multiple-instructions",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3012", "DL4003", "DL4004", "MultipleInstructionsDisallowed"),
    sources=(
        "https://docs.docker.com/reference/build-checks/multiple-instructions-disallowed/",
        "https://github.com/hadolint/hadolint/wiki/DL4003",
    ),
    differs=(
        "hadolint points at the later instruction; BuildKit and dfguard point at the earlier one, which has no effect, and "
        "name the later in a note."
    ),
    bad=(
        Bad('FROM debian:12\n«CMD» ["a"]\nCMD ["b"]\n'),
        Bad('FROM debian:12\n«ENTRYPOINT» ["a"]\n«ENTRYPOINT» ["b"]\nENTRYPOINT ["c"]\n'),
        Bad("FROM debian:12\n«HEALTHCHECK» CMD true\nHEALTHCHECK NONE\n"),
    ),
    good=(
        Good('FROM debian:12\nENTRYPOINT ["a"]\nCMD ["b"]\n'),
        Good('FROM debian:12 AS a\nCMD ["a"]\nFROM a\nCMD ["b"]\n', why="each stage has its own"),
        Good('FROM debian:12\nONBUILD CMD ["a"]\nCMD ["b"]\n'),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A stage has more than one CMD, ENTRYPOINT or HEALTHCHECK.

    Only the last one counts; those before it have no effect.
    """
    for keyword, alias in (("CMD", "DL4003"), ("ENTRYPOINT", "DL4004"), ("HEALTHCHECK", "DL3012")):
        sites = facts.outline.of(keyword)
        for site, following in pairwise(sites):
            if site.section is not following.section:
                continue
            yield Finding(
                site.instruction.keyword_text.place(),
                f"this {keyword} has no effect: a later one replaces it",
                notes=(Note(following.instruction.keyword_text.place(), "the later one"),),
                aliases=(alias, "MultipleInstructionsDisallowed"),
            )

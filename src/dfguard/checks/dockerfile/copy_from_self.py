"""DFG922: COPY --from the stage it stands in."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG922",
    "copy-from-self",
    Severity.ERROR,
    since="0.1.0",
    covers=("DFG002",),
    aliases=("DL3023",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3023",),
    differs="stage names are compared without case, and a stage can also be named by its number.",
    bad=(
        Bad("FROM debian:12 AS app\nCOPY --from=«app» /a /b\n"),
        Bad("FROM debian:12 AS a\nFROM debian:12\nCOPY --from=«1» /a /b\n"),
    ),
    good=(
        Good("FROM debian:12 AS app\nFROM debian:12\nCOPY --from=app /a /b\n"),
        Good("FROM debian:12 AS app\nRUN cp /a /b\n"),
        Good("FROM debian:12 AS app\nCOPY --from=0x /a /b\n", why="another mistake"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """COPY --from names the stage it stands in.

    BuildKit refuses that. To copy inside a stage use RUN cp.
    """
    for site in facts.outline.of("COPY"):
        flag, stage = site.instruction.flag("from"), site.section.stage
        if (
            flag
            and flag.value
            and stage
            and flag.value.value.strip("\"'").lower() in {stage.name, str(stage.index)}
        ):
            yield Finding(flag.value.place(), f"{flag.value.value} is the stage this COPY stands in")

"""DFG964: COPY --from of everything a stage holds."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG964",
    "copy-whole-fs",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3067",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3067",),
    differs="a stage made FROM scratch is meant to be filled like that, and is not reported.",
    bad=(
        Bad("FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a «/» /\n"),
        Bad('FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a ["«/»", "/"]\n'),
    ),
    good=(
        Good("FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a /app /\n"),
        Good("FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a / /rootfs/\n"),
        Good("FROM debian:12\nCOPY / /\n", files={"a": ""}, why="the build context"),
        Good(
            "FROM debian:12 AS a\nFROM scratch\nCOPY --from=a / /\n",
            why="one layer of everything, on purpose",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """COPY takes the whole file system of another stage or image over an existing one.

    The two are mixed: files of the base image stay or are replaced as it happens, and secrets and caches of the other
    stage come along. Copy what is needed.
    """
    for site in facts.outline.of("COPY"):
        arguments = site.instruction.arguments
        stage = site.section.stage
        if len(arguments) < 2 or not site.instruction.flag("from") or arguments[-1].value.strip("\"'") != "/":
            continue
        if stage and stage.base.value.lower() == "scratch":
            continue
        whole = [source for source in arguments[:-1] if source.value.strip("\"'") == "/"]
        if whole:
            yield Finding(whole[0].place(), "the whole file system of another stage is copied over this one")

"""DFG923: two stages of one name."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, Text, rule


@rule(
    "DFG923",
    "duplicate-stage",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3024", "DuplicateStageName"),
    sources=(
        "https://docs.docker.com/reference/build-checks/duplicate-stage-name/",
        "https://github.com/hadolint/hadolint/wiki/DL3024",
    ),
    differs="stage names are compared without case, as BuildKit does.",
    bad=(
        Bad("FROM debian:12 AS a\nFROM debian:12 AS «a»\n"),
        Bad("FROM debian:12 AS build\nFROM debian:12 AS x\nFROM debian:12 AS «Build»\n"),
    ),
    good=(
        Good("FROM debian:12 AS a\nFROM debian:12 AS b\n"),
        Good("FROM debian:12\nFROM debian:12\n"),
        Good("FROM debian:12 AS a\nFROM a\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Two stages have the same name.

    FROM takes the latest stage of that name before it and COPY --from the last one of the file, so that the two can
    mean different stages.
    """
    names: dict[str, Text] = {}
    for site in facts.outline.of("FROM"):
        stage, arguments = site.section.stage, site.instruction.arguments
        if not stage or not stage.name or len(arguments) < 3:
            continue
        if stage.name in names:
            note = Note(names[stage.name].place(), "the first one")
            yield Finding(arguments[2].place(), f"another stage is called {stage.name}, too", notes=(note,))
        names.setdefault(stage.name, arguments[2])

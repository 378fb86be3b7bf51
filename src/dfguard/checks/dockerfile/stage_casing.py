"""DFG969: a stage name with capital letters."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Severity, rule


@rule(
    "DFG969",
    "stage-casing",
    Severity.WARNING,
    since="0.1.0",
    aliases=("StageNameCasing",),
    sources=("https://docs.docker.com/reference/build-checks/stage-name-casing/",),
    bad=(
        Bad("FROM debian:12 AS «Build»\nFROM build\n", fixed="FROM debian:12 AS build\nFROM build\n"),
        Bad("FROM debian:12 as «BASE-1»\n", fixed="FROM debian:12 as base-1\n"),
    ),
    good=(
        Good("FROM debian:12 AS build\n"),
        Good("FROM Debian:12\n", why="no name"),
        Good("FROM debian:12 AS build_2\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A stage name has capital letters.

    BuildKit compares names without case, so capitals only suggest a difference that there is not.
    """
    for site in facts.outline.of("FROM"):
        arguments = site.instruction.arguments
        if len(arguments) != 3 or arguments[2].value == arguments[2].value.lower():
            continue
        place, name = arguments[2].place(), arguments[2].value.lower()
        yield Finding(
            place,
            f"the stage name {arguments[2]} has capital letters",
            fix=Fix(f"write {name}", (Edit(place, name),), is_safe=True),
        )

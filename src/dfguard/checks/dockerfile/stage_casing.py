"""DFG969: a stage name with capital letters."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Severity, rule


@rule(
    "DFG969",
    "stage-casing",
    Severity.INFO,
    since="0.1.0",
    aliases=("StageNameCasing",),
    sources=("https://docs.docker.com/reference/build-checks/stage-name-casing/",),
    bad=(
        Bad("FROM debian:12 AS «Build»\nFROM build\n", fixed="FROM debian:12 AS build\nFROM build\n"),
        Bad("FROM debian:12 as «BASE-1»\n", fixed="FROM debian:12 as base-1\n"),
        Bad(
            "FROM debian:12 AS «Build»\nFROM Build\nCOPY --chown=1:1 --from=Build /a /b\n"
            'RUN --mount=type=bind,"from=Build",target=/m make\nONBUILD COPY --from=BUILD /a /b\n',
            fixed="FROM debian:12 AS build\nFROM build\nCOPY --chown=1:1 --from=build /a /b\n"
            'RUN --mount=type=bind,"from=build",target=/m make\nONBUILD COPY --from=BUILD /a /b\n',
        ),
    ),
    good=(
        Good("FROM debian:12 AS build\n"),
        Good("FROM Debian:12\n", why="no name"),
        Good("FROM debian:12 AS build_2\n"),
        Good("FROM debian:12 AS build\nFROM Build\nCOPY --from=BUILD /a /b\n", why="the name has none"),
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
        uses = [use for use in facts.outline.uses_of(site.section) if use.text.lower() == name]
        edits = tuple(Edit(one, name) for one in (place, *uses) if one.text != name)
        yield Finding(
            place,
            f"the stage name {arguments[2]} has capital letters",
            fix=Fix(f"write {name}", edits, is_safe=True),
        )

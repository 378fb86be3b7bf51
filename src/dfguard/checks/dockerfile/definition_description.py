"""DFG979: a comment above ARG or FROM that describes nothing."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Place, Severity, rule


@rule(
    "DFG979",
    "definition-description",
    Severity.INFO,
    since="0.1.0",
    aliases=("InvalidDefinitionDescription",),
    is_default=False,
    sources=(
        "https://docs.docker.com/reference/build-checks/invalid-definition-description/",
        "moby/buildkit frontend/dockerfile/instructions/parse.go@73ed6825 (validateDefinitionDescription)",
    ),
    bad=(
        Bad("«# the version to take»\nARG VERSION=1\nFROM debian:12\n", message="VERSION"),
        Bad("ARG V=1\n«# what builds it»\nFROM debian:12 AS build\n"),
    ),
    good=(
        Good("# VERSION is what to take\nARG VERSION=1\nFROM debian:12\n"),
        Good("# whatever\nFROM debian:12\n", why="the stage has no name"),
        Good("# first\n# build makes it\nFROM debian:12 AS build\n", why="the last line counts"),
        Good("# a heading\n#\nARG V=1\nFROM debian:12\n", why="separated"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The comment above an ARG or a named stage does not begin with its name.

    BuildKit shows such comments as descriptions (`docker build --call=outline`), and takes the first word for the
    name. Begin with the name, or put an empty comment line in between.
    """
    for site in facts.outline.of("ARG", "FROM"):
        comments = site.instruction.comments
        stage = site.section.stage
        names = [pair.key.value for pair in site.instruction.pairs]
        if site.instruction.keyword == "FROM":
            names = [stage.name] if stage and stage.name else []
        if not comments or not names:
            continue
        first = comments[-1].text.value.strip().split(" ")[0]
        if first and first not in names:
            place = Place(facts.source, comments[-1].span)
            yield Finding(place, f"the comment above {names[0]} does not begin with {names[0]}")

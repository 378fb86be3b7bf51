"""DFG962: FROM --platform=$TARGETPLATFORM."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Place, Severity, Span, rule

NAME = "TARGETPLATFORM"


@rule(
    "DFG962",
    "redundant-targetplatform",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3065", "RedundantTargetPlatform"),
    sources=(
        "https://docs.docker.com/reference/build-checks/redundant-target-platform/",
        "https://github.com/hadolint/hadolint/wiki/DL3065",
    ),
    bad=(
        Bad("FROM «--platform=$TARGETPLATFORM» debian:12\n", fixed="FROM debian:12\n"),
        Bad("FROM «--platform=${TARGETPLATFORM:-linux/amd64}» debian:12\n", fixed="FROM debian:12\n"),
        Bad("FROM «--platform=${TARGETPLATFORM}» debian:12 AS x\n", fixed="FROM debian:12 AS x\n"),
    ),
    good=(
        Good("FROM --platform=$BUILDPLATFORM debian:12\n"),
        Good("FROM --platform=$TARGETOS/$TARGETARCH debian:12\n"),
        Good("FROM --platform=${TARGETPLATFORM%/*} debian:12\n"),
        Good("FROM debian:12\nARG TARGETPLATFORM\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """FROM asks for the platform it gets anyway.

    The target platform is what FROM uses when nothing is said.
    """
    for site in facts.outline.of("FROM"):
        flag = site.instruction.flag("platform")
        if not flag or not flag.value or not _is_target(flag.value.value.strip("\"'")):
            continue
        place = flag.text.place()
        after = place.span.end
        source = place.source
        while source.text[after : after + 1] in {" ", "\t"}:
            after += 1
        fix = Fix("leave it out", (Edit(Place(source, Span(place.span.start, after)), ""),), is_safe=True)
        yield Finding(place, "the target platform is the default", fix=fix)


def _is_target(text: str) -> bool:
    """Whether it is the variable and nothing else; a default never counts, for the variable is always set."""
    if text == f"${NAME}":
        return True
    operator = text[len(NAME) + 2 : -1]
    is_whole = text == f"${{{NAME}{operator}}}" and "$" not in operator and "}" not in operator
    return is_whole and (not operator or operator.removeprefix(":")[:1] in {"-", "?"})

"""DFG973: FROM uses a variable that nobody declared."""

from collections.abc import Iterator

from dfguard.checks.api import PLATFORM_ARGUMENTS, Bad, Facts, Finding, Good, Place, Severity, nearest, rule


@rule(
    "DFG973",
    "undefined-arg-in-from",
    Severity.WARNING,
    since="0.1.0",
    overrules=("DFG906", "DFG907"),
    covers=("DFG002",),
    aliases=("UndefinedArgInFrom",),
    sources=("https://docs.docker.com/reference/build-checks/undefined-arg-in-from/",),
    bad=(
        Bad("ARG VERSION=1\nFROM debian:«$VERSON»\n", message="did you mean VERSION"),
        Bad("FROM debian:12 AS a\nARG TAG=1\nFROM debian:«${TAG:-12}»\n"),
        Bad("FROM --platform=«$BUILDPLATFROM» debian:12\n", message="BUILDPLATFORM"),
    ),
    good=(
        Good("ARG VERSION=1\nFROM debian:$VERSION\n"),
        Good("ARG BASE\nFROM $BASE\n", why="declared, without default"),
        Good("FROM --platform=$BUILDPLATFORM debian:12\n", why="always there"),
        Good("ARG A=1\nARG B=x$A\nFROM debian:${B}\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """FROM uses a variable that no ARG before the first FROM declares.

    It is empty then. An ARG inside a stage is not seen by FROM. An error where that leaves no image name.
    """
    declared = {p.key.value for i in facts.document.preamble if i.keyword == "ARG" for p in i.pairs}
    known = (*sorted(declared), *PLATFORM_ARGUMENTS)
    for site in facts.outline.of("FROM"):
        flag = site.instruction.flag("platform")
        for text in (*site.instruction.arguments[:1], *([flag.value] if flag and flag.value else [])):
            for name, place in facts.outline.variables_in(text):
                if name not in known:
                    meant = nearest(name, known)
                    hint = f" (did you mean {meant}?)" if meant else ""
                    yield Finding(
                        place,
                        f"no ARG before the first FROM declares {name}{hint}",
                        severity=Severity.ERROR if _is_refused(facts, place) else None,
                    )


def _is_refused(facts: Facts, place: Place) -> bool:
    """Whether BuildKit stops at the image's name, which the variable leaves a gap in."""
    spans = [fault.place.span for fault in facts.refusals]
    return any(span.start <= place.span.start and place.span.end <= span.end for span in spans)

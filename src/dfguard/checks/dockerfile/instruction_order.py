"""DFG958: something other than ARG before the first FROM."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG958",
    "instruction-order",
    Severity.ERROR,
    since="0.1.0",
    covers=("DFG002",),
    aliases=("DL3061",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3061",
        "https://docs.docker.com/reference/dockerfile/#from",
    ),
    differs="a file without any FROM is a fragment, made to be included somewhere, and not reported.",
    bad=(
        Bad("«RUN» true\nFROM debian:12\n"),
        Bad("ARG A\n«LABEL» a=b\n«ENV» A=b\nFROM debian:12\n"),
    ),
    good=(
        Good("ARG A=1\nFROM debian:12\nRUN true\n"),
        Good("# syntax=docker/dockerfile:1\n# a comment\n\nFROM debian:12\n"),
        Good("RUN true\nENV a=b\n", why="a fragment"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """An instruction other than ARG stands before the first FROM.

    There is no stage yet that it could change; BuildKit refuses the file.
    """
    if not facts.document.stages:
        return
    for instruction in facts.document.preamble:
        if instruction.keyword != "ARG":
            yield Finding(
                instruction.keyword_text.place(), f"{instruction.keyword} stands before the first FROM"
            )

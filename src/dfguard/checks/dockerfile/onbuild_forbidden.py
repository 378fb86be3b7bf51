"""DFG940: an instruction that ONBUILD cannot hold."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG940",
    "onbuild-forbidden",
    Severity.ERROR,
    since="0.1.0",
    covers=("DFG002",),
    aliases=("DL3043",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3043",
        "https://docs.docker.com/reference/dockerfile/#onbuild-limitations",
    ),
    bad=(
        Bad("FROM debian:12\nONBUILD «ONBUILD» RUN true\n"),
        Bad("FROM debian:12\nONBUILD «from» debian:12\n"),
        Bad("FROM debian:12\nONBUILD «MAINTAINER» me\n"),
    ),
    good=(
        Good("FROM debian:12\nONBUILD RUN true\n"),
        Good("FROM debian:12\nONBUILD COPY . /src\n", files={"a": ""}),
        Good("FROM debian:12\nLABEL x=ONBUILD\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """ONBUILD holds ONBUILD, FROM or MAINTAINER.

    BuildKit refuses these three.
    """
    for site in facts.outline.of("ONBUILD"):
        trigger = site.instruction.trigger
        if trigger and trigger.keyword in {"ONBUILD", "FROM", "MAINTAINER"}:
            yield Finding(trigger.keyword_text.place(), f"ONBUILD cannot hold {trigger.keyword}")

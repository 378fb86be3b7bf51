"""DFG953: a label that should be a version."""

import re
from collections.abc import Iterator
from functools import cache

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import misfits

ASKED = {"label-schema": "x=semver"}


@rule(
    "DFG953",
    "label-semver",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3056",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3056",
        "https://semver.org/",
    ),
    bad=(
        Bad("FROM debian:12\nLABEL x=«1.2»\n", options=ASKED),
        Bad("FROM debian:12\nLABEL x=«v1.2.3»\n", options=ASKED),
    ),
    good=(
        Good("FROM debian:12\nLABEL x=1.2.3\n", options=ASKED),
        Good("FROM debian:12\nLABEL x=1.0.0-rc.1+build.5\n", options=ASKED),
        Good("FROM debian:12\nLABEL y=?\n", options=ASKED, why="not in the schema"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label of the schema is no semantic version.

    `label_schema` in the configuration asks for a semantic version such as `1.2.3` as its value.
    """
    yield from misfits(facts, "semver", _fits, "a semantic version")


def _fits(value: str) -> bool:
    return _pattern().fullmatch(value) is not None


@cache
def _pattern() -> re.Pattern[str]:
    number, word = r"(?:0|[1-9]\d*)", r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
    tail = r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
    return re.compile(rf"{number}\.{number}\.{number}(?:-{word}(?:\.{word})*)?{tail}", re.ASCII)

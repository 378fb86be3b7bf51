"""DFG950: a label that should be a time."""

import re
from collections.abc import Iterator
from functools import cache

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import misfits

ASKED = {"label-schema": "x=rfc3339"}


@rule(
    "DFG950",
    "label-rfc3339",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3053",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3053",
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    ),
    bad=(
        Bad("FROM debian:12\nLABEL x=«yesterday»\n", options=ASKED),
        Bad("FROM debian:12\nLABEL x=«2026-02-30T00:00:00Z»\n", options=ASKED),
    ),
    good=(
        Good("FROM debian:12\nLABEL x=2026-01-31T12:00:00Z\n", options=ASKED),
        Good('FROM debian:12\nLABEL x="2026-01-31 12:00:00.5+01:00"\n', options=ASKED),
        Good("FROM debian:12\nLABEL y=?\n", options=ASKED, why="not in the schema"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label of the schema is no time of RFC 3339.

    `label_schema` in the configuration asks for a time such as `2026-01-31T12:00:00Z` as its value.
    """
    yield from misfits(facts, "rfc3339", _fits, "a time of RFC 3339")


def _fits(value: str) -> bool:
    found = _pattern().fullmatch(value)
    if not found:
        return False
    year, month, day, hour, minute, second = (int(part) for part in found.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return (
        1 <= month <= len(days) and 1 <= day <= days[month - 1] and hour < 24 and minute < 60 and second <= 60
    )


@cache
def _pattern() -> re.Pattern[str]:
    day, time = r"(\d{4})-(\d\d)-(\d\d)", r"(\d\d):(\d\d):(\d\d)(?:\.\d+)?"
    return re.compile(rf"{day}[Tt ]{time}(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)

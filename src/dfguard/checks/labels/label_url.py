"""DFG949: a label that should be a URL."""

import re
from collections.abc import Iterator
from functools import cache

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import misfits

ASKED = {"label-schema": "x=url"}


@rule(
    "DFG949",
    "label-url",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3052",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3052",
        "https://www.rfc-editor.org/rfc/rfc3986",
    ),
    bad=(
        Bad("FROM debian:12\nLABEL x=«example.org»\n", options=ASKED),
        Bad('FROM debian:12\nLABEL x=«"http://a b"»\n', options=ASKED),
    ),
    good=(
        Good("FROM debian:12\nLABEL x=https://example.org/a?b=c#d\n", options=ASKED),
        Good("FROM debian:12\nLABEL x=mailto:a@example.org\n", options=ASKED),
        Good("FROM debian:12\nARG U\nLABEL x=$U\n", options=ASKED),
        Good("FROM debian:12\nLABEL y=?\n", options=ASKED, why="not in the schema"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label of the schema is no URL.

    `label_schema` in the configuration asks for a URL as its value.
    """
    yield from misfits(facts, "url", _fits, "a URL")


def _fits(value: str) -> bool:
    return _pattern().fullmatch(value) is not None


@cache
def _pattern() -> re.Pattern[str]:
    """Scheme, colon and what RFC 3986 allows behind it."""
    return re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")

"""DFG955: a label that should be an email address."""

import re
from collections.abc import Iterator
from functools import cache

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import misfits

ASKED = {"label-schema": "x=email"}


@rule(
    "DFG955",
    "label-email",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3058",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3058",
        "https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1",
    ),
    bad=(
        Bad("FROM debian:12\nLABEL x=«somebody»\n", options=ASKED),
        Bad("FROM debian:12\nLABEL x=«a@b@example.org»\n", options=ASKED),
    ),
    good=(
        Good("FROM debian:12\nLABEL x=a.b+c@example.org\n", options=ASKED),
        Good("FROM debian:12\nLABEL x=me@host\n", options=ASKED),
        Good("FROM debian:12\nLABEL y=?\n", options=ASKED, why="not in the schema"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label of the schema is no email address.

    `label_schema` in the configuration asks for an email address as its value.
    """
    yield from misfits(facts, "email", _fits, "an email address")


def _fits(value: str) -> bool:
    return _pattern().fullmatch(value) is not None


@cache
def _pattern() -> re.Pattern[str]:
    """Dot-atoms on both sides, a quoted local part, or an address literal."""
    atom = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    local = rf"(?:{atom}(?:\.{atom})*|\"(?:[^\"\\\r\n]|\\.)*\")"
    return re.compile(rf"{local}@(?:{atom}(?:\.{atom})*|\[[^\[\]\\\s]*\])")

"""DFG952: a label that should be a git hash."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import misfits

ASKED = {"label-schema": "x=hash"}


@rule(
    "DFG952",
    "label-githash",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3055",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3055",
        "https://git-scm.com/docs/gitrevisions",
    ),
    bad=(
        Bad("FROM debian:12\nLABEL x=«main»\n", options=ASKED),
        Bad("FROM debian:12\nLABEL x=«43c572f1272b8b3171dd1db9e41b7027128ce08G»\n", options=ASKED),
    ),
    good=(
        Good("FROM debian:12\nLABEL x=43c572f1272b8b3171dd1db9e41b7027128ce080\n", options=ASKED),
        Good("FROM debian:12\nLABEL x=2dbfae9\n", options=ASKED),
        Good("FROM debian:12\nLABEL y=?\n", options=ASKED, why="not in the schema"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label of the schema is no git hash.

    `label_schema` in the configuration asks for a git hash of 40 or 7 characters as its value.
    """
    yield from misfits(facts, "hash", _fits, "a git hash")


LENGTHS = (7, 40)


def _fits(value: str) -> bool:
    return len(value) in LENGTHS and all(character in "0123456789abcdef" for character in value)

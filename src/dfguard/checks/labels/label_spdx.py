"""DFG951: a label that should be a license."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import misfits

ASKED = {"label-schema": "x=spdx"}


@rule(
    "DFG951",
    "label-spdx",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3054",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3054", "https://spdx.org/licenses/"),
    differs="expressions such as `MIT OR Apache-2.0` are accepted, not only single identifiers.",
    bad=(
        Bad("FROM debian:12\nLABEL x=«Apache»\n", options=ASKED),
        Bad('FROM debian:12\nLABEL x=«"MIT and more"»\n', options=ASKED),
    ),
    good=(
        Good("FROM debian:12\nLABEL x=Apache-2.0\n", options=ASKED),
        Good(
            'FROM debian:12\nLABEL x="(MIT OR GPL-2.0-or-later WITH Classpath-exception-2.0)"\n',
            options=ASKED,
        ),
        Good("FROM debian:12\nLABEL y=?\n", options=ASKED, why="not in the schema"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label of the schema is no license of the SPDX list.

    `label_schema` in the configuration asks for a license identifier such as `Apache-2.0` as its value.
    """

    def fits(value: str) -> bool:
        known = {name.lower() for row in facts.knowledge.labels.licenses for name in row.ids}
        words = value.replace("(", " ").replace(")", " ").split()
        names = [
            w for i, w in enumerate(words) if w not in {"AND", "OR", "WITH"} and words[i - 1 : i] != ["WITH"]
        ]
        return bool(names) and all(name.lower().rstrip("+") in known for name in names)

    yield from misfits(facts, "spdx", fits, "a license of the SPDX list")

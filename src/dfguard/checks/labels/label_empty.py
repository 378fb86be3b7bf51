"""DFG948: a label of the schema without a value."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import labels

SCHEMA = {"label-schema": "vendor=text"}


@rule(
    "DFG948",
    "label-empty",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3051",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3051",),
    bad=(
        Bad("FROM debian:12\nLABEL «vendor»=\n", options=SCHEMA),
        Bad('FROM debian:12\nLABEL other=x «vendor»=""\n', options=SCHEMA),
    ),
    good=(
        Good("FROM debian:12\nLABEL vendor=x\n", options=SCHEMA),
        Good("FROM debian:12\nLABEL other=\n", options=SCHEMA, why="not in the schema"),
        Good("FROM debian:12\nARG V\nLABEL vendor=$V\n", options=SCHEMA, why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label of the schema has no value.

    `label_schema` in the configuration names the labels that every image needs, with what they should say.
    """
    schema = dict(facts.conventions.label_schema)
    for _, pair, key, value in labels(facts):
        if key in schema and value == "":
            yield Finding(pair.key.place(), f"the label {key} is empty")

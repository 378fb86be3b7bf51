"""DFG947: a label that the schema does not know."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import labels

STRICT = {"label-schema": "vendor=text", "strict-labels": "true"}


@rule(
    "DFG947",
    "label-superfluous",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3050",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3050",),
    bad=(
        Bad("FROM debian:12\nLABEL vendor=x «other»=y\n", options=STRICT),
        Bad("FROM debian:12\nLABEL «a»=b\nLABEL «c» d\n", options=STRICT),
    ),
    good=(
        Good("FROM debian:12\nLABEL other=y\n", options={"label-schema": "vendor=text"}, why="not strict"),
        Good("FROM debian:12\nLABEL vendor=x\n", options=STRICT),
        Good("FROM debian:12\nLABEL other=y\n", why="no schema"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label is not in the schema.

    With `strict_labels` in the configuration only the labels of `label_schema` are allowed.
    """
    if not facts.conventions.has_strict_labels:
        return
    schema = dict(facts.conventions.label_schema)
    for _, pair, key, _ in labels(facts):
        if key not in schema:
            yield Finding(pair.key.place(), f"the label {key} is not in the schema")

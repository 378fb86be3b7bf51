"""DFG946: a label that the schema requires is missing."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import labels

SCHEMA = {"label-schema": "vendor=text\nurl=url"}


@rule(
    "DFG946",
    "label-required",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3049",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3049",),
    differs="silent without `label_schema` in the configuration; a stage that others are built on or copied from needs none.",
    bad=(
        Bad("«FROM» debian:12\nLABEL vendor=x\n", options=SCHEMA, message="url"),
        Bad(
            "FROM debian:12 AS a\nLABEL vendor=x url=y\n«FROM» debian:12\n", options=SCHEMA, message="vendor"
        ),
    ),
    good=(
        Good("FROM debian:12\n", why="no schema"),
        Good("FROM debian:12\nLABEL vendor=x\nLABEL url=y\n", options=SCHEMA),
        Good("FROM debian:12 AS a\nLABEL vendor=x url=y\nFROM a\n", options=SCHEMA, why="inherited"),
        Good(
            "FROM debian:12 AS b\nFROM debian:12\nCOPY --from=b /a /\nLABEL vendor=x url=y\n", options=SCHEMA
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label of the schema is missing.

    `label_schema` in the configuration names the labels that every image needs.
    """
    schema = [key for key, _ in facts.conventions.label_schema]
    if not schema:
        return
    given: dict[int, set[str]] = {}
    for site, _, key, _ in labels(facts):
        given.setdefault(id(site.section), set()).add(key)
    for site in facts.outline.of("FROM"):
        if id(site.section) in facts.outline.used_stages:
            continue
        have = {key for below in site.section.chain for key in given.get(id(below), ())}
        missing = [key for key in schema if key not in have]
        if missing:
            place = site.instruction.keyword_text.place()
            yield Finding(place, f"the image lacks the label{'s' * (len(missing) > 1)} {', '.join(missing)}")

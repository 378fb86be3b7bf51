"""LABEL pairs to those that the label schema speaks of: the one check behind all rules about label values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Finding, known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.checks.api import Facts, Pair, Site


def labels(facts: Facts) -> Iterator[tuple[Site, Pair, str, str | None]]:
    """Every pair of every LABEL with its key and its value, variables replaced; the value is None when nobody can tell."""
    for site in facts.outline.of("LABEL"):
        for pair in site.instruction.pairs:
            key = known(facts.outline.value(site, pair.key))
            if key is not None:
                value = known(facts.outline.value(site, pair.value)) if pair.value else ""
                yield site, pair, key, value


def misfits(facts: Facts, kind: str, fits: Callable[[str], bool], wanted: str) -> Iterator[Finding]:
    """One finding per value of a label of that kind that does not fit; `wanted` says what it should be."""
    schema = dict(facts.conventions.label_schema)
    if kind not in schema.values():
        return
    for _, pair, key, value in labels(facts):
        if schema.get(key) == kind and value is not None and pair.value and not fits(value):
            yield Finding(pair.value.place(), f"the label {key} is {value or 'empty'}, which is not {wanted}")

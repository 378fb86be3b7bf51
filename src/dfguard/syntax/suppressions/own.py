"""Comments to suppressions: `# dfguard: ignore=RULE[,RULE] reason` and `# dfguard: ignore-file=RULE[,RULE] reason`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.source import Place, Span
from dfguard.syntax.suppressions.model import Suppression, covered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.dockerfile.document import Comment, Document


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(
        r"\s*dfguard:\s*(?P<verb>[\w-]*)\s*(?P<equals>=?)\s*(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)?\s*(?P<reason>.*)",
        re.DOTALL,
    )


def suppressions(document: Document) -> tuple[Suppression, ...]:
    """Every suppression comment of the file, malformed ones included: our own first, then those of other tools."""
    if (
        not any(word in document.source.text for word in _SIGNS)
        and "tally" not in document.source.text.lower()
    ):
        return ()
    from dfguard.syntax.suppressions.other_tools import foreign_suppressions

    return (*_suppressions(document), *foreign_suppressions(document))


_SIGNS = ("dfguard:", "hadolint", "tally", "check", "CHECK", "Check")


def _suppressions(document: Document) -> Iterator[Suppression]:
    whole = Span(0, len(document.source.text) + 1)
    for comment in document.comments:
        if "dfguard:" not in comment.text.value:
            continue
        found = _pattern().match(comment.text.value)
        if not found:
            continue
        place = Place(document.source, comment.span)
        verb, rules = found["verb"], found["rules"]
        if verb not in ("ignore", "ignore-file") or not found["equals"] or not rules:
            why = (
                "it is `# dfguard: ignore=RULE[,RULE] reason` or `# dfguard: ignore-file=RULE[,RULE] reason`"
            )
            yield Suppression(place, (), "", Span(0, 0), why)
            continue
        covers = whole if verb == "ignore-file" else covered(document, comment)
        if covers is None:
            yield Suppression(place, (), "", Span(0, 0), "no instruction follows it")
            continue
        yield Suppression(place, tuple(_selectors(comment, found)), found["reason"].strip(), covers)


def _selectors(comment: Comment, found: re.Match[str]) -> Iterator[tuple[str, Place]]:
    for word in re.finditer(r"[\w-]+", found["rules"]):
        start = found.start("rules") + word.start()
        yield word[0], comment.text.place(start, start + len(word[0]))

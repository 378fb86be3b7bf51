"""Comments to suppressions: `# dfguard: ignore=RULE[,RULE] reason` and `# dfguard: ignore-file=RULE[,RULE] reason`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.document import Comment, Document


class Suppression(Record):
    """One suppression comment.

    `selectors` with their places, as written; `reason` is what follows them, empty without one. `covers` is the span
    of findings it hides: an instruction, a stage (comment above a FROM), or the whole file. `malformed` says what is
    wrong with the comment (it then hides nothing).
    """

    place: Place
    selectors: tuple[tuple[str, Place], ...]
    reason: str
    covers: Span
    malformed: str = ""


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(
        r"\s*dfguard:\s*(?P<verb>[\w-]*)\s*(?P<equals>=?)\s*(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)?\s*(?P<reason>.*)",
        re.DOTALL,
    )


def suppressions(document: Document) -> tuple[Suppression, ...]:
    """Every suppression comment of the file in order, malformed ones included."""
    return tuple(_suppressions(document))


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
        covers = whole if verb == "ignore-file" else _covered(document, comment)
        if covers is None:
            yield Suppression(place, (), "", Span(0, 0), "no instruction follows it")
            continue
        yield Suppression(place, tuple(_selectors(comment, found)), found["reason"].strip(), covers)


def _selectors(comment: Comment, found: re.Match[str]) -> Iterator[tuple[str, Place]]:
    for word in re.finditer(r"[\w-]+", found["rules"]):
        start = found.start("rules") + word.start()
        yield word[0], comment.text.place(start, start + len(word[0]))


def _covered(document: Document, comment: Comment) -> Span | None:
    inside = next((i for i in document.instructions if i.span.holds(comment.span)), None)
    if inside:
        return inside.span
    for stage in document.stages:
        if (
            stage.from_instruction.span.start > comment.span.start
            and comment in stage.from_instruction.comments
        ):
            return Span(stage.from_instruction.span.start, stage.instructions[-1].span.end)
    after = next((i for i in document.instructions if i.span.start > comment.span.start), None)
    return after.span if after else None

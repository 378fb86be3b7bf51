"""Texts to texts: joined, made up, or with other characters in the same places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.source import Run, Span, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.core.source import Source


def joined(texts: Sequence[Text]) -> Text:
    """The texts one after the other, each character with its origin. There must be at least one; all stand in
    one source. Runs that continue each other are one run.
    """
    if len(texts) == 1:
        return texts[0]
    runs: list[Run] = []
    length = 0
    for text in texts:
        for run in text.runs:
            last = runs[-1] if runs else None
            at = length + run.at
            if last and last.at + last.length == at and last.origin + last.length == run.origin:
                runs[-1] = Run(last.at, last.origin, last.length + run.length)
            elif run.length or not runs:
                runs.append(Run(at, run.origin, run.length))
        length += len(text.value)
    return Text("".join(text.value for text in texts), texts[0].source, tuple(runs))


def made_up(value: str, source: Source, offset: int) -> Text:
    """Characters that stand nowhere: all of them map to one source offset."""
    return Text(value, source, tuple(Run(i, offset, 1) for i in range(len(value))) or (Run(0, offset, 0),))


def stand_in(value: str, source: Source, span: Span) -> Text:
    """A text in place of a source span: character for character as far as both go, the rest maps to its end."""
    kept = min(len(value), span.end - span.start)
    return Text(value, source, (Run(0, span.start, kept),))


def without_tabs(text: Text) -> Text:
    """The text without the tabs at the beginning of its lines."""
    pieces, at = [text.cut(0, 0)], 0
    while at < len(text.value):
        end = text.value.find("\n", at) + 1 or len(text.value)
        line = text.value[at:end]
        pieces.append(text.cut(at + len(line) - len(line.lstrip("\t")), end))
        at = end
    return joined(pieces)

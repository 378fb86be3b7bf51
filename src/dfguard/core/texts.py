"""Texts to texts: joined, made up, or with other characters in the same places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.source import Run, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dfguard.core.source import Source, Span


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


def removed(text: Text, ranges: Iterable[tuple[int, int]]) -> Text:
    """The text without some half-open index ranges, which are ascending and disjoint; takes linear time."""
    pieces: list[str] = []
    runs: list[Run] = []
    length = done = number = 0
    for start, end in [*ranges, (len(text.value), len(text.value))]:
        while number < len(text.runs) and text.runs[number].at < start:
            run = text.runs[number]
            low, high = max(run.at, done), min(run.at + run.length, start)
            if low < high:
                runs.append(Run(length + low - done, run.origin + low - run.at, high - low))
            if run.at + run.length > start:
                break
            number += 1
        pieces.append(text.value[done:start])
        length += start - done
        done = end
    return Text("".join(pieces), text.source, tuple(runs)) if runs else text.cut(0, 0)


def without_tabs(text: Text, *, keeps_continued: bool = False) -> Text:
    """The text without the tabs at the beginning of its lines; `keeps_continued`: not of those behind a line that
    ends with a backslash, which a shell takes for one line with it.
    """
    value = text.value
    found = (tabs.span() for tabs in re.finditer(r"(?<![^\n])\t+", value))
    return removed(text, [(a, b) for a, b in found if not (keeps_continued and _is_continued(value, a))])


def _is_continued(value: str, start: int) -> bool:
    """Whether the line before the one that begins at `start` ends with an odd number of backslashes."""
    end = start - 1
    at = end
    while at > 0 and value[at - 1] == "\\":
        at -= 1
    return (end - at) % 2 == 1

"""What a shell or BuildKit hands to Python to the text to analyse: each expansion becomes a placeholder identifier.

A placeholder has as many characters as the expansion has in the source, so that columns stay what they are, and
says what it stands for where there is room: `$NAME` is `_NAME`, `${NAME}` is `_NAME__`, `$(date)` is `_______`.
Behind a digit it is digits, so that `1.$MINOR` stays a number. No rule may blame what lies in one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.texts import joined, stand_in
from dfguard.syntax.shell.nodes import Literal, Parameter, Substitution
from dfguard.syntax.shell.output import output_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Source, Span, Text
    from dfguard.syntax.shell.nodes import Dialect, Part


_NUMBER = r"(?<![\w.])(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)\Z"
_TAIL = 40


class PlaceheldCode(Record):
    """Python text and the half-open index ranges in it that are placeholders."""

    text: Text
    holes: tuple[tuple[int, int], ...]


def code_of(
    parts: Iterable[Part], source: Source, dialect: Dialect, *, escapes: bool | None = None
) -> PlaceheldCode | None:
    """The text that the parts of a word in `source` are; None when it is nothing but expansions and white space.

    A quoted `$(cat <<EOF …)` or `$(printf …)` is what it prints, without the line feeds at its end.
    """
    pieces: list[Text] = []
    holes: list[tuple[int, int]] = []
    length, tail = 0, ""
    resolved = tuple(_resolved(parts, dialect, escapes=escapes))
    if not any(isinstance(part, Literal) and part.text.value.strip() for part in resolved):
        return None
    for part in resolved:
        if isinstance(part, Literal):
            text = part.text
        else:
            text = placeholder(part, source, tail)
            holes.append((length, length + len(text.value)))
        pieces.append(text)
        length += len(text.value)
        tail = (tail + text.value)[-_TAIL:]
    return PlaceheldCode(joined(pieces), tuple(holes))


def placeholder(part: Parameter | Substitution, source: Source, before: str) -> Text:
    """The identifier (or digits) that stands for an expansion behind the characters `before`."""
    return stand_for(part.name if isinstance(part, Parameter) else "", part.span, source, before)


def stand_for(name: str, span: Span, source: Source, before: str) -> Text:
    """The placeholder for what stands at a span and is called `name` (empty: it has no name)."""
    length = max(span.end - span.start, 1)
    if re.search(_NUMBER, before):
        return stand_in("0" * length, source, span)
    spelt = re.sub(r"\W+", "_", f"_{name}", flags=re.ASCII)
    return stand_in(spelt.ljust(length, "_")[:length], source, span)


def _resolved(parts: Iterable[Part], dialect: Dialect, *, escapes: bool | None) -> Iterator[Part]:
    """The parts, with substitutions that only print replaced by what they print."""
    for part in parts:
        if isinstance(part, Substitution) and part.is_quoted and part.script and not part.is_process:
            printed = output_of(part.script.body, dialect, escapes=escapes)
            if printed is not None:
                yield from _without_last_feeds(list(printed))
                continue
        yield part


def _without_last_feeds(parts: list[Part]) -> list[Part]:
    while parts and isinstance(last := parts[-1], Literal):
        kept = len(last.text.value.rstrip("\n"))
        if kept:
            parts[-1] = Literal(last.text.cut(0, kept), True)
            break
        parts.pop()
    return parts

"""An instruction that ends inside an open quote, and the lines behind it, to the stretch that was meant as quoted.

A line feed without a continuation character ends an instruction even inside quotes, so that the lines of
`RUN python -c "` are read as instructions. They are told from real ones only where the quote is open and the
first line behind it is no instruction (or one that merely looks like it: `from os import path`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.syntax.dockerfile.document import KEYWORDS, Fault, FaultKind, Instruction

if TYPE_CHECKING:
    from dfguard.core.source import Source
    from dfguard.syntax.dockerfile.lines import Lines

SHELL_KEYWORDS = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD"})
_KEYWORD = re.compile(r"[A-Za-z]+(?=[\t\v\f\r ]|\Z)")
_PYTHON = r"(?i)from[\t ]+[\w.]+[\t ]+import\b|\w+[\t ]*[-+*/|&]?=[^=]"


class Extent(Record):
    """From the opening quote to the end of the line that closes it, or of the last line before the next
    instruction. `after` is the 0-based number of the line behind it, `is_closed` whether a quote closes it.
    """

    quote: Span
    end: int
    after: int
    is_closed: bool


def looks_foreign(line: str) -> bool:
    """Whether a joined line cannot well be an instruction: its keyword is unknown, or it reads like Python."""
    found = _KEYWORD.match(line)
    if found is None:
        return True
    return found[0].upper() not in KEYWORDS or (
        not found[0].isupper() and re.match(_PYTHON, line) is not None
    )


def _ends(line: str, owner: Instruction) -> bool:
    """Whether a line at column 1 is an instruction after all; in lower case only where the owner is, too."""
    found = _KEYWORD.match(line)
    if found is None or looks_foreign(line):
        return False
    return found[0].isupper() or not owner.keyword_text.value.isupper()


def extent(lines: Lines, owner: Instruction, number: int, escape: str) -> Extent | None:
    """The quoted stretch that `owner` opens and that goes on in line `number`; None when its quotes are closed."""
    is_shell = owner.keyword in SHELL_KEYWORDS
    quote, at = _state(owner.original.value, "", "\\" if is_shell else escape, has_comments=is_shell)
    if not quote:
        return None
    opening = owner.original.span(at, at + 1)
    end, text = owner.span.end, lines.source.text
    while number < lines.count:
        line = lines.logical(number, escape)
        if line is None:
            number += 1
            continue
        if _ends(line.text.value, owner) and text[line.span.start - 1 : line.span.start] in {
            "\n",
            "",
        }:
            return Extent(opening, end, number, is_closed=False)
        quote, _ = _state(
            text[end : line.span.end], quote, "\\" if is_shell else escape, has_comments=is_shell
        )
        end, number = line.span.end, line.last + 1
        if not quote:
            return Extent(opening, end, number, is_closed=True)
    return Extent(opening, end, number, is_closed=False)


def fault(source: Source, extent: Extent) -> Fault:
    """The one finding about it."""
    whole = Place(source, Span(extent.quote.start, extent.end))
    message = "the line ends inside this quote, so the lines behind it are read as instructions"
    return Fault(FaultKind.RAW_NEWLINE, Place(source, extent.quote), message, whole)


@cache
def _outside(escape: str) -> re.Pattern[str]:
    return re.compile(rf"""\$?'|"|{re.escape(escape)}|(?:(?<=[\s;&|(])|\A)#""")


@cache
def _inside(quote: str, escape: str) -> re.Pattern[str]:
    return re.compile("'") if quote == "'" else re.compile(f"{quote[-1]}|{re.escape(escape)}")


def _state(text: str, quote: str, escape: str, *, has_comments: bool) -> tuple[str, int]:
    """The quote that is open at the end of the text (empty, `'`, `"` or `$'`) and the index where it opens, when
    `quote` is open at its start.
    """
    at, opened = 0, 0
    while True:
        found = (_inside(quote, escape) if quote else _outside(escape)).search(text, at)
        if found is None:
            return quote, opened
        at = found.end()
        if found[0] == escape:
            at += 1
        elif found[0] == "#":
            line_feed = text.find("\n", at) if has_comments else at
            at = len(text) if line_feed < 0 else line_feed
        elif quote:
            quote = ""
        else:
            quote, opened = found[0], found.end() - 1

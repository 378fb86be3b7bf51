"""Physical lines to logical ones: continuations joined, comments and blank lines inside them left out; what BuildKit takes for
white space, which is not what Python takes for it.

After `Parse` of moby/buildkit frontend/dockerfile/parser/parser.go@73ed6825. Line numbers are 0-based here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import BYTE_ORDER_MARK, Run, Span, Text
from dfguard.syntax.dockerfile.document import Comment

if TYPE_CHECKING:
    from dfguard.core.source import Source


SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""Go's unicode.IsSpace: Python's str.strip() would also take U+001C to U+001F."""

BLANKS = re.compile(r"[\t\v\f\r ]+")
"""What separates keyword, arguments and legacy pairs (reWhitespace of parser.go@73ed6825)."""


MOST_BYTES = 65_535
"""BuildKit reads no longer line (bufio.MaxScanTokenSize - 1, without the line feed)."""


class LogicalLine(Record):
    """What BuildKit reads as one instruction.

    `span` runs from its first character that is not white space to the end of line `last`; `comments` and
    `blank_lines` are those inside it; `too_long` is the first physical line over the limit.
    """

    text: Text
    span: Span
    last: int
    comments: tuple[Comment, ...] = ()
    blank_lines: tuple[Span, ...] = ()
    too_long: Span | None = None


class Lines:
    """The lines of a source. `line(n)` has no line ending; a byte order mark at the start is left out."""

    def __init__(self, source: Source) -> None:
        self.source = source
        text = source.text
        self.starts = source.line_starts
        self.count = len(self.starts) - (1 if self.starts[-1] == len(text) else 0)
        self.first = 1 if text.startswith(BYTE_ORDER_MARK) else 0

    def span(self, number: int) -> Span:
        """Where line `number` stands, without its ending."""
        return Span(*self.bounds(number))

    def bounds(self, number: int) -> tuple[int, int]:
        """The offsets of `span`."""
        start = self.starts[number] if number else self.first
        end = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.source.text)
        text = self.source.text
        if end > start and text[end - 1] == "\r":
            end = start + len(text[start:end].rstrip("\r"))
        return start, end

    def comment(self, number: int) -> Comment | None:
        """The comment that line `number` is, None when it is none."""
        low, high = self.bounds(number)
        bare = self.source.text[low:high].lstrip(SPACE)
        return self._comment(high - len(bare), high) if bare.startswith("#") else None

    def _comment(self, start: int, end: int) -> Comment:
        return Comment(Span(start, end), self.source.text_of(Span(start + 1, end)))

    def logical(self, number: int, escape: str) -> LogicalLine | None:
        """The logical line that starts on line `number`, None when that line is blank or a comment."""
        low, high = self.bounds(number)
        bare = self.source.text[low:high].lstrip(SPACE)
        if not bare or bare[0] == "#":
            return None
        start = high - len(bare)
        kept = _without_continuation(bare, escape)
        if kept == len(bare):
            text = Text(bare, self.source, (Run(0, start, kept),))
            return LogicalLine(text, Span(start, high), number, (), (), self._excess(low, high))
        return self._joined(number, escape, start, bare[:kept])

    def _joined(self, number: int, escape: str, start: int, head: str) -> LogicalLine:
        source, parts, runs, size = self.source.text, [head], [Run(0, start, len(head))], len(head)
        comments: list[Comment] = []
        blank_lines: list[Span] = []
        low, high = self.bounds(number)
        too_long, continues = self._excess(low, high), True
        while continues and number + 1 < self.count:
            number += 1
            low, high = self.bounds(number)
            line = source[low:high]
            too_long = too_long or self._excess(low, high)
            bare = line.lstrip(SPACE)
            if bare.startswith("#"):
                comments.append(self._comment(high - len(bare), high))
            elif not bare:
                blank_lines.append(Span(low, high))
            else:
                kept = _without_continuation(line, escape)
                continues = kept < len(line)
                if kept:
                    runs.append(Run(size, low, kept))
                    parts.append(line[:kept])
                    size += kept
        kept_runs = tuple(run for run in runs if run.length) or (runs[0],)
        text = Text("".join(parts), self.source, kept_runs)
        return LogicalLine(text, Span(start, high), number, tuple(comments), tuple(blank_lines), too_long)

    def _excess(self, low: int, high: int) -> Span | None:
        """The line's span when it holds too many bytes."""
        if (high - low) * 4 <= MOST_BYTES:
            return None
        size = len(self.source.text[low:high].encode("utf-8", "surrogateescape"))
        return Span(low, high) if size > MOST_BYTES else None


def _without_continuation(line: str, escape: str) -> int:
    r"""How many characters are left without the continuation character at the end; all of them when there is none.

    Blanks may follow it; a doubled escape is none (`([^\e])\e[ \t]*$|^\e[ \t]*$`).
    """
    bare = line.rstrip(" \t")
    if not bare.endswith(escape) or bare[-2:-1] == escape:
        return len(line)
    return len(bare) - 1

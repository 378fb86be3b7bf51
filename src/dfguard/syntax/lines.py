"""Physical lines to logical ones: continuations joined, comments and blank lines inside them left out.

After `Parse` of moby/buildkit frontend/dockerfile/parser/parser.go@73ed6825. Line numbers are 0-based here.
"""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.core.source import BYTE_ORDER_MARK, Run, Source, Span, Text
from dfguard.syntax.document import Comment
from dfguard.syntax.space import SPACE

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
        start = self.starts[number] if number else self.first
        end = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.source.text)
        text = self.source.text
        if end > start and text[end - 1] == "\r":
            end = start + len(text[start:end].rstrip("\r"))
        return Span(start, end)

    def comment(self, number: int) -> Comment | None:
        """The comment that line `number` is, None when it is none."""
        span = self.span(number)
        line = self.source.text[span.start : span.end]
        bare = line.lstrip(SPACE)
        if not bare.startswith("#"):
            return None
        span = Span(span.end - len(bare), span.end)
        return Comment(span, self.source.text_of(Span(span.start + 1, span.end)))

    def logical(self, number: int, escape: str) -> LogicalLine | None:
        """The logical line that starts on line `number`, None when that line is blank or a comment."""
        span = self.span(number)
        line = self.source.text[span.start : span.end]
        bare = line.lstrip(SPACE)
        if not bare or bare[0] == "#":
            return None
        start = span.end - len(bare)
        kept = _without_continuation(bare, escape)
        if kept == len(bare):
            text = Text(bare, self.source, (Run(0, start, kept),))
            return LogicalLine(text, Span(start, span.end), number, (), (), self._excess(span))
        return self._joined(number, escape, start, bare[:kept])

    def _joined(self, number: int, escape: str, start: int, head: str) -> LogicalLine:
        source, parts, runs, size = self.source.text, [head], [Run(0, start, len(head))], len(head)
        comments: list[Comment] = []
        blank_lines: list[Span] = []
        span = self.span(number)
        too_long, continues = self._excess(span), True
        while continues and number + 1 < self.count:
            number += 1
            span = self.span(number)
            line = source[span.start : span.end]
            too_long = too_long or self._excess(span)
            if comment := self.comment(number):
                comments.append(comment)
            elif not line.strip(SPACE):
                blank_lines.append(span)
            else:
                kept = _without_continuation(line, escape)
                continues = kept < len(line)
                if kept:
                    runs.append(Run(size, span.start, kept))
                    parts.append(line[:kept])
                    size += kept
        text = Text("".join(parts), self.source, tuple(run for run in runs if run.length))
        return LogicalLine(text, Span(start, span.end), number, tuple(comments), tuple(blank_lines), too_long)

    def _excess(self, span: Span) -> Span | None:
        """The span when it holds too many bytes."""
        if (span.end - span.start) * 4 <= MOST_BYTES:
            return None
        size = len(self.source.text[span.start : span.end].encode("utf-8", "surrogateescape"))
        return span if size > MOST_BYTES else None


def _without_continuation(line: str, escape: str) -> int:
    r"""How many characters are left without the continuation character at the end; all of them when there is none.

    Blanks may follow it; a doubled escape is none (`([^\e])\e[ \t]*$|^\e[ \t]*$`).
    """
    bare = line.rstrip(" \t")
    if not bare.endswith(escape) or bare[-2:-1] == escape:
        return len(line)
    return len(bare) - 1

r"""Physical lines to logical ones: continuations joined, comments and blank lines inside them left out, and the lines behind to the
bodies of the heredocs that a joined line announces; what BuildKit takes for white space, which is not what Python takes for it.

After `Parse`, `heredocsFromLine` and `heredocFromMatch` of moby/buildkit frontend/dockerfile/parser/parser.go@73ed6825: the
whole line is lexed with the escape character `\`, whatever the file's is, and when that fails (an odd quote, a `${name^^}`)
there are no heredocs in it. Line numbers are 0-based here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import BYTE_ORDER_MARK, Place, Run, Span, Text
from dfguard.syntax.dockerfile.document import KEYWORDS, Comment, Fault, FaultKind, Heredoc
from dfguard.syntax.dockerfile.words import LiteralPiece, QuotedPiece, VariablePiece, lex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.source import Source
    from dfguard.syntax.dockerfile.words import Piece


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


_OPERATOR = r"(\d*)<<(-?)[\t\n\f\r ]*([^<]+)\Z"
_PART = f"[^{SPACE}]+|[{SPACE}]+"


class Operator(Record):
    """`<<NAME`, `3<<-'NAME'` ...: where it stands in the joined line (half-open indexes) and what it says."""

    name: str
    start: int
    end: int
    expands: bool
    strips_tabs: bool
    descriptor: int


def operators(line: str) -> Iterator[Operator]:
    """The heredoc operators of a joined logical line, in order."""
    if "<<" not in line:
        return
    for start, end in _words(line):
        if operator := _operator(line[start:end], start):
            yield operator


def is_operator(word: str) -> bool:
    """Whether a word of COPY or ADD stands for a heredoc."""
    return "<<" in word and _operator(word, 0) is not None


def _words(line: str) -> Iterator[tuple[int, int]]:
    """The index ranges of the shell words of a line. A `${name...}` with an operator cuts the word before it, as
    BuildKit's lexer does, which shares one buffer between a word and the operands nested in it.
    """
    start, end = -1, -1
    for piece in lex(line, "\\", keeps_escapes=True) or ():
        if _has_operand(piece):
            start = -1
        is_whole = isinstance(piece, QuotedPiece) or (isinstance(piece, LiteralPiece) and piece.is_quoted)
        for low, high in [(piece.start, piece.end)] if is_whole else _parts(line, piece):
            if is_whole or line[low] not in SPACE:
                start, end = (low if start < 0 else start), high
            elif start >= 0:
                yield start, end
                start = -1
    if start >= 0:
        yield start, end


def _parts(line: str, piece: Piece) -> Iterator[tuple[int, int]]:
    return (part.span() for part in re.compile(_PART).finditer(line, piece.start, piece.end))


def _has_operand(piece: Piece) -> bool:
    if isinstance(piece, QuotedPiece):
        return any(_has_operand(inner) for inner in piece.pieces)
    return isinstance(piece, VariablePiece) and bool(piece.operator)


def _operator(word: str, at: int) -> Operator | None:
    found = re.match(_OPERATOR, word)
    if not found:
        return None
    pieces = lex(found[3], "\\", keeps_escapes=False)
    if pieces is None:
        return None
    name = "".join(_shown(piece, found[3]) for piece in pieces)
    if not name or any(_splits(piece) for piece in pieces):
        return None
    is_plain = not any(
        isinstance(piece, QuotedPiece) or (isinstance(piece, LiteralPiece) and found[3][piece.start] == "'")
        for piece in pieces
    )
    return Operator(name, at, at + len(word), is_plain, found[2] == "-", int(found[1] or 0))


def _shown(piece: Piece, text: str) -> str:
    """A piece of a name: quotes and escapes removed, variables as written (nothing is set where names are read)."""
    match piece:
        case LiteralPiece():
            return piece.value
        case QuotedPiece():
            return "".join(_shown(inner, text) for inner in piece.pieces)
        case VariablePiece():
            return text[piece.start : piece.end]


def _splits(piece: Piece) -> bool:
    return isinstance(piece, LiteralPiece) and not piece.is_quoted and any(c in SPACE for c in piece.value)


class Body(Record):
    """The raw text of one heredoc, and the 0-based number of the line behind its terminator."""

    heredoc: Heredoc
    after: int
    fault: Fault | None = None


class Bodies:
    """Reads the bodies of a source's heredocs; where each line stands is looked up once, not for every heredoc."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lines: list[str] = []
        self._numbers: dict[str, dict[str, list[int]]] = {}

    def read(self, line: int, operator: Operator, joined: Text) -> Body:
        """The body that starts at the 0-based line. Without a terminator it ends where one was probably meant, or
        before the next line that starts with an instruction, and the fault says so.
        """
        place = joined.span(operator.start, operator.end)
        last = self._first("tabs" if operator.strips_tabs else "exact", operator.name, line)
        if last is not None:
            return Body(self._heredoc(operator, place, line, last), last + 1)
        meant, following = self._first("blanks", operator.name, line), self._first("keyword", "", line)
        end = min(number for number in (meant, following, len(self.source.line_starts)) if number is not None)
        message = f"the heredoc {operator.name} is not terminated"
        if end == meant:
            extent = Place(self.source, self._span(end))
            fault = Fault(FaultKind.PARSE, Place(self.source, place), message, extent)
            return Body(self._heredoc(operator, place, line, end), end + 1, fault)
        fault = Fault(FaultKind.PARSE, Place(self.source, place), message)
        return Body(self._heredoc(operator, place, line, end), end, fault)

    def _first(self, way: str, text: str, line: int) -> int | None:
        """The first line from `line` on that reads `text`, looked at in one of the `_WAYS`."""
        if way not in self._numbers:
            self._lines = self._lines or [text.rstrip("\r") for text in self.source.text.split("\n")]
            found: dict[str, list[int]] = {}
            for number, written in enumerate(self._lines):
                if (read := _WAYS[way](written)) is not None:
                    found.setdefault(read, []).append(number)
            self._numbers[way] = found
        numbers = self._numbers[way].get(text, [])
        at = bisect_left(numbers, line)
        return numbers[at] if at < len(numbers) else None

    def _span(self, number: int) -> Span:
        start = self.source.line_starts[number]
        return Span(start, start + len(self._lines[number]))

    def _heredoc(self, operator: Operator, place: Span, first: int, last: int) -> Heredoc:
        starts, size = self.source.line_starts, len(self.source.text)
        begin = starts[first] if first < len(starts) else size
        end = starts[last] if last < len(starts) else size
        body = self.source.text_of(Span(begin, max(begin, end)))
        return Heredoc(
            operator.name, place, body, operator.expands, operator.strips_tabs, operator.descriptor
        )


_WAYS: dict[str, Callable[[str], str | None]] = {
    "exact": lambda line: line,
    "tabs": lambda line: line.lstrip("\t"),
    "blanks": lambda line: line.strip(),
    "keyword": lambda line: "" if line.partition(" ")[0] in KEYWORDS else None,
}

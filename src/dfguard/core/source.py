"""Bytes to `Source`, and `Text`: strings that know where each of their characters came from.

Offsets are 0-based positions in the decoded text; spans are half-open. Lines and columns are 1-based and
count characters; they are derived, never stored.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter

from dfguard.core.record import Record

BYTE_ORDER_MARK = "\ufeff"


class Span(Record):
    """The half-open stretch `start <= offset < end` of a source's text."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: Span) -> bool:
        """Whether the two share at least one character (an empty span: whether it lies strictly inside)."""
        return self.start < other.end and other.start < self.end


class Source:
    """One file's text. Lines are split on line feeds only, as BuildKit does; a carriage return stays in its line.

    `path` is what is shown to the user: relative to the working directory, with forward slashes, or `<stdin>`.
    `text` is decoded UTF-8 in which each undecodable byte is one lone surrogate (`surrogateescape`), so that
    `encode()` gives the bytes back; a byte order mark is kept as the first character.
    """

    __slots__ = ("_lines", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        """Keep path and text; line starts are found at first use."""
        self.path = path
        self.text = text
        self._lines: list[int] | None = None

    @classmethod
    def decode(cls, path: str, data: bytes) -> Source:
        """The source made of a file's bytes; never fails, see `first_bad_offset`."""
        return cls(path, data.decode("utf-8", "surrogateescape"))

    def encode(self) -> bytes:
        """The file's bytes, exactly."""
        return self.text.encode("utf-8", "surrogateescape")

    @property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line, ascending; line 1 starts at 0."""
        if self._lines is None:
            starts, at = [0], self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._lines = starts
        return self._lines

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column), both 1-based; a byte order mark takes no column. Offsets past the end give the end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        column = offset - self.line_starts[line - 1] + 1
        if line == 1 and column > 1 and self.text.startswith(BYTE_ORDER_MARK):
            column -= 1
        return line, column

    def line_of(self, offset: int) -> int:
        """The 1-based line that holds the offset."""
        return self.position(offset)[0]

    def line_text(self, line: int) -> str:
        """The text of a 1-based line without its line ending; empty for a line that does not exist."""
        starts = self.line_starts
        if not 1 <= line <= len(starts):
            return ""
        end = starts[line] - 1 if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r")

    def first_bad_offset(self) -> int | None:
        """Offset of the first byte that is not UTF-8, None when there is none."""
        if self.text.isascii():
            return None
        return next((i for i, c in enumerate(self.text) if "\ud800" <= c <= "\udfff"), None)

    def text_of(self, span: Span) -> Text:
        """The `Text` of a span: every character maps to itself."""
        value = self.text[span.start : span.end]
        return Text(value, self, (Run(0, span.start, len(value)),))

    def __repr__(self) -> str:
        """Path and size."""
        return f"Source({self.path!r}, {len(self.text)} characters)"


class Place(Record):
    """Where something stands: a source and a span in it."""

    source: Source
    span: Span

    @property
    def path(self) -> str:
        """The source's path."""
        return self.source.path

    @property
    def line(self) -> int:
        """The 1-based line of its first character."""
        return self.source.line_of(self.span.start)

    @property
    def text(self) -> str:
        """The source text at this place."""
        return self.source.text[self.span.start : self.span.end]


class Run(Record):
    """`length` characters of a value from index `at` on, which stand in the source from offset `origin` on."""

    at: int
    origin: int
    length: int


_index_of_run = attrgetter("at")


class Text(Record):
    r"""A string derived from a source by cutting, joining, unquoting; each character knows its origin.

    `runs` is ascending and disjoint in `at`. Characters outside every run were made up (an unescaped `\\n`,
    a cooked escape): they map to the origin of the nearest character before them, else after them. In a run
    the value and the source may differ in spelling (a cooked character) but not in length. An empty text that was
    cut has one run of length 0, which says where it stands.
    """

    value: str
    source: Source
    runs: tuple[Run, ...] = ()

    def offset(self, index: int) -> int:
        """The source offset of character `index`; for `index == len(value)` the offset just behind the last."""
        run = self._run_before(index)
        if run is None:
            return self.runs[0].origin if self.runs else 0
        if index < run.at + run.length or index == len(self.value):
            return run.origin + min(index - run.at, run.length)
        return run.origin + run.length - 1

    def _run_before(self, index: int) -> Run | None:
        runs = self.runs
        if len(runs) > 1:
            found = bisect_right(runs, index, key=_index_of_run)
            return runs[found - 1] if found else None
        return runs[0] if runs and runs[0].at <= index else None

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """The smallest source span that covers the characters `start <= index < end`."""
        end = len(self.value) if end is None else end
        run = self._run_before(start)
        if run is not None and start < end <= run.at + run.length:
            return Span(run.origin + start - run.at, run.origin + end - run.at)
        first = self.offset(start)
        last = self.offset(end - 1) + 1 if end > start else first
        return Span(first, max(first, last))

    def place(self, start: int = 0, end: int | None = None) -> Place:
        """`span` together with the source."""
        return Place(self.source, self.span(start, end))

    def cut(self, start: int, end: int | None = None) -> Text:
        """The characters `start <= index < end` with their origins."""
        end = len(self.value) if end is None else min(end, len(self.value))
        if start >= end:
            return Text("", self.source, (Run(0, self.offset(start), 0),))
        run = self._run_before(start)
        if run is not None and end <= run.at + run.length:
            return Text(
                self.value[start:end], self.source, (Run(0, run.origin + start - run.at, end - start),)
            )
        first = max(0, bisect_right(self.runs, start, key=_index_of_run) - 1)
        after = bisect_left(self.runs, end, key=_index_of_run)
        runs = [Run(run.at - start, run.origin, run.length) for run in self.runs[first:after]]
        if runs and runs[0].at < 0:
            gone = -runs[0].at
            runs[:1] = [Run(0, runs[0].origin + gone, runs[0].length - gone)] if gone < runs[0].length else []
        if runs and (excess := runs[-1].at + runs[-1].length - (end - start)) > 0:
            runs[-1] = Run(runs[-1].at, runs[-1].origin, runs[-1].length - excess)
        return Text(self.value[start:end], self.source, tuple(runs))

    def strip(self) -> Text:
        """Without white space at both ends."""
        left = len(self.value) - len(self.value.lstrip())
        return self.cut(left, len(self.value.rstrip())) if self.value.strip() else self.cut(left, left)

    def __str__(self) -> str:
        """The plain string."""
        return self.value


class TextBuilder:
    """Builds a `Text` out of another one, piece by piece: `keep` copies, `put` makes up."""

    __slots__ = ("_base", "_length", "_parts", "_runs")

    def __init__(self, base: Text) -> None:
        """Start empty; `keep` refers to indexes of `base`."""
        self._base = base
        self._parts: list[str] = []
        self._runs: list[Run] = []
        self._length = 0

    def keep(self, start: int, end: int) -> None:
        """Append the characters `start <= index < end` of the base with their origins."""
        if start >= end:
            return
        piece = self._base.cut(start, end)
        for run in piece.runs:
            self._add(Run(self._length + run.at, run.origin, run.length))
        self._parts.append(piece.value)
        self._length += len(piece.value)

    def put(self, value: str, at: int) -> None:
        """Append made-up characters that stand for character `at` of the base (all map to its origin)."""
        for character in value:
            self._add(Run(self._length, self._base.offset(at), 1))
            self._parts.append(character)
            self._length += 1

    def _add(self, run: Run) -> None:
        last = self._runs[-1] if self._runs else None
        if last and last.at + last.length == run.at and last.origin + last.length == run.origin:
            self._runs[-1] = Run(last.at, last.origin, last.length + run.length)
        else:
            self._runs.append(run)

    def text(self) -> Text:
        """What was built so far."""
        return Text("".join(self._parts), self._base.source, tuple(self._runs))

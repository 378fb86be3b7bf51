"""A document to what dockerfile-parse, an independent reader, makes of the same text; the door of that library.

It does not know heredocs, blank lines inside continuations, or byte order marks, so it is fed the text with those
lines replaced by `#` (line numbers stay). Where the two readers differ ours counts; it is never used to write.
"""

from __future__ import annotations

import re
from io import BytesIO, UnsupportedOperation
from typing import TYPE_CHECKING, Any

from dfguard.core.record import Record
from dfguard.core.source import BYTE_ORDER_MARK, Place, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Source
    from dfguard.syntax.dockerfile.document import Document, Instruction

SHORT = 60


class Difference(Record):
    """Something the two readers see differently. `ours` and `theirs` say `RUN on lines 3 to 5: apt-get update`, or
    `nothing`.
    """

    place: Place
    ours: str
    theirs: str


class _Seen(Record):
    """One instruction as a reader sees it: 1-based lines, the text behind the keyword with white space made single."""

    keyword: str
    first: int
    last: int
    text: str

    def __str__(self) -> str:
        lines = f"line {self.first}" if self.first == self.last else f"lines {self.first} to {self.last}"
        text = self.text if len(self.text) <= SHORT else f"{self.text[:SHORT]}…"
        return f"{self.keyword} on {lines}: {text}" if text else f"{self.keyword} on {lines}"


def compare(document: Document) -> tuple[Difference, ...]:
    """Where the second reader disagrees about keyword, lines or text of an instruction, in the order of the file."""
    ours = {seen.first: seen for seen in _ours(document)}
    theirs = {seen.first: seen for seen in _theirs(document)}
    return tuple(
        Difference(
            _place(document.source, line), str(ours.get(line, "nothing")), str(theirs.get(line, "nothing"))
        )
        for line in sorted({*ours, *theirs})
        if ours.get(line) != theirs.get(line)
    )


def _place(source: Source, line: int) -> Place:
    start = source.line_starts[line - 1]
    return Place(source, Span(start, start + len(source.line_text(line))))


def _ours(document: Document) -> Iterator[_Seen]:
    for instruction in (*document.instructions, *document.unknown):
        head = _head(instruction)
        text = head.strip()[len(instruction.keyword_text.value) :]
        first, last = instruction.line, _last_line(instruction, head)
        yield _Seen(instruction.keyword.upper(), first, last, _squeezed(text))


def _theirs(document: Document) -> Iterator[_Seen]:
    for item in parser_of(document).structure:
        if item["instruction"] != "COMMENT":
            first, last = item["startline"] + 1, item["endline"] + 1
            yield _Seen(item["instruction"], first, last, _squeezed(item["value"] or ""))


def _head(instruction: Instruction) -> str:
    """The joined line as BuildKit reads it: what was taken in over raw newlines left out."""
    return instruction.original.value.partition("\n")[0]


def _last_line(instruction: Instruction, head: str) -> int:
    """The 1-based line that the joined line ends on, heredocs left out."""
    offset = instruction.original.offset(max(0, len(head) - 1))
    return instruction.source.line_of(max(offset, instruction.span.start))


def _squeezed(text: str) -> str:
    return " ".join(_decoded(text).split())


def parser_of(document: Document) -> Any:
    """A `dockerfile_parse.DockerfileParser` over the masked text; writing to it is refused."""
    from dockerfile_parse import DockerfileParser

    return DockerfileParser(fileobj=_ReadOnly(masked(document).encode("utf-8")), env_replace=False)


class _ReadOnly(BytesIO):
    """Bytes that stay as they are: the setters of the library truncate what they write to before anything else."""

    def truncate(self, _size: int | None = None, /) -> int:
        raise UnsupportedOperation("the parser reads a copy of the Dockerfile: write to the file itself")


def masked(document: Document) -> str:
    """The text with the same lines, where heredoc bodies, blank lines in continuations and what stands in a quote over
    raw newlines are `#`, and without byte order mark.
    """
    lines = _decoded(document.source.text).split("\n")
    lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
    for number in _hidden(document):
        lines[number - 1] = "#\r" if lines[number - 1].endswith("\r") else "#"
    return "\n".join(lines)


def _hidden(document: Document) -> Iterator[int]:
    """The 1-based numbers of the lines that the second reader would misread."""
    source = document.source
    for instruction in (*document.instructions, *document.unknown):
        head = _head(instruction)
        if instruction.heredocs or head != instruction.original.value:
            yield from range(_last_line(instruction, head) + 1, source.line_of(instruction.span.end) + 1)
        yield from (source.line_of(span.start) for span in instruction.blank_lines)


def _decoded(text: str) -> str:
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)

"""A Dockerfile's source to a `Document`: every instruction with its exact span, every broken part as a fault.

After moby/buildkit frontend/dockerfile/parser@73ed6825, but lenient: where BuildKit stops at the first thing it
refuses, that becomes a `Fault` and the next instruction is still read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dfguard.core.nearest import nearest
from dfguard.core.record import replace
from dfguard.core.source import Place, Span, Text
from dfguard.syntax.dockerfile import arguments, directives, flags, unclosed_quotes, validation
from dfguard.syntax.dockerfile.document import (
    KEYWORDS,
    Comment,
    Document,
    Fault,
    FaultKind,
    Heredoc,
    Instruction,
    Stage,
)
from dfguard.syntax.dockerfile.lines import BLANKS, MOST_BYTES, SPACE, Bodies, Lines, LogicalLine, operators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Source

HEREDOC_KEYWORDS = frozenset({"ADD", "COPY", "RUN"})


@lru_cache(maxsize=4)
def parse(source: Source) -> Document:
    """The document of any text whatever; never raises. Takes time in proportion to the text's length.

    The search for the build context and the analysis read the same source: the last few documents are remembered.
    """
    reader = _Reader(source)
    reader.read()
    first = next((i.index for i in reader.instructions if i.keyword == "FROM"), len(reader.instructions))
    faults = [*reader.head.faults, *reader.faults, *_without_stage(source, reader, first)]
    return Document(
        source,
        reader.head.escape,
        reader.head.items,
        tuple(reader.instructions),
        tuple(reader.instructions[:first]),
        tuple(_stages(reader.instructions[first:])),
        tuple(reader.comments),
        tuple(sorted(faults, key=lambda fault: fault.place.span.start)),
        tuple(reader.unknown),
    )


class _Reader:
    """The state of one reading: `number` is the 0-based line that comes next."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = Lines(source)
        self.head = directives.read(self.lines)
        self.escape = self.head.escape
        self.number = self.head.count
        self.instructions: list[Instruction] = []
        self.unknown: list[Instruction] = []
        self.comments: list[Comment] = []
        self.faults: list[Fault] = []
        self._above: list[Comment] = []
        self._last: Instruction | None = None
        self._bodies: Bodies | None = None

    def read(self) -> None:
        while self.number < self.lines.count:
            line = self.lines.logical(self.number, self.escape)
            if line is None:
                self._comment(self.number)
                self.number += 1
                continue
            start, self.number = self.number, line.last + 1
            self.comments += line.comments
            if line.too_long:
                self._too_long(line.too_long)
            elif not self._continues_quote(line, start):
                self._instruction(line)
            self._above = []

    def _comment(self, number: int) -> None:
        comment = self.lines.comment(number)
        if comment is None:
            return
        self.comments.append(comment)
        is_reset = not comment.text.value.strip(SPACE) and comment.span.start == self.lines.span(number).start
        self._above = [] if is_reset else [*self._above, comment]

    def _too_long(self, span: Span) -> None:
        place = Place(self.source, Span(span.start, span.start))
        message = f"the line is longer than the {MOST_BYTES:,} bytes that BuildKit reads"
        self.faults.append(Fault(FaultKind.PARSE, place, message))
        self._last = None

    def _continues_quote(self, line: LogicalLine, number: int) -> bool:
        """Whether the line stands inside a quote that the instruction before it leaves open; it is taken, then."""
        owner = self._last
        if owner is None or not unclosed_quotes.looks_foreign(line.text.value):
            return False
        extent = unclosed_quotes.extent(self.lines, owner, number, self.escape)
        if extent is None:
            return False
        self.number, span = extent.after, Span(owner.span.start, extent.end)
        tail = self.source.text_of(Span(owner.span.end, extent.end))
        whole = split(_concatenated(owner.original, tail), owner.index, span, self.escape)
        fault = unclosed_quotes.fault(self.source, extent)
        self._last = replace(
            whole, comments=owner.comments, blank_lines=owner.blank_lines, faults=(*owner.faults, fault)
        )
        self.instructions[-1] = self._last
        self.faults.append(fault)
        return True

    def _instruction(self, line: LogicalLine) -> None:
        read = split(line.text, len(self.instructions), line.span, self.escape)
        read = replace(read, comments=tuple(self._above), blank_lines=line.blank_lines)
        if read.keyword not in KEYWORDS:
            self.unknown.append(read)
            self.faults += read.faults
            self._last = None
            return
        read = self._with_heredocs(read)
        self._last = None if read.heredocs else read
        self.instructions.append(read)
        self.faults += read.faults

    def _with_heredocs(self, read: Instruction) -> Instruction:
        command = read.trigger or read
        if command.keyword not in HEREDOC_KEYWORDS or command.is_json:
            return read
        heredocs: list[Heredoc] = []
        faults = list(read.faults)
        for operator in operators(read.original.value):
            self._bodies = self._bodies or Bodies(self.source)
            body = self._bodies.read(self.number, operator, read.original)
            heredocs.append(body.heredoc)
            self.number = body.after
            if body.fault:
                faults.append(body.fault)
                break
        if not heredocs:
            return read
        span = Span(read.span.start, max(read.span.end, self.lines.span(self.number - 1).end))
        trigger = read.trigger and replace(
            read.trigger, heredocs=tuple(heredocs), span=Span(read.trigger.span.start, span.end)
        )
        return replace(read, heredocs=tuple(heredocs), faults=tuple(faults), span=span, trigger=trigger)


def split(text: Text, index: int, span: Span, escape: str, *, is_trigger: bool = False) -> Instruction:
    """A joined line to an instruction without comments and heredocs. An unknown keyword stays as written."""
    value = text.value
    start, end = len(value) - len(value.lstrip(SPACE)), len(value.rstrip(SPACE))
    gap = BLANKS.search(value, start, end)
    written = value[start : gap.start() if gap else end]
    keyword = written.upper() if written.isascii() else written
    place = text.span(start, start + len(written))
    bare = text if end == len(value) else text.cut(0, end)
    taken, at = flags.split(bare, gap.end(), escape) if gap else ((), end)
    at += len(value[at:]) - len(value[at:].lstrip(SPACE))
    rest = text.cut(min(at, end), end)
    span = Span(place.start, span.end)
    if keyword not in KEYWORDS:
        read = Instruction(index, written, span, place, text, taken, rest, (), is_json=False)
        return replace(read, faults=(_unknown(text.source, read),))
    if keyword == "ONBUILD" and not is_trigger:
        return _onbuild(
            Instruction(index, keyword, span, place, text, taken, rest, (), is_json=False), escape
        )
    found = arguments.read(keyword, rest, escape)
    read = Instruction(
        index,
        keyword,
        span,
        place,
        text,
        taken,
        rest,
        found.items,
        found.is_json,
        found.pairs,
        faults=found.faults,
    )
    meant = () if found.faults else tuple(validation.faults(read))
    return replace(read, faults=meant) if meant else read


def _onbuild(read: Instruction, escape: str) -> Instruction:
    """ONBUILD with its trigger. BuildKit keeps the trigger as text, so that what is wrong with it shows in the build
    that runs it, but for what its parser stumbles over.
    """
    faults: tuple[Fault, ...] = ()
    if read.rest.value:
        span = Span(read.rest.offset(0), read.span.end)
        inner = split(read.rest, read.index, span, escape, is_trigger=True)
        read = replace(read, arguments=(read.rest,), trigger=inner)
        if inner.faults and inner.keyword in KEYWORDS:
            faults = arguments.read(inner.keyword, inner.rest, escape).faults
    return replace(read, faults=(*validation.faults(read), *faults))


def _unknown(source: Source, read: Instruction) -> Fault:
    name = read.keyword if len(read.keyword) <= 40 else f"{read.keyword[:40]}…"
    suggestion = nearest(read.keyword.upper(), sorted(KEYWORDS)) if len(read.keyword) <= 40 else ""
    message = f"{name} is no instruction" if name else "the continued line holds no instruction"
    place = Place(source, read.keyword_span)
    return Fault(FaultKind.UNKNOWN_INSTRUCTION, place, message, None, suggestion)


def _concatenated(head: Text, tail: Text) -> Text:
    moved = tuple(replace(run, at=run.at + len(head.value)) for run in tail.runs)
    return Text(head.value + tail.value, head.source, head.runs + moved)


def _stages(instructions: list[Instruction]) -> Iterator[Stage]:
    starts = [n for n, instruction in enumerate(instructions) if instruction.keyword == "FROM"]
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(instructions)
        opening = instructions[start]
        words = opening.arguments
        name = words[2].value.lower() if len(words) >= 3 and words[1].value.lower() == "as" else None
        base = words[0] if words else opening.rest
        yield Stage(index, name, base, tuple(instructions[start:end]))


def _without_stage(source: Source, reader: _Reader, first: int) -> Iterator[Fault]:
    """What stands before the first FROM or instead of it."""
    instructions = reader.instructions
    if not instructions:
        if not reader.unknown and not reader.faults:
            yield Fault(FaultKind.PARSE, Place(source, Span(0, 0)), "the file has no instructions")
        return
    stray = next((i for i in instructions[:first] if i.keyword != "ARG"), None)
    if first == len(instructions):
        yield Fault(FaultKind.NO_STAGE, Place(source, instructions[0].keyword_span), "the file has no FROM")
    elif stray:
        place = Place(source, stray.keyword_span)
        yield Fault(FaultKind.PARSE, place, f"{stray.keyword} stands before the first FROM")

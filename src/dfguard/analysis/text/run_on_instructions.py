"""Instructions that ran into each other: a dangling operator, a backslash too many, a backslash too few."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.text.torn_lists import Bond, bond
from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.syntax.dockerfile.document import KEYWORDS, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.text.outline import Outline, Site
    from dfguard.core.source import Source
    from dfguard.knowledge.package_managers import PackageManagers
    from dfguard.syntax.dockerfile.document import Document, Fault, Instruction

OPERATORS = ("&&", "||", "|")
_SHELL_FORMS = frozenset(["RUN", "CMD", "ENTRYPOINT"])
_TEMPLATES = ("{{", "{%", "<%")
"""What a template has that makes a Dockerfile; its lines are not the Dockerfile's."""
_JOINTS = {Bond.ARGUMENTS: " ", Bond.COMMAND: " && ", Bond.UNCLEAR: ""}
_NO_COMMAND = frozenset("`,)]}<>%@#|&")
"""What no command of a shell begins with."""
_LISTS = ("RUN", "COPY", "ADD", "EXPOSE", "VOLUME", "CMD", "ENTRYPOINT")


class Dangling(Record):
    """An operator at the end of an instruction, where a command should follow."""

    keyword: str
    place: Place


class Swallowed(Record):
    """A keyword that is read as a word of the instruction before it; `joint` is the operator and the backslash above."""

    keyword: str
    place: Place
    by: Instruction
    joint: Place | None


class TornOff(Record):
    """A line that is no instruction and was meant for the RUN above it; `end` is where that RUN ends, `joint` what to
    write there (empty: nothing mends it).
    """

    place: Place
    of: Instruction
    end: Place
    joint: str


def dangling(document: Document) -> Iterator[Dangling]:
    """The shell forms that end with an operator."""
    for instruction in document.instructions:
        text = instruction.rest.value.rstrip()
        if instruction.keyword in _SHELL_FORMS and not instruction.is_json and not instruction.heredocs:
            operator = next((o for o in OPERATORS if text.endswith(o)), None)
            if operator and not text.endswith(f"\\{operator}"):
                place = instruction.rest.place(len(text) - len(operator), len(text))
                yield Dangling(instruction.keyword, place)


def swallowed(document: Document, outline: Outline) -> Iterator[Swallowed]:
    """The keywords at the beginning of a line that belongs to the instruction above."""
    for site in outline.of(*_LISTS):
        seen: set[int] = set()
        for word, place in _words(site, outline):
            if word in KEYWORDS and place.span.start not in seen and _begins_line(place, site.instruction):
                seen.add(place.span.start)
                yield Swallowed(word, place, site.instruction, _joint(place, document.escape))
                break


def _words(site: Site, outline: Outline) -> Iterator[tuple[str, Place]]:
    if site.instruction.keyword == "RUN":
        for call in outline.calls_in(site):
            yield from zip((call.name, *call.arguments), call.places, strict=True)
    elif not site.instruction.is_json:
        for argument in site.instruction.arguments:
            for start, word in _split(argument.value):
                yield word, argument.place(start, start + len(word))


def _split(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for word in text.split():
        at = text.index(word, at)
        yield at, word
        at += len(word)


def _begins_line(place: Place, instruction: Instruction) -> bool:
    """Whether the word stands at the beginning of a later line, no deeper than the keyword of the instruction."""
    line, column = place.source.position(place.span.start)
    own = place.source.position(instruction.span.start)
    inside = any(h.body.span().start <= place.span.start < h.body.span().end for h in instruction.heredocs)
    is_first = not place.source.line_text(line)[: column - 1].strip()
    return line > own[0] and is_first and column <= own[1] and place.text.isupper() and not inside


def _joint(place: Place, escape: str) -> Place | None:
    """What joins the lines: the operator and the backslash at the end of the last line above that is no comment."""
    line = place.line - 1
    while line > 0 and _is_passed_over(place.source.line_text(line)):
        line -= 1
    text = place.source.line_text(line).rstrip()
    if not text.endswith(escape):
        return None
    kept = text[:-1].rstrip()
    for operator in OPERATORS:
        kept = kept.removesuffix(operator).rstrip()
    start = place.source.line_starts[line - 1]
    return Place(place.source, Span(start + len(kept), start + len(text)))


def _is_passed_over(text: str) -> bool:
    return not text.strip() or text.lstrip().startswith("#")


def torn_off(document: Document, managers: PackageManagers) -> Iterator[TornOff]:
    """The first of the lines behind a RUN that are no instructions: a shell command goes on there."""
    if any(mark in document.source.text for mark in _TEMPLATES):
        return
    faults = [f for f in document.faults if f.kind is FaultKind.UNKNOWN_INSTRUCTION]
    raw = [f.place.span for f in document.faults if f.kind is FaultKind.RAW_NEWLINE]
    seen: set[int] = set()
    for fault in faults:
        run = next((i for i in reversed(document.instructions) if i.span.end <= fault.place.span.start), None)
        if run is None or run.keyword != "RUN" or run.index in seen or run.is_json or run.heredocs:
            continue
        seen.add(run.index)
        if any(run.span.holds(span) for span in raw) or not _is_command(fault, document.source):
            continue
        text = run.rest.value.rstrip()
        end = Place(document.source, Span(run.span.end, run.span.end))
        begins = fault.place.text.startswith(OPERATORS)
        is_complete = not text.endswith((*OPERATORS, ";")) and not begins
        kind = Bond.ARGUMENTS
        if is_complete:
            kind = bond(run, document.source.line_text(fault.place.line), managers, document.escape)
        joint = "" if text.endswith(document.escape) else _JOINTS[kind] and _JOINTS[kind] + document.escape
        yield TornOff(fault.place, run, end, joint)


def _is_command(fault: Fault, source: Source) -> bool:
    """Whether the word looks like a command and not like an instruction that was misspelt."""
    line, column = source.position(fault.place.span.start)
    del line
    if not fault.place.text.startswith(OPERATORS) and fault.place.text[:1] in _NO_COMMAND:
        return False
    is_word = not fault.suggestion or not fault.place.text.isupper()
    return is_word and (column > 1 or not fault.place.text.isupper())

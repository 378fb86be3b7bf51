"""Why dfguard and another linter differ at a place: the classes of differences in which dfguard is right."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dfguard.core.source import Source
from dfguard.syntax.dockerfile import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.syntax.document import Document, Instruction


@cache
def document(path: str) -> Document:
    """The parsed file."""
    return parse(Source.decode(path, Path(path).read_bytes()))


def first_line(path: str, line: int) -> int:
    """The line of the instruction that the line belongs to, the line itself when it belongs to none."""
    source = document(path).source
    for instruction in document(path).instructions:
        if instruction.line <= line <= source.line_of(instruction.span.end):
            return instruction.line
    return line


class Subject:
    """One differing place: the rule's `code`, file and line, who found it, and all `codes` hadolint has on that line."""

    def __init__(self, code: str, path: str, line: int, *, is_ours: bool, codes: frozenset[str]) -> None:
        """Keep what is known; the rest is looked up when asked for."""
        self.code, self.path, self.line, self.is_ours, self.codes = code, path, line, is_ours, codes

    @cached_property
    def instruction(self) -> Instruction | None:
        """The instruction at the place."""
        found = document(self.path)
        return next((i for i in (*found.instructions, *found.unknown) if i.line == self.line), None)

    @cached_property
    def text(self) -> str:
        """The instruction as it stands in the file."""
        return self.instruction.place.text if self.instruction else document(self.path).source.line_text(self.line)


class Difference:
    """A class of differences: `reason` says why dfguard is right; `explains` whether a place belongs to it."""

    def __init__(self, name: str, reason: str, explains: Callable[[Subject], bool]) -> None:
        """Keep the three."""
        self.name, self.reason, self.explains = name, reason, explains


CLASSES: tuple[Difference, ...] = ()

"""What a mechanical repair makes of code: `Rewrite`; and the two small repairs, indentation and escaped line feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import TextBuilder
from dfguard.syntax.python.verdict.check import parse
from dfguard.syntax.python.verdict.faults import common_margin
from dfguard.syntax.python.verdict.tokens import TokenKind, tokens

if TYPE_CHECKING:
    from dfguard.core.source import Text

Piece = tuple[int, int] | str
"""A stretch of the old code (half-open index range), or new characters."""


class Alternative(Record):
    """Another way the same text can be meant: the code, and what is different in it."""

    code: str
    difference: str


class Rewrite(Record):
    """New code for old. `code` compiles; its characters know where they stood.

    `is_layout_guided`: the physical lines of the source decided where each statement belongs. `alternatives`: other
    readings the text allows as well. `kept` are the stretches of the old code that are in the new one, ascending: old
    start, old end, new start.
    """

    code: Text
    is_layout_guided: bool = False
    alternatives: tuple[Alternative, ...] = ()
    kept: tuple[tuple[int, int, int], ...] = ()

    @property
    def is_safe(self) -> bool:
        """Whether no other reading was found."""
        return not self.alternatives

    def moved(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the characters `start <= index < end` of the old code are in the new one; None when they are not."""
        for old, old_end, new in self.kept:
            if old <= start and end <= old_end:
                return start - old + new, end - old + new
        return None


def rewritten(code: Text, pieces: list[Piece]) -> Rewrite | None:
    """The code made of these pieces; None when it does not compile."""
    builder, length = TextBuilder(code), 0
    kept: list[tuple[int, int, int]] = []
    for piece in pieces:
        if isinstance(piece, str):
            builder.put(piece, kept[-1][1] - 1 if kept else 0)
            length += len(piece)
        else:
            builder.keep(*piece)
            kept.append((*piece, length))
            length += piece[1] - piece[0]
    text = builder.text()
    return Rewrite(text, kept=tuple(kept)) if parse(text.value).tree is not None else None


def dedented(code: Text) -> Rewrite | None:
    """The code without the indentation of its first statement; None when that is not all that is wrong."""
    lines = code.value.splitlines(keepends=True)
    margin = common_margin(code.value)
    pieces: list[Piece] = []
    at = 0
    is_first = True
    for line in lines:
        indent = len(line) - len(line.lstrip(" \t"))
        # Only the first line is indented where `-c` is followed by a space; else all share a margin.
        cut = min(len(margin), indent) if margin else indent if is_first and line.strip() else 0
        pieces.append((at + cut, at + len(line)))
        is_first = is_first and not line.strip()
        at += len(line)
    return rewritten(code, [piece for piece in pieces if isinstance(piece, str) or piece[0] < piece[1]])


def with_line_feeds(code: Text) -> Rewrite | None:
    r"""The code with each `\n` outside strings made a line feed; None when that is not all that is wrong.

    A `\t` outside strings becomes a tab, so that indentation written that way works.
    """
    pieces: list[Piece] = []
    at = 0
    for token in tokens(code.value):
        if token.kind is TokenKind.ESCAPE:
            pieces += [(at, token.start), "\n" if token.text == "\\n" else "\t"]
            at = token.end
    if not pieces:
        return None
    pieces.append((at, len(code.value)))
    return rewritten(code, [piece for piece in pieces if isinstance(piece, str) or piece[0] < piece[1]])

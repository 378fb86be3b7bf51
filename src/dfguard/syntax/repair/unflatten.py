"""Flattened Python to Python on lines of its own (the repair of DFG101).

The text alone does not say where a block ends: `for x in y: a(); b()` joined by `;` has two readings. The physical
lines of the source do: code from continued lines still knows the column at which each of its lines began.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.syntax.python.verdict.tokens import TokenKind, items, tokens
from dfguard.syntax.repair.block_search import Placed, readings
from dfguard.syntax.repair.rewrite import Alternative, Rewrite, rewritten

if TYPE_CHECKING:
    from dfguard.core.source import Text
    from dfguard.syntax.python.verdict.tokens import Item
    from dfguard.syntax.repair.rewrite import Piece

_LONGEST = 20_000
_MOST_READINGS = 4
_INDENT = "    "

Depths = tuple[int, ...]


def unflatten(code: Text) -> Rewrite | None:
    """The code with every statement on its own line, indented as it was meant; None when no reading compiles.

    `is_layout_guided`: the columns of the physical lines leave one reading. Without them the likeliest reading is
    given and `alternatives` names others, if there are any.
    """
    if len(code.value) > _LONGEST:
        return None
    columns, rows = _layout(code)
    found = items(code.value, frozenset(columns))
    if not found or not _is_complete(code.value, found):
        return None
    placed = [Placed(item, columns.get(item.start), rows[item.start]) for item in found]
    if len({item.row for item in placed}) > 1:
        guided = list(islice(readings(placed, by_columns=True), 2))
        if len(guided) == 1 and (made := _made(code, placed, guided[0])) is not None:
            return replace(made, is_layout_guided=True)
    return _guessed(code, placed)


def _layout(code: Text) -> tuple[dict[int, int], dict[int, int]]:
    """For each token the number of its physical line; for those first on one also the column (tabs to 8)."""
    source, columns, rows = code.source, dict[int, int](), dict[int, int]()
    for token in tokens(code.value):
        offset = code.offset(token.start)
        line = source.line_of(offset)
        rows[token.start] = line
        before = source.text[source.line_starts[line - 1] : offset]
        if not before.strip(" \t") and token.depth == 0:
            columns[token.start] = len(before.expandtabs(8))
    return columns, rows


def _is_complete(code: str, found: list[Item]) -> bool:
    """Whether the items hold every token but separators and comments."""
    outside = {TokenKind.NEWLINE, TokenKind.COMMENT}
    wanted = [t for t in tokens(code) if t.kind not in outside and not (t.text == ";" and t.depth == 0)]
    if any(token.kind in {TokenKind.BROKEN, TokenKind.ESCAPE} for token in wanted):
        return False
    starts = [item.start for item in found]
    return all((at := bisect_right(starts, t.start)) and t.start < found[at - 1].end for t in wanted)


def _guessed(code: Text, placed: list[Placed]) -> Rewrite | None:
    """The likeliest reading of the text alone that compiles, with the others that do."""
    found = list(islice(readings(placed, by_columns=False), _MOST_READINGS))
    is_open = bool(found) and -1 in found[-1]
    made = [
        (depths, rewrite) for depths in found if -1 not in depths and (rewrite := _made(code, placed, depths))
    ]
    if not made:
        return None
    (first, best), *others = made
    alternatives = [
        Alternative(rewrite.code.value, _difference(code, placed, first, depths))
        for depths, rewrite in others
    ]
    if is_open and not alternatives:
        alternatives.append(Alternative(best.code.value, "other readings, too many to list"))
    return replace(best, alternatives=tuple(alternatives))


def _made(code: Text, placed: list[Placed], depths: Depths) -> Rewrite | None:
    pieces: list[Piece] = []
    comments = deque(t for t in tokens(code.value) if t.kind is TokenKind.COMMENT and t.depth == 0)
    for item, depth in zip(placed, depths, strict=True):
        indent = _INDENT * depth
        while comments and comments[0].start < item.item.start:
            comment = comments.popleft()
            pieces += [indent, (comment.start, comment.end), "\n"]
        pieces += [indent, (item.item.start, item.item.end), "\n"]
    for comment in comments:
        pieces += [(comment.start, comment.end), "\n"]
    return rewritten(code, [piece for piece in pieces if piece])


def _difference(code: Text, placed: list[Placed], first: Depths, other: Depths) -> str:
    """The first item that stands elsewhere in the other reading, and behind or inside which header."""
    index = next(at for at, pair in enumerate(zip(first, other, strict=True)) if pair[0] != pair[1])
    deeper = max(first[index], other[index])
    header = next(
        at for at in range(index - 1, -1, -1) if placed[at].item.is_header and first[at] == deeper - 1
    )
    place = "behind" if other[index] < first[index] else "inside"
    return f"`{_shown(code, placed[index])}` {place} `{_shown(code, placed[header])}`"


def _shown(code: Text, placed: Placed) -> str:
    text = " ".join(code.value[placed.item.start : placed.item.end].split())
    return text if len(text) <= 40 else f"{text[:37]}..."

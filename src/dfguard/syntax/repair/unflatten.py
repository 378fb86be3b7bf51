"""Flattened Python to Python on lines of its own (the repair of DFG101).

The text alone does not say where a block ends: `for x in y: a(); b()` joined by `;` has two readings. The physical
lines of the source do: code from continued lines still knows the column at which each of its lines began.

All readings the text allows are tried, likely first. Each item goes to an open block, a clause (`except`, `else`) to a
statement that may take it; the innermost comes first. Where the column of an item is known, it must be that of its block:
then there is mostly one reading.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.syntax.python.verdict.tokens import TokenKind, items, tokens
from dfguard.syntax.repair.rewrite import Alternative, rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dfguard.core.source import Text
    from dfguard.syntax.python.verdict.tokens import CodeItem
    from dfguard.syntax.repair.rewrite import Piece, Rewrite


_NEXT = {
    "if": frozenset(["elif", "else"]),
    "elif": frozenset(["elif", "else"]),
    "for": frozenset(["else"]),
    "while": frozenset(["else"]),
    "try": frozenset(["except", "finally"]),
    "except": frozenset(["except", "else", "finally"]),
    "try else": frozenset(["finally"]),
}
"""The clauses that may follow the block of a header."""
_JUMPS = frozenset(["return", "raise", "break", "continue"])
_STEPS = 4_000


class Placed(Record):
    """An item with what the physical lines say: its column when it stood first on its line, and the number of its line."""

    item: CodeItem
    column: int | None
    row: int


class _Block(Record):
    """An open block: the keyword of its header (empty for the outermost), and what is known of it so far.

    `row` is the physical line of the header; `deepest` the smallest column of blocks that were in it.
    """

    keyword: str
    column: int | None = None
    has_body: bool = False
    ends: bool = False
    decorated: bool = False
    row: int = -1
    deepest: int | None = None


Stack = tuple[_Block, ...]


def readings(items: Sequence[Placed], *, by_columns: bool) -> Iterator[tuple[int, ...]]:
    """The depth of each item (0 for the outermost block) in every reading, the likeliest first.

    Ends without further readings after 4,000 steps; the caller cannot take one reading for the only one then, which
    a last reading of all -1 says.
    """
    steps = 0
    handlers = [0]
    for placed in reversed(items):
        handlers.append(handlers[-1] + (placed.item.keyword in {"except", "finally"}))
    handlers.reverse()
    todo: list[tuple[int, Stack, tuple[int, ...]]] = [(0, (_Block(""),), ())]
    while todo:
        at, stack, depths = todo.pop()
        steps += 1
        if steps > _STEPS:
            yield (-1,) * len(items)
            return
        if sum(block.keyword == "try" for block in stack) > handlers[at]:
            continue
        if at == len(items):
            if _may_end(stack):
                yield depths
            continue
        options = _options(items, at, stack, by_columns=by_columns)
        todo.extend((at + 1, after, (*depths, depth)) for depth, after in reversed(list(options)))


def _may_end(stack: Stack) -> bool:
    return (
        all(_may_close(block) for block in stack[1:]) and not stack[-1].decorated and not stack[0].decorated
    )


def _may_close(block: _Block) -> bool:
    return block.has_body and not block.decorated and block.keyword != "try"


def _options(
    items: Sequence[Placed], at: int, stack: Stack, *, by_columns: bool
) -> Iterator[tuple[int, Stack]]:
    placed = items[at]
    item = placed.item
    is_clause = item.keyword in {"elif", "else", "except", "finally"}
    found = list(
        _clause(placed, stack, by_columns=by_columns)
        if is_clause
        else _place(placed, stack, by_columns=by_columns)
    )
    if by_columns and at and placed.row == items[at - 1].row and not is_clause:
        found = _same_line(items, at, stack, found)
    # Behind a statement that leaves its block, another one in it would never run.
    if len(found) > 1 and stack[-1].ends and found[0][0] == len(stack) - 1:
        found.append(found.pop(0))
    yield from found


def _same_line(
    items: Sequence[Placed], at: int, stack: Stack, found: list[tuple[int, Stack]]
) -> list[tuple[int, Stack]]:
    """On one physical line a body goes on to the end of the line, as Python has it, as long as no header follows in it."""
    is_in_suite = stack[-1].row == items[at].row
    if is_in_suite and items[at].item.is_header and not items[at - 1].item.is_header:
        return [option for option in found if option[0] >= _outer_depth(items[at].row, stack)]
    return [option for option in found if option[0] == len(stack) - 1]


def _outer_depth(row: int, stack: Stack) -> int:
    """The depth at which the first header of the physical line stands."""
    return next((depth - 1 for depth, block in enumerate(stack) if block.row == row), len(stack) - 1)


def _place(placed: Placed, stack: Stack, *, by_columns: bool) -> Iterator[tuple[int, Stack]]:
    """A statement or header in each block that can be the innermost open one."""
    item = placed.item
    for depth in range(len(stack) - 1, -1, -1):
        block = stack[depth]
        is_case = item.keyword == "case"
        is_fitting = (block.keyword == "match") == is_case and not (
            block.decorated and item.keyword not in {"@", "def", "class"}
        )
        column = _column(placed, stack, depth) if by_columns else None
        if is_fitting and column != -1:
            ends = not item.is_header and item.word in _JUMPS
            deepest = _deepest(stack, depth)
            filled = replace(
                block, has_body=True, ends=ends, decorated=item.keyword == "@", column=column, deepest=deepest
            )
            after = (*stack[:depth], filled)
            yield depth, (*after, _Block(item.keyword, row=placed.row)) if item.is_header else after
        if not _may_close(block):
            return


def _clause(placed: Placed, stack: Stack, *, by_columns: bool) -> Iterator[tuple[int, Stack]]:
    """A clause behind each block whose statement may take it."""
    keyword = placed.item.keyword
    for depth in range(len(stack) - 1, 0, -1):
        block = stack[depth]
        if not block.has_body or block.decorated:
            return
        if keyword in _NEXT.get(block.keyword, ()):
            column = _column(placed, stack, depth - 1) if by_columns else None
            if column != -1:
                name = "try else" if (block.keyword, keyword) == ("except", "else") else keyword
                name = (
                    "end" if keyword == "else" and block.keyword in {"if", "elif", "for", "while"} else name
                )
                outer = replace(
                    stack[depth - 1], column=column, ends=False, deepest=_deepest(stack, depth - 1)
                )
                yield depth - 1, (*stack[: depth - 1], outer, _Block(name, row=placed.row))
        if not _may_close(block):
            return


def _deepest(stack: Stack, depth: int) -> int | None:
    """The smallest known column of the blocks inside a block."""
    columns = [block.column for block in stack[depth + 1 :] if block.column is not None]
    columns += [block.deepest for block in stack[depth:] if block.deepest is not None]
    return min(columns, default=None)


def _column(placed: Placed, stack: Stack, depth: int) -> int | None:
    """The column of the block at a depth once the item is in it; -1 when the item's column forbids that."""
    block, column = stack[depth], placed.column
    if column is None:
        return block.column
    if block.column is not None:
        return column if column == block.column else -1
    outer = max((b.column for b in stack[:depth] if b.column is not None), default=-1)
    deepest = _deepest(stack, depth)
    return column if column > outer and (deepest is None or column < deepest) else -1


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


def _is_complete(code: str, found: list[CodeItem]) -> bool:
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

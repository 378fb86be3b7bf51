"""Statements and headers without line feeds to the indents they may have had: all readings the text allows, likely first.

Each item goes to an open block. A clause (`except`, `else`) goes to a statement that may take it; the innermost comes
first. Where the column of an item is known, it must be that of its block: then there is mostly one reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dfguard.syntax.python.verdict.tokens import Item

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

    item: Item
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

"""CPython's tree: the nodes below a node, and its lines and byte columns as character indexes of the code."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator
else:
    import _ast as ast  # the same classes without the 8 ms that importing `ast` takes


_WITHOUT_NODES = frozenset(
    """
    arg asname attr conversion id is_async kind level module simple type_comment
    """.split()
)
_fields: dict[type[ast.AST], tuple[str, ...]] = {ast.Constant: ()}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below, in the order of the text; without `ctx`, which says only how a name is used."""
    kind = type(node)
    fields = _fields.get(kind)
    if fields is None:
        fields = _fields[kind] = tuple(n for n in node._fields if n != "ctx" and n not in _WITHOUT_NODES)
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it; each before those below it, otherwise in no order."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        todo += children(node)


class Positions:
    """The index of every place of one code. Indexes are `shift` higher than in `code` itself."""

    __slots__ = ("_is_ascii", "_lines", "_shift", "_starts")

    def __init__(self, code: str, shift: int = 0) -> None:
        """Find the lines."""
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", code))]
        self._is_ascii = code.isascii()
        self._lines = () if self._is_ascii else tuple(map(code.__getitem__, self._slices(len(code))))
        self._shift = shift

    def _slices(self, length: int) -> list[slice]:
        ends = [*self._starts[1:], length]
        return [slice(start, end) for start, end in zip(self._starts, ends, strict=True)]

    def index(self, line: int, column: int) -> int:
        """The index of a 1-based line and 0-based byte column; a line past the end is the last one."""
        row = min(max(line, 1), len(self._starts)) - 1
        if not self._is_ascii and not self._lines[row].isascii():
            column = len(self._lines[row].encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))
        return self._starts[row] + column + self._shift

    def index_of_character(self, line: int, column: int) -> int:
        """The index of a 1-based line and 0-based column that counts characters, as syntax errors have it."""
        row = min(max(line, 1), len(self._starts)) - 1
        return self._starts[row] + max(column, 0) + self._shift

    def place(self, index: int) -> tuple[int, int]:
        """1-based line and 0-based column, in characters, of an index: the reverse of `index_of_character`."""
        row = bisect_right(self._starts, index - self._shift) - 1
        return row + 1, index - self._shift - self._starts[row]

    def range(
        self, node: ast.expr | ast.stmt | ast.ExceptHandler | ast.keyword | ast.alias | ast.arg
    ) -> tuple[int, int]:
        """The half-open index range of a node."""
        start = self.index(node.lineno, node.col_offset)
        if node.end_lineno is None or node.end_col_offset is None:
            return start, start
        return start, self.index(node.end_lineno, node.end_col_offset)

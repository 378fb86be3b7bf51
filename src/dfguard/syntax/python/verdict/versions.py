"""Parsed Python code to its newest piece of syntax, and to the first Python version that takes it.

Source of the versions: the grammar changes listed in «What's New In Python 3.5» to «3.14» (docs.python.org/3/whatsnew);
a parenthesised `with` is documented for 3.10, but the parser of 3.9 takes it already.
"""

from __future__ import annotations

import re
import sys
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.python.tree import children

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator
    from typing import Any
else:
    import _ast as ast  # the same classes without the 8 ms that importing `ast` takes


Version = tuple[int, int]
OLDEST: Version = (3, 0)


class Feature(Record):
    """A piece of syntax: its name as a message shows it, the first version, and where it stands (line, byte column)."""

    name: str
    version: Version
    line: int
    column: int


def newest_feature(tree: ast.Module, code: str) -> Feature | None:
    """The piece of syntax that needs the newest Python (the first in the text among equals), None for plain code."""
    newest: Feature | None = None
    for name, version, node in _features(tree, code):
        if newest is None or version > newest.version:
            newest = Feature(name, version, getattr(node, "lineno", 1), getattr(node, "col_offset", 0))
    return newest


_Found = tuple[str, Version, "ast.AST"]


def _features(tree: ast.Module, code: str) -> Iterator[_Found]:
    source = _Source(code)
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        kind = type(node)
        if (found := _BY_TYPE.get(kind.__name__)) is not None:
            yield (*found, node)
        if (look := _BY_LOOKS.get(kind.__name__)) is not None:
            yield from look(node, source)
        # In reverse, so that the text is walked from its beginning to its end.
        todo += reversed(children(node))
    if sys.version_info >= (3, 12) and _may_nest_quotes(tree) and (nested := _nested_quotes(code)):
        yield "a quote, backslash or comment inside an f-string's braces", (3, 12), nested


_BY_TYPE: dict[str, tuple[str, Version]] = {
    "AsyncFunctionDef": ("`async def`", (3, 5)),
    "MatMult": ("the operator `@`", (3, 5)),
    "JoinedStr": ("an f-string", (3, 6)),
    "AnnAssign": ("an annotated variable", (3, 6)),
    "NamedExpr": ("the operator `:=`", (3, 8)),
    "Match": ("`match`", (3, 10)),
    "TryStar": ("`except*`", (3, 11)),
    "TypeAlias": ("a `type` statement", (3, 12)),
    "TypeVar": ("a type parameter", (3, 12)),
    "ParamSpec": ("a type parameter", (3, 12)),
    "TypeVarTuple": ("a type parameter", (3, 12)),
    "TemplateStr": ("a t-string", (3, 14)),
}


def _parameters(node: ast.arguments, _: _Source) -> Iterator[_Found]:
    if node.posonlyargs:
        yield "a positional-only parameter", (3, 8), node.posonlyargs[0]
    if node.vararg and isinstance(node.vararg.annotation, ast.Starred):
        yield "a `*` in an annotation", (3, 11), node.vararg


def _result(node: ast.Return | ast.Yield, _: _Source) -> Iterator[_Found]:
    if isinstance(node.value, ast.Tuple) and _is_bare(node.value):
        yield "a `*` without parentheses", (3, 8), node.value


def _loop(node: ast.For, _: _Source) -> Iterator[_Found]:
    if isinstance(node.iter, ast.Tuple) and _is_bare(node.iter):
        yield "a `*` without parentheses", (3, 9), node.iter


def _formatted(node: ast.JoinedStr, source: _Source) -> Iterator[_Found]:
    if any(_names_itself(pair, node, source) for pair in pairwise(node.values)):
        yield "`{name=}` in an f-string", (3, 8), node


def _with(node: ast.With | ast.AsyncWith, source: _Source) -> Iterator[_Found]:
    if _has_parentheses(node, source):
        yield "a parenthesised `with`", (3, 9), node


def _index(node: ast.Subscript, _: _Source) -> Iterator[_Found]:
    if isinstance(node.slice, ast.Tuple) and any(isinstance(e, ast.Starred) for e in node.slice.elts):
        yield "a `*` in an index", (3, 11), node


def _is_bare(node: ast.Tuple) -> bool:
    """Whether a tuple has a starred element and no parentheses around it."""
    first = node.elts[0] if node.elts else node
    starts_at_first = (first.lineno, first.col_offset) == (node.lineno, node.col_offset)
    return starts_at_first and any(isinstance(element, ast.Starred) for element in node.elts)


def _names_itself(pair: tuple[ast.expr, ast.expr], node: ast.JoinedStr, source: _Source) -> bool:
    """Whether two parts are what `{name=}` becomes: text that ends in `=`, and a value (`name={name!r}` looks alike)."""
    text, value = pair
    if not (isinstance(text, ast.Constant) and isinstance(value, ast.FormattedValue)):
        return False
    if not str(text.value).rstrip().endswith("="):
        return False
    written = source.between(_start(node), _end(node))
    return re.search(rb"(?<!\{)\{[^{}!:=]+=\s*[}:!]", written) is not None


def _definition(node: ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef, _: _Source) -> Iterator[_Found]:
    """Decorators that are more than a dotted name and a call; defaults of type parameters."""
    for decorator in node.decorator_list:
        part = decorator.func if isinstance(decorator, ast.Call) else decorator
        while isinstance(part, ast.Attribute):
            part = part.value
        if not isinstance(part, ast.Name):
            yield "a decorator that is no dotted name", (3, 9), decorator
    for parameter in getattr(node, "type_params", ()):
        if getattr(parameter, "default_value", None) is not None:
            yield "a default of a type parameter", (3, 13), parameter


def _has_parentheses(node: ast.With | ast.AsyncWith, source: _Source) -> bool:
    """Whether one pair of parentheses holds all items: `with (a as b, c as d):`."""
    first, last = node.items[0], node.items[-1]
    if first.optional_vars is None or last.optional_vars is None:
        return False
    opening = source.between(_start(node), _start(first.context_expr))
    naming = source.between(_end(first.context_expr), _start(first.optional_vars))
    closing = source.between(_end(last.optional_vars), _start(node.body[0]))
    return b"(" in opening and b")" not in naming and re.match(rb"[\s,\\]*\)", closing) is not None


_BY_LOOKS: dict[str, Callable[[Any, _Source], Iterator[_Found]]] = {
    "arguments": _parameters,
    "Return": _result,
    "Yield": _result,
    "For": _loop,
    "JoinedStr": _formatted,
    "FunctionDef": _definition,
    "AsyncFunctionDef": _definition,
    "ClassDef": _definition,
    "With": _with,
    "AsyncWith": _with,
    "Subscript": _index,
}
"""What to look at in nodes that may, but need not, be newer syntax."""


def _start(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0


class _Source:
    """The bytes between two places of the code; encoded and split at first use."""

    def __init__(self, code: str) -> None:
        self._code = code

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._code.encode("utf-8", "replace").splitlines(keepends=True)

    def between(self, start: tuple[int, int], end: tuple[int, int]) -> bytes:
        """The bytes from a place (1-based line, byte column) up to another."""
        part = self._lines[start[0] - 1 : end[0]]
        if not part:
            return b""
        part[-1] = part[-1][: end[1]]
        part[0] = part[0][start[1] :]
        return b"".join(part)


class _Mark(ast.expr):
    """A place that has no node of its own."""


def _may_nest_quotes(tree: ast.Module) -> bool:
    """Whether the braces of an f-string hold text or a line end: only then is it worth to look at the tokens."""
    todo: list[tuple[ast.AST, bool]] = [(tree, False)]
    while todo:
        node, is_inside = todo.pop()
        if is_inside and (isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str)):
            return True
        if isinstance(node, ast.FormattedValue):
            if node.end_lineno != node.lineno:
                return True
            todo.append((node.value, True))
        else:
            todo.extend((child, is_inside) for child in children(node))
    return False


def _nested_quotes(code: str) -> ast.AST | None:
    """The first f-string whose fields hold its own quotes, a backslash or a comment; for hosts that split f-strings."""
    import io
    import tokenize

    quotes: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            kind = tokenize.tok_name[token.type]
            inside = kind in {"STRING", "FSTRING_START"} and quotes and quotes[-1] in token.string
            if inside or (quotes and (kind == "COMMENT" or (kind == "STRING" and "\\" in token.string))):
                return _Mark(lineno=token.start[0], col_offset=len(token.line[: token.start[1]].encode()))
            if kind == "FSTRING_START":
                quotes.append(token.string.lstrip("fFrR"))
            elif kind == "FSTRING_END":
                quotes.pop()
    except (tokenize.TokenError, SyntaxError):
        return None
    return None

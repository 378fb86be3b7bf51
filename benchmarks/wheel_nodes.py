"""Python's syntax trees to names: what statements bind, what strings say."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def writes_names(node: ast.AST) -> bool:
    """Whether the node gives a module names that no statement shows."""
    match node:
        case ast.Subscript(value=ast.Call(func=ast.Name(id="globals" | "vars")), ctx=ast.Store()):
            return True
        case ast.Attribute(value=ast.Call(func=ast.Name(id="globals" | "vars"))):
            return True
        case ast.Call(func=ast.Name(id="exec" | "setattr")):
            return True
    return False


def bound_by(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds where it stands."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        case _:
            # names that loops, `with` and comprehensions bind are among them: more than there are, never fewer
            yield from (
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            )


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, those inside `if`, `try` and `with` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from statements(node.body)
            yield from statements(getattr(node, "orelse", []))
            for handler in getattr(node, "handlers", []):
                yield from statements(handler.body)


def dotted(node: ast.expr) -> str:
    """The dotted name of an expression, of a call that of its callee; `?` for others."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{dotted(node.value)}.{node.attr}"
        case ast.Call():
            return dotted(node.func)
    return "?"


def words(node: ast.AST) -> Iterator[str]:
    """The strings below a node that are identifiers."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value.isidentifier():
            yield inner.value


def named(tree: ast.Module) -> Iterator[str]:
    """What a module defines, and what its strings name (`"Model"`, `"models.Model"`)."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Constant(value=str(text)) if len(text) < 80:
                parts = text.split(".")
                yield from parts if all(part.isidentifier() for part in parts) else ()

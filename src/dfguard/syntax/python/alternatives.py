"""Expressions without one name to the names they can have: an import or its fallback, one of several returned values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.scopes import Assigned, Binding
from dfguard.syntax.python.visibility import is_empty, visible

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from dfguard.syntax.python.names import Names
    from dfguard.syntax.python.scopes import Spot
else:
    import _ast as ast

_DEPTH = 6
_MOST = 8


def alternatives(node: ast.expr, spot: Spot, names: Names, depth: int = 0) -> tuple[str, ...]:
    """The names an expression can have, in the order of their bindings; `depth` counts the steps gone through."""
    if depth > _DEPTH:
        return ()
    match node:
        case ast.Name(id=name):
            bindings = [binding for binding in visible(name, spot)[:_MOST] if not is_empty(binding)]
            match bindings:
                case [Binding(what=Assigned(value=ast.Call() as value, path=()), spot=place)]:
                    return alternatives(value, place, names, depth + 1)
            return _names(bindings, names)
        case ast.Attribute(value=owner, attr=attribute):
            return tuple(f"{base}.{attribute}" for base in alternatives(owner, spot, names, depth + 1))
        case ast.Call(func=function):
            callee = names.callee(node, spot)
            if callee is not None:
                return _names([binding for binding in callee.returns[:_MOST] if not is_empty(binding)], names)
            return tuple(f"{base}()" for base in alternatives(function, spot, names, depth + 1))
    return ()


def _names(bindings: Sequence[Binding], names: Names) -> tuple[str, ...]:
    found = (names.bound_name(binding) for binding in reversed(bindings))
    return tuple(dict.fromkeys(name for name in found if name))

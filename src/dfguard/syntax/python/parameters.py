"""Parameters to what calls pass for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.expression import Passed
from dfguard.syntax.python.guards import text_of_name

if TYPE_CHECKING:
    import ast

    from dfguard.syntax.python.expression import Expression
    from dfguard.syntax.python.scopes import Parameter, Scope
else:
    import _ast as ast


def is_spread(node: ast.Call) -> bool:
    """Whether a call has `*args` or `**kwargs`, so that no argument can be called missing."""
    return any(isinstance(argument, ast.Starred) for argument in node.args) or any(
        k.arg is None for k in node.keywords
    )


def argument_for(node: ast.Call, function: Scope, parameter: Parameter) -> ast.expr | None:
    """What a call passes for a parameter of a function of this file, None when nothing or when it cannot be told."""
    for keyword in node.keywords:
        if keyword.arg == parameter.name:
            return keyword.value
    if parameter.position is None or parameter.is_collecting:
        return None
    position = _position(function, parameter.position)
    before = node.args[: position + 1]
    if (
        position < 0
        or position >= len(node.args)
        or any(isinstance(argument, ast.Starred) for argument in before)
    ):
        return None
    return node.args[position]


def passed_to(function: Scope, parameter: Parameter, default: Expression | None) -> Passed:
    """The parameter as what other files pass for it."""
    position = None if parameter.position is None else _position(function, parameter.position)
    return Passed(function.name, parameter.name, position, default)


def _position(function: Scope, position: int) -> int:
    is_bound = function.class_of_method is not None and not any(
        text_of_name(decorator) == "staticmethod" for decorator in function.decorators
    )
    return position - is_bound

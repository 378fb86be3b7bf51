"""Tests to the calls that must give something true, so that the test comes out as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from dfguard.syntax.python.names import Names
    from dfguard.syntax.python.scopes import Spot
else:
    import _ast as ast


def needed(test: ast.expr, wanted: bool, spot: Spot, names: Names) -> Iterator[str]:  # noqa: FBT001  the truth value asked for
    """The resolved names of calls without which `test` cannot be `wanted`: `not f()` wanted False gives `f`.

    A number of things that must be above zero counts as true (`torch.cuda.device_count() > 0`).
    """
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from needed(operand, not wanted, spot, names)
        case ast.BoolOp(op=op, values=values) if isinstance(op, ast.And) == wanted:
            for value in values[:20]:
                if not isinstance(value, ast.BoolOp):
                    yield from needed(value, wanted, spot, names)
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=int(number))]):
            if _needs_some(op, number, wanted=wanted):
                yield from needed(left, True, spot, names)
        case ast.Call() | ast.Name() | ast.Attribute() if wanted:
            name = names.name_of(test, spot)
            if name and name.endswith("()"):
                yield name.removesuffix("()")


def _needs_some(op: ast.cmpop, number: int, *, wanted: bool) -> bool:
    """Whether `count op number` is as wanted only for a count above zero."""
    match op:
        case ast.Gt() | ast.GtE():
            return wanted and number + isinstance(op, ast.Gt) > 0
        case ast.Lt() | ast.LtE():
            return not wanted and number + isinstance(op, ast.LtE) > 0
        case ast.Eq() | ast.Is():
            return (wanted and number > 0) or (not wanted and number == 0)
        case ast.NotEq() | ast.IsNot():
            return (not wanted and number > 0) or (wanted and number == 0)
    return False

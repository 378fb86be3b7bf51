"""A use of a variable to the bindings it can mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.scopes import Assigned, Binding

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from dfguard.syntax.python.scopes import Branch, Scope, Spot
else:
    import _ast as ast

_END = 1 << 60


def visible(name: str, spot: Spot) -> list[Binding]:
    """The bindings a use of the name at the spot can mean, the latest first."""
    home = spot.scope.home(name)
    if home is None:
        return []
    bound = home.bindings.get(name, [])
    if len(bound) == 1:
        return bound
    is_same_run = home.owner is spot.scope.owner
    at, branch = (spot.at, spot.branch) if is_same_run else (_END, ())
    return list(_reaching(bound, home, at, branch)) or bound


def literal(node: ast.expr, spot: Spot) -> tuple[ast.expr, Spot]:
    """The expression a variable was assigned, as far as there is only one; other expressions as they are."""
    for _ in range(10):
        if not isinstance(node, ast.Name):
            break
        bindings = [binding for binding in visible(node.id, spot) if not is_empty(binding)]
        match bindings:
            case [Binding(what=Assigned(value=value, path=()), spot=place)]:
                node, spot = value, place
            case _:
                break
    return node, spot


def _reaching(bound: Sequence[Binding], home: Scope, at: int, branch: Branch) -> Iterator[Binding]:
    """The bindings that a use can see, the latest first, back to one that every way to the use passes."""
    for binding in reversed(bound):
        is_elsewhere = binding.spot.scope.owner is not home.owner
        if is_elsewhere:
            yield binding
            continue
        if binding.spot.at >= at or is_exclusive(binding.spot.branch, branch):
            continue
        yield binding
        if binding.spot.branch == branch[: len(binding.spot.branch)]:
            break


def is_placeholder(node: ast.expr) -> bool:
    """Whether an expression is `None`, which a name is often bound to before it gets its value."""
    return isinstance(node, ast.Constant) and node.value is None


def is_empty(binding: Binding) -> bool:
    """Whether a binding only says that nothing is bound yet: `None` or an empty container."""
    match binding.what:
        case Assigned(value=ast.Constant(value=None), path=()):
            return True
        case Assigned(value=ast.Dict(keys=[]) | ast.List(elts=[]), path=()):
            return True
    return False


def is_exclusive(one: Branch, other: Branch) -> bool:
    """Whether two nodes stand in different arms of one statement."""
    for (statement, arm), (other_statement, other_arm) in zip(one, other, strict=False):
        if statement != other_statement:
            return False
        if arm != other_arm:
            return True
    return False


def is_nothing(value: ast.expr, path: tuple[int, ...]) -> bool:
    """Whether the element at a path of a literal tuple is `None`, or the value itself is."""
    if isinstance(value, ast.Tuple) and len(path) == 1 and 0 <= path[0] < len(value.elts):
        value = value.elts[path[0]]
    return is_placeholder(value)

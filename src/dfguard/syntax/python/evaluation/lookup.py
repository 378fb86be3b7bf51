"""A use of a variable, an attribute of a class of the file or a parameter to the bindings and arguments it can mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from dfguard.syntax.python.layout.guards import text_of_name
from dfguard.syntax.python.layout.scopes import Assigned, NameBinding, Spot
from dfguard.syntax.python.program import Passed

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from dfguard.syntax.python.layout.scopes import Branch, FunctionParameter, Layout, Scope
    from dfguard.syntax.python.program import Expression
else:
    import _ast as ast


_END = 1 << 60


def visible(name: str, spot: Spot) -> list[NameBinding]:
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
            case [NameBinding(what=Assigned(value=value, path=()), spot=place)]:
                node, spot = value, place
            case _:
                break
    return node, spot


def _reaching(bound: Sequence[NameBinding], home: Scope, at: int, branch: Branch) -> Iterator[NameBinding]:
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


def is_empty(binding: NameBinding) -> bool:
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


class Members(ABC):
    """The classes of one layout; the class derived from it knows the names of expressions."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    @abstractmethod
    def name_of(self, node: ast.expr, spot: Spot) -> str | None:
        """The dotted name an expression denotes."""

    def class_of(self, name: str | None) -> Scope | None:
        """The class of this file that a name or the instance a name stands for belongs to."""
        return self.layout.classes.get(name.removesuffix("()")) if name else None

    def member(self, owner: Scope, attribute: str) -> list[NameBinding]:
        """What a class of this file or its nearest base class of this file binds an attribute to."""
        for scope in self.lineage(owner):
            stored = self.layout.stores.get(f"{scope.name}.{attribute}", [])
            if found := [*scope.bindings.get(attribute, []), *scope.attributes.get(attribute, []), *stored]:
                return found
        return []

    def lineage(self, owner: Scope) -> Iterator[Scope]:
        """A class of this file and its base classes in this file, nearest first."""
        todo, seen = [owner], set[str]()
        while todo:
            scope = todo.pop(0)
            if scope.name in seen:
                continue
            seen.add(scope.name)
            yield scope
            for base in getattr(scope.node, "bases", ()):
                name = self.name_of(base, scope.spot or Spot(scope, 0))
                todo.extend(found for found in [self.layout.classes.get(name or "")] if found)

    def bases(self, owner: Scope) -> list[str]:
        """The dotted names of all base classes, those of base classes in this file included."""
        return [
            name
            for scope in self.lineage(owner)
            for base in getattr(scope.node, "bases", ())
            if (
                name := self.name_of(
                    base.value if isinstance(base, ast.Subscript) else base, scope.spot or Spot(scope, 0)
                )
            )
        ]

    def method(self, name: str) -> Scope | None:
        """The method of a class of this file that `Class().name`, `Class.name` or a called instance stands for."""
        if name.endswith("()") and (owner := self.class_of(name)) is not None:
            return self._function(owner, "__call__")
        owner_name, _, attribute = name.rpartition(".")
        owner = self.class_of(owner_name)
        return self._function(owner, attribute) if owner is not None else None

    def _function(self, owner: Scope, name: str) -> Scope | None:
        return next((scope.children[name] for scope in self.lineage(owner) if name in scope.children), None)


def is_spread(node: ast.Call) -> bool:
    """Whether a call has `*args` or `**kwargs`, so that no argument can be called missing."""
    return any(isinstance(argument, ast.Starred) for argument in node.args) or any(
        k.arg is None for k in node.keywords
    )


def argument_for(node: ast.Call, function: Scope, parameter: FunctionParameter) -> ast.expr | None:
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


def passed_to(function: Scope, parameter: FunctionParameter, default: Expression | None) -> Passed:
    """The parameter as what other files pass for it."""
    position = None if parameter.position is None else _position(function, parameter.position)
    return Passed(function.name, parameter.name, position, default)


def _position(function: Scope, position: int) -> int:
    is_bound = function.class_of_method is not None and not any(
        text_of_name(decorator) == "staticmethod" for decorator in function.decorators
    )
    return position - is_bound

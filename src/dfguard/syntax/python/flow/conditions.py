"""Tests to what they prove: that the tested variable is a cache, and which calls must have given something true."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.syntax.python.layout.guards import missing, text_of_name
from dfguard.syntax.python.layout.scopes import Assigned, CallSite, ScopeKind

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from dfguard.syntax.python.evaluation.names import Names
    from dfguard.syntax.python.layout.scopes import Scope, Spot
else:
    import _ast as ast


_DEPTH = 3
_FILLING = frozenset(["add", "append", "insert", "set", "setdefault", "update"])


class Caches:
    """Answers for one layout. Attributes of instances of `short_lived` classes are no caches."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.short_lived: set[Scope] = set()

    @cached_property
    def _filled(self) -> frozenset[str]:
        """The names of containers to which functions add by a method."""
        return frozenset(
            site.node.func.value.id
            for site in self._names.layout.sites
            if isinstance(site, CallSite)
            and site.spot.scope.owner.name
            and isinstance(site.node.func, ast.Attribute)
            and isinstance(site.node.func.value, ast.Name)
            and site.node.func.attr in _FILLING
        )

    def is_cache(self, subject: ast.expr, spot: Spot, depth: int = 0) -> bool:
        """Whether a tested variable, attribute or container lives longer than the function it is tested in.

        It must be filled by a function: a constant of the module that is merely tested is no cache. `depth` counts
        the variables gone through.
        """
        if depth > _DEPTH:
            return False
        match subject:
            case ast.Call(func=ast.Name(id="globals")):
                return True
            case ast.Call(func=ast.Attribute(value=inner)) | ast.Subscript(value=inner):
                return self.is_cache(inner, spot, depth)
            case ast.Attribute(value=inner, attr=attribute):
                return self._is_attribute(inner, attribute, spot)
            case ast.Name(id=name):
                home = spot.scope.home(name)
                if home is None:
                    return False
                if home is not spot.scope.owner or home.kind is not ScopeKind.FUNCTION:
                    return self._is_variable(name, home)
                return any(
                    self._is_copy(value, place) or self._is_test(missing(value)[1], place, depth)
                    for value, place in _assigned(name, home)
                )
            case ast.Starred(value=ast.Name(id=name)):
                home = spot.scope.home(name)
                is_local = home is not None and home is spot.scope.owner and home.kind is ScopeKind.FUNCTION
                tests = (
                    ((missing(value)[0], place) for value, place in _assigned(name, home))
                    if home and is_local
                    else ()
                )
                return any(self._is_test(subjects, place, depth) for subjects, place in tests)
        return False

    def _is_test(self, subjects: Iterable[ast.expr], spot: Spot, depth: int) -> bool:
        return any(self.is_cache(subject, spot, depth + 1) for subject in subjects)

    def _is_variable(self, name: str, home: Scope) -> bool:
        """Whether functions assign a variable of an outer scope, or fill the container it is."""
        if any(binding.spot.scope.owner is not home.owner for binding in home.bindings.get(name, ())):
            return True
        stored = self._names.layout.stores.get(f"{name}[]", ())
        return name in self._filled or any(b.spot.scope.owner.kind is ScopeKind.FUNCTION for b in stored)

    def _is_copy(self, value: ast.expr, spot: Spot) -> bool:
        """Whether what a local variable is assigned is read from a cache: `model = models.get(key)`."""
        match value:
            case ast.Call(func=ast.Attribute(value=inner, attr="get")) | ast.Subscript(value=inner):
                root = (text_of_name(inner) or "").partition(".")[0]
                is_local = spot.scope.home(root) is spot.scope.owner and root not in {"self", "cls"}
                return bool(root) and not is_local and self.is_cache(inner, spot)
            case ast.Call(func=ast.Name(id="getattr"), args=[inner, ast.Constant(value=str(name)), *_]):
                return self._is_attribute(inner, name, spot)
            case ast.Attribute(value=inner, attr=name):
                return self._is_attribute(inner, name, spot)
        return False

    def _is_attribute(self, inner: ast.expr, attribute: str, spot: Spot) -> bool:
        """Whether functions other than the constructor assign an attribute, of something that is no local variable."""
        name = self._names.name_of(inner, spot)
        owner = self._names.class_of(name)
        if owner is not None:
            if owner in self.short_lived and name != owner.name:
                return False
            setters = [binding.spot.scope.owner.name for binding in self._names.member(owner, attribute)]
            setters += self._fillers(owner, attribute)
            return any(setter and not setter.endswith(".__init__") for setter in setters)
        text = text_of_name(inner) or ""
        home = spot.scope.home(text.partition(".")[0])
        if home is not None and home.kind is ScopeKind.FUNCTION:
            return False
        stored = self._names.layout.stores.get(f"{text}.{attribute}", ())
        return text.endswith("session_state") or any(binding.spot.scope.owner.name for binding in stored)

    def _fillers(self, owner: Scope, attribute: str) -> Iterator[str]:
        """The methods of a class and of its bases that put something into the container that an attribute is."""
        names = [f"{scope.name}." for scope in self._names.lineage(owner)]
        for binding in self._names.layout.stores.get(f"self.{attribute}[]", ()):
            filler = binding.spot.scope.owner.name
            if filler and any(filler.startswith(name) for name in names):
                yield filler


def _assigned(name: str, home: Scope) -> Iterator[tuple[ast.expr, Spot]]:
    """The expressions assigned to a variable."""
    for binding in home.bindings.get(name, ()):
        if isinstance(binding.what, Assigned):
            yield binding.what.value, binding.spot


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

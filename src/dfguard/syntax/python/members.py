"""Dotted names to the classes of the file they belong to, and what those bind attributes to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from dfguard.syntax.python.scopes import Spot

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from dfguard.syntax.python.scopes import Binding, Layout, Scope
else:
    import _ast as ast


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

    def member(self, owner: Scope, attribute: str) -> list[Binding]:
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

"""The part of the walk that opens scopes and binds names; it looks into no expression."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dfguard.syntax.python.guards import text_of_name
from dfguard.syntax.python.scopes import Binding, Parameter, Scope, ScopeKind, Spot, Unclear

if TYPE_CHECKING:
    import ast

    from dfguard.syntax.python.scopes import Branch, Layout, What
else:
    import _ast as ast


class BindingWalk:
    """Fills the scopes and bindings of `layout`."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.lambda_bodies: deque[Scope] = deque()
        self.property_names: set[str] = set()
        self.clock = 0

    def spot(self, scope: Scope, branch: Branch) -> Spot:
        """The next spot: later than all before."""
        self.clock += 1
        return Spot(scope, self.clock, branch)

    def open_scope(self, kind: ScopeKind, name: str, node: ast.AST, parent: Scope) -> Scope:
        """A scope below `parent`, registered under its qualified name."""
        prefix = parent.owner.name if parent.kind is ScopeKind.COMPREHENSION else parent.name
        name = f"{prefix}.{name}" if prefix else name
        known = self.layout.classes if kind is ScopeKind.CLASS else self.layout.functions
        number = 2
        plain = name
        while name in known and kind is not ScopeKind.COMPREHENSION:
            name, number = f"{plain}#{number}", number + 1
        scope = Scope(kind, name, node, parent)
        if kind is not ScopeKind.COMPREHENSION:
            known[name] = scope
        self.layout.scopes.append(scope)
        return scope

    def bind(self, name: str, what: What, scope: Scope, branch: Branch) -> None:
        """Bind a name where its scope says that it lives."""
        target = scope.outer_names.get(name, scope)
        target.bindings.setdefault(name, []).append(Binding(what, self.spot(scope, branch)))

    def bind_parameters(self, function: Scope, arguments: ast.arguments) -> None:
        """Bind the parameters of a function in its scope."""
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
        found = [
            Parameter(argument.arg, position, default, argument.annotation)
            for position, (argument, default) in enumerate(zip(plain, defaults, strict=True))
        ]
        found += [
            Parameter(argument.arg, None, default, argument.annotation)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ]
        found += [
            Parameter(argument.arg, None, None, None, is_collecting=True)
            for argument in (arguments.vararg, arguments.kwarg)
            if argument is not None
        ]
        function.parameters = tuple(found)
        for parameter in found:
            self.bind(parameter.name, parameter, function, ())

    def bind_unclear(self, target: ast.expr, scope: Scope, branch: Branch) -> None:
        """Bind a name to something that is not followed."""
        if isinstance(target, ast.Name):
            self.bind(target.id, Unclear("an alias or the rest of a list"), scope, branch)

    def bind_attribute(self, owner: ast.expr, name: str, what: What, scope: Scope, branch: Branch) -> None:
        """Bind an attribute: of the class when the owner is its instance or itself, else under its text."""
        binding = Binding(what, self.spot(scope, branch))
        method = scope.enclosing_method
        if isinstance(owner, ast.Name) and method is not None and method.parameters:
            made = method.class_of_method
            if made is not None and owner.id in {method.parameters[0].name, made.name}:
                made.attributes.setdefault(name, []).append(binding)
                return
        if text := text_of_name(owner):
            self.layout.stores.setdefault(f"{text}.{name}", []).append(binding)

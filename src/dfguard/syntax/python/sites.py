"""All sites of a layout to what they say of variables and options: for `python_values`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.scopes import CallSite, ScopeKind, StoreSite

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from dfguard.syntax.python.names import Names
    from dfguard.syntax.python.scopes import Scope, Spot
else:
    import _ast as ast

_MUTATING = frozenset(["append", "clear", "extend", "insert", "pop", "remove", "setdefault", "update"])


def options(names: Names) -> Iterator[tuple[str, tuple[str, ast.expr | None, Spot]]]:
    """The attribute, option and default of each `add_argument` of the file."""
    for site in names.layout.sites:
        match site:
            case CallSite(node=ast.Call(func=ast.Attribute(attr="add_argument"), args=[_, *_])):
                given = (getattr(argument, "value", None) for argument in site.node.args)
                flags = [flag for flag in given if isinstance(flag, str)]
                named = {keyword.arg: keyword.value for keyword in site.node.keywords}
                flag = next((f for f in flags if f.startswith("--")), next(iter(flags), ""))
                target = getattr(named.get("dest"), "value", None)
                attribute = target if isinstance(target, str) else flag.lstrip("-").replace("-", "_")
                yield attribute, (flag, named.get("default"), site.spot)


def mutated(names: Names) -> Iterator[tuple[Scope | None, str]]:
    """The variables (home scope, name) whose list or dict is changed in place somewhere."""
    for site in names.layout.sites:
        match site:
            case CallSite(node=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method))):
                if method in _MUTATING:
                    yield site.spot.scope.home(name), name
            case StoreSite(target=ast.Subscript(value=ast.Name(id=name))):
                yield site.spot.scope.home(name), name


def comprehensions(names: Names) -> Iterator[tuple[ast.comprehension, Scope]]:
    """The scope of each `for` clause of a comprehension."""
    for scope in names.layout.scopes:
        if scope.kind is ScopeKind.COMPREHENSION:
            yield from ((generator, scope) for generator in getattr(scope.node, "generators", ()))

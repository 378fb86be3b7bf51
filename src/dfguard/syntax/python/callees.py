"""Sites to the functions of the file they run: called, handed to a thread, read as a property, entered by `with`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.entry_points import functions_in
from dfguard.syntax.python.guards import text_of_name
from dfguard.syntax.python.scopes import Assigned, CallSite, Defined, LambdaSite, PropertySite, ScopeKind
from dfguard.syntax.python.serving import RUNNERS, ends_with
from dfguard.syntax.python.visibility import literal, visible

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from dfguard.syntax.python.names import Names
    from dfguard.syntax.python.scopes import Scope, Site, Spot
else:
    import _ast as ast


class Callees:
    """Answers for one layout."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def called(self, site: CallSite) -> Iterator[Scope]:
        """The functions of this file that a call runs."""
        names = self._names
        name = names.name_of(site.node.func, site.spot)
        if name is None:
            yield from self._chosen(site.node.func, site.spot)
            return
        layout = names.layout
        if (owner := layout.classes.get(name)) is not None:
            for method in ("__new__", "__init__", "__post_init__"):
                found = next((s.children[method] for s in names.lineage(owner) if method in s.children), None)
                yield from [found] if found else []
            return
        found = layout.functions.get(name) or names.method(name)
        yield from [found] if found else []

    def _chosen(self, function: ast.expr, spot: Spot) -> Iterator[Scope]:
        """The functions of a dict of functions that is called by key, or of a variable that holds one of several."""
        match function:
            case ast.Subscript(value=owner) | ast.Call(func=ast.Attribute(value=owner, attr="get")):
                found, place = literal(owner, spot)
                for value in found.values if isinstance(found, ast.Dict) else ():
                    yield from functions_in(value, place, self._names)
            case ast.Name(id=name):
                for binding in visible(name, spot)[:16]:
                    match binding.what:
                        case Defined(scope=scope) if scope.kind is ScopeKind.FUNCTION:
                            yield scope
                        case Assigned(value=(ast.Subscript() | ast.Call()) as value, path=()):
                            yield from self._chosen(value, binding.spot)

    def run_by(self, site: Site) -> Iterator[Scope]:
        """The functions of this file that run when a run comes to a site."""
        names = self._names
        match site:
            case CallSite():
                yield from self.called(site)
                yield from self._handed_over(site)
            case PropertySite(node=node, spot=spot):
                owner = names.class_of(names.name_of(node.value, spot))
                yield from (found for found in [owner and self._property(owner, node.attr)] if found)
            case LambdaSite(scope=scope):
                yield scope

    def _property(self, owner: Scope, name: str) -> Scope | None:
        for scope in self._names.lineage(owner):
            child = scope.children.get(name)
            if child and any((text_of_name(d) or "").endswith("property") for d in child.decorators):
                return child
        return None

    def _handed_over(self, site: CallSite) -> Iterator[Scope]:
        """Functions given to a callee that runs them: threads, executors, `map`; managers entered by `with`."""
        name = self._names.name_of(site.node.func, site.spot) or text_of_name(site.node.func)
        if name is None:
            return
        for key in {name, name.rpartition(".")[2]}:
            if key not in RUNNERS or not ends_with(name, key):
                continue
            position, keyword = RUNNERS[key]
            given = [
                k.value for k in site.node.keywords if k.arg and k.arg in {keyword, "target", "func", "fn"}
            ]
            if position is not None and position < len(site.node.args):
                given.append(site.node.args[position])
            for node in given:
                yield from functions_in(node, site.spot, self._names)
        if (owner := self._names.class_of(name)) is not None and "__enter__" in owner.children:
            yield from (owner.children[m] for m in ("__enter__", "__exit__") if m in owner.children)

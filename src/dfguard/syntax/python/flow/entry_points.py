"""The functions of a file that a framework or platform calls, and the calls and branches that start its service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.python.evaluation.lookup import literal, visible
from dfguard.syntax.python.flow.serving import (
    ARGUMENTS,
    CLASS_DECORATORS,
    CLASSES,
    DECORATORS,
    EVENTS,
    FUNCTIONS,
    ROUTES,
    ends_with,
)
from dfguard.syntax.python.layout.guards import text_of_name
from dfguard.syntax.python.layout.scopes import Assigned, CallSite, Defined, ImportSite, ScopeKind, StoreSite
from dfguard.syntax.python.program import Reach

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from dfguard.syntax.python.evaluation.names import Names
    from dfguard.syntax.python.flow.serving import Methods
    from dfguard.syntax.python.layout.scopes import Branch, Scope, Spot
else:
    import _ast as ast


class Root(Record):
    """A function that is called from outside: by what convention, where that is said, and when."""

    kind: str
    function: Scope
    node: ast.expr | ast.stmt
    reach: Reach


def roots(names: Names) -> Iterator[Root]:
    """All functions of the file that something outside calls; one function may come several times."""
    for scope in names.layout.classes.values():
        yield from _of_class(scope, names)
    for scope in list(names.layout.functions.values()):
        yield from _of_decorators(scope, names)
    packages = {site.module.split(".")[0] for site in names.layout.sites if isinstance(site, ImportSite)}
    yield from _of_functions(names, packages)
    for site in names.layout.sites:
        if isinstance(site, CallSite):
            yield from _of_call(site, names, packages)


def functions_in(node: ast.expr, spot: Spot, names: Names) -> Iterator[Scope]:
    """The functions of this file that an expression stands for: names, lambdas, partials, instances with `__call__`."""
    match node:
        case ast.Lambda():
            yield from (found for found in [names.layout.lambdas.get(node)] if found)
            return
        case ast.IfExp(body=body, orelse=orelse):
            yield from functions_in(body, spot, names)
            yield from functions_in(orelse, spot, names)
            return
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            for element in elements:
                yield from functions_in(element, spot, names)
            return
        case ast.Call(func=function, args=[inner, *_]) if (names.name_of(function, spot) or "").endswith(
            "partial"
        ):
            yield from functions_in(inner, spot, names)
            return
    meant, place = literal(node, spot)
    if meant is not node:
        yield from functions_in(meant, place, names)
        return
    name = names.name_of(node, spot)
    if name and (found := names.layout.functions.get(name) or names.method(name)):
        yield found


def _of_class(scope: Scope, names: Names) -> Iterator[Root]:
    bases = names.bases(scope)
    for service in CLASSES:
        is_named = scope.name in service.names and all(need in scope.children for need in service.needs)
        if is_named or any(_is_base(base, pattern) for base in bases for pattern in service.bases):
            yield from _methods(scope, service, names)
    for decorator in scope.decorators:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = names.name_of(target, scope.spot) if scope.spot else None
        for service in CLASS_DECORATORS:
            if name and any(ends_with(name, pattern) for pattern in service.names):
                yield from _methods(scope, service, names)


def _is_base(base: str, pattern: str) -> bool:
    return ends_with(base, pattern) or (pattern == "Servicer" and base.endswith("Servicer"))


def _methods(scope: Scope, service: Methods, names: Names) -> Iterator[Root]:
    found = {
        name: child
        for owner in reversed(list(names.lineage(scope)))
        for name, child in owner.children.items()
    }
    for name, child in found.items():
        if name in service.start:
            yield Root(service.kind, child, _statement(child), Reach.IMPORT)
        elif name in service.request or ("*" in service.request and not name.startswith("_")):
            yield Root(service.kind, child, _statement(child), Reach.REQUEST)


def _statement(scope: Scope) -> ast.stmt:
    assert isinstance(scope.node, ast.stmt)  # noqa: S101  a method is made by a def
    return scope.node


def _of_decorators(scope: Scope, names: Names) -> Iterator[Root]:
    for decorator in scope.decorators:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = (names.name_of(target, scope.spot) if scope.spot else None) or text_of_name(target)
        if name is None:
            continue
        for pattern, kind, reach in DECORATORS:
            if ends_with(name, pattern):
                yield Root(kind, scope, decorator, reach)
        attribute = name.rpartition(".")[2]
        if not isinstance(decorator, ast.Call) or "." not in name:
            continue
        first = decorator.args[0] if decorator.args else None
        if attribute in ROUTES and (
            _is_path(first) or any(k.arg in {"path", "route", "rule"} for k in decorator.keywords)
        ):
            yield Root("web", scope, decorator, Reach.REQUEST)
        if (
            attribute in {"on_event", "listener"}
            and isinstance(first, ast.Constant)
            and first.value in _STARTING
        ):
            yield Root("web", scope, decorator, Reach.IMPORT)


_STARTING = frozenset(["startup", "before_server_start", "main_process_start"])


def _is_path(node: ast.expr | None) -> bool:
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
        return not isinstance(node, ast.Constant) or str(node.value).startswith("/")
    return (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(("/", "{"))
    )


def _of_functions(names: Names, packages: set[str]) -> Iterator[Root]:
    own = {
        name: bindings[-1].what.scope
        for name, bindings in names.layout.module.bindings.items()
        if isinstance(bindings[-1].what, Defined) and bindings[-1].what.scope.kind is ScopeKind.FUNCTION
    }
    for kind, start, request in FUNCTIONS:
        if kind == "torchserve" and "ts" not in packages:
            continue
        if all(name in own for name in start) and any(name in own for name in request):
            yield from (Root(kind, own[name], _statement(own[name]), Reach.IMPORT) for name in start)
            yield from (Root(kind, own[n], _statement(own[n]), Reach.REQUEST) for n in request if n in own)
    for name, scope in own.items():
        if name == "lambda_handler" or [p.name for p in scope.parameters] == ["event", "context"]:
            yield Root("lambda", scope, _statement(scope), Reach.REQUEST)


def outside(names: Names) -> Iterator[tuple[str, str, ast.expr, Reach]]:
    """Functions of other files that are handed over to be called: convention, dotted name, where, and when."""
    imports = [site.module for site in names.layout.sites if isinstance(site, ImportSite)]
    packages = {module.split(".")[0] for module in imports}
    for site in names.layout.sites:
        if isinstance(site, CallSite):
            for kind, given, place, reach in _given(site, names, packages):
                name = names.name_of(given, place)
                is_own = any(True for _ in functions_in(given, place, names))
                if name and not is_own and name.startswith(tuple(imports)):
                    yield kind, name, site.node, reach


def _of_call(site: CallSite, names: Names, packages: set[str]) -> Iterator[Root]:
    for kind, given, place, reach in _given(site, names, packages):
        yield from (Root(kind, f, site.node, reach) for f in functions_in(given, place, names))


def _given(site: CallSite, names: Names, packages: set[str]) -> Iterator[tuple[str, ast.expr, Spot, Reach]]:
    """The functions that a call hands over to be called: convention, expression, and when."""
    node, spot = site.node, site.spot
    name = names.name_of(node.func, spot) or text_of_name(node.func)
    if name is None:
        return
    if ends_with(name, "serverless.start") and node.args:
        for value, place in _handlers(node.args[0], spot, names):
            yield "runpod", value, place, Reach.REQUEST
    for row in ARGUMENTS.get(name.rpartition(".")[2], ()):
        given = _argument(node, row.position, row.keyword) if ends_with(name, row.pattern) else None
        if given is not None:
            yield row.kind, given, spot, row.reach
    match node:
        case ast.Call(
            func=ast.Attribute(attr="add_event_handler"), args=[ast.Constant(value="startup"), given, *_]
        ):
            yield "web", given, spot, Reach.IMPORT
        case ast.Call(func=ast.Attribute(attr=event)) if event in EVENTS and "gradio" in packages:
            if (given := _argument(node, 0, "fn")) is not None:
                yield "gradio", given, spot, Reach.REQUEST


def _argument(node: ast.Call, position: int | None, keyword: str) -> ast.expr | None:
    for given in node.keywords:
        if given.arg == keyword:
            return given.value
    return node.args[position] if position is not None and position < len(node.args) else None


def _handlers(node: ast.expr, spot: Spot, names: Names) -> Iterator[tuple[ast.expr, Spot]]:
    """What stands under the key `handler` of a dict that is written here, assigned to a variable or filled later."""
    if isinstance(node, ast.Name):
        for site in names.layout.sites:
            match site:
                case StoreSite(
                    target=ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value="handler")),
                    value=ast.expr() as value,
                ) if name == node.id:
                    yield value, site.spot
        for binding in visible(node.id, spot):
            if isinstance(binding.what, Assigned) and not isinstance(binding.what.value, ast.Name):
                yield from _handlers(binding.what.value, binding.spot, names)
        return
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "handler":
                    yield value, spot
                elif key is None:
                    yield from _handlers(value, spot, names)
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            yield from ((keyword.value, spot) for keyword in keywords if keyword.arg == "handler")


_SERVERS: dict[str, tuple[str, ...]] = {
    "run": (
        "uvicorn.run",
        "uvicorn.Server().run",
        "hypercorn.run.run",
        "Flask().run",
        "Quart().run",
        "Sanic().run",
        "FastMCP().run",
        "SocketIO().run",
        "Robyn().run",
        "bottle.run",
        "Bottle().run",
        "LitServer().run",
    ),
    "serve": (
        "uvicorn.Server().serve",
        "waitress.serve",
        "hypercorn.asyncio.serve",
        "hypercorn.trio.serve",
        "Potassium().serve",
    ),
    "run_app": ("web.run_app",),
    "launch": ("Blocks().launch", "Interface().launch", "ChatInterface().launch"),
    "start": ("serverless.start",),
    "serve_forever": ("serve_forever",),
    "wait_for_termination": ("wait_for_termination",),
    "start_consuming": ("start_consuming",),
}
"""Calls that serve until the process is stopped, by the last part of their name. Sources as in `serving`."""


class ServiceStarts:
    """Where the service starts. `own` are the branches of each function with a call that registers what requests run, or
    that serves; a function that only sets something up for it has an empty list.
    """

    def __init__(self, names: Names, roots: Iterable[Root]) -> None:
        calls = {id(root.node): root.reach for root in roots}
        self.own: dict[Scope, list[Branch]] = {}
        self._through: dict[Scope, list[Branch]] = {}
        for site in names.layout.sites:
            if isinstance(site, CallSite):
                serves = _serves(site, names)
                if serves or id(site.node) in calls:
                    branches = self.own.setdefault(site.spot.scope.owner, [])
                    if serves or calls[id(site.node)] is Reach.REQUEST:
                        branches.append(site.spot.branch)

    def follow(self, calls: Iterable[tuple[Scope, Scope, Branch]]) -> None:
        """Take the calls of the file's own functions (caller, callee, where) into account: who calls one that serves, serves."""
        callers: dict[Scope, list[tuple[Scope, Branch]]] = {}
        for caller, callee, branch in calls:
            callers.setdefault(callee, []).append((caller, branch))
        todo = [scope for scope, branches in self.own.items() if branches]
        seen = set(todo)
        while todo:
            for caller, branch in callers.get(todo.pop(), ()):
                self._through.setdefault(caller, []).append(branch)
                if caller not in seen:
                    seen.add(caller)
                    todo.append(caller)

    def are_in(self, branch: Branch, function: Scope) -> bool:
        """Whether the service starts in a branch of a function, or in something that is called there."""
        found = (*self.own.get(function, ()), *self._through.get(function, ()))
        return any(start[: len(branch)] == branch for start in found)


def _serves(site: CallSite, names: Names) -> bool:
    function = site.node.func
    last = str(getattr(function, "attr", None) or getattr(function, "id", ""))
    patterns = _SERVERS.get(last, ())
    if not patterns:
        return False
    name = names.name_of(function, site.spot) or text_of_name(function) or f"?.{last}"
    return any(ends_with(name, pattern) for pattern in patterns)

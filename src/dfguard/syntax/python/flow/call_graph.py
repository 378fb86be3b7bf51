"""Call sites to who calls whom, and from there to when each function runs, under what guards, and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.syntax.python.evaluation.lookup import is_exclusive, literal, visible
from dfguard.syntax.python.flow.conditions import Caches
from dfguard.syntax.python.flow.entry_points import ServiceStarts, functions_in, roots
from dfguard.syntax.python.flow.serving import CACHING, RUNNERS, ends_with
from dfguard.syntax.python.layout.guards import text_of_name
from dfguard.syntax.python.layout.scopes import (
    Assigned,
    CallSite,
    Defined,
    End,
    LambdaSite,
    PropertySite,
    ScopeKind,
)
from dfguard.syntax.python.program import Reach

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

    from dfguard.syntax.python.evaluation.names import Names
    from dfguard.syntax.python.flow.entry_points import Root
    from dfguard.syntax.python.layout.exceptions import Catch, Catching
    from dfguard.syntax.python.layout.scopes import Around, Ending, ImportSite, Scope, Site, Spot
else:
    import _ast as ast


class Callees:
    """The functions of one layout that a site runs: called, handed to a thread, read as a property, entered by `with`."""

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


class Way(Record):
    """What holds on every way to a function, or for a site: see `program.PythonCall`. `is_ending`: the program, or the function
    that starts the service, ends behind it; `is_apart`: whatever starts the service stands in another arm of a test.
    """

    is_cached: bool = False
    is_conditional: bool = False
    is_main: bool | None = None
    catch: Catch | None = None
    test: ast.expr | None = None
    is_ending: bool = False
    is_apart: bool = False

    def meeting(self, other: Way) -> Way:
        """What holds on both ways."""
        return Way(
            self.is_cached and other.is_cached,
            self.is_conditional and other.is_conditional,
            self.is_main if self.is_main is other.is_main else None,
            self.catch if other.catch is not None else None,
            self.test if other.is_conditional else None,
            self.is_ending and other.is_ending,
            self.is_apart and other.is_apart,
        )

    def then(self, other: Way) -> Way:
        """This way and behind it the other."""
        return Way(
            self.is_cached or other.is_cached,
            self.is_conditional or other.is_conditional,
            self.is_main if other.is_main is None else other.is_main,
            other.catch or self.catch,
            other.test or self.test,
            self.is_ending or other.is_ending,
            self.is_apart or other.is_apart,
        )


_FREE = Way()


class Edge(Record):
    """A call of a function of this file at a site."""

    caller: Scope
    callee: Scope
    site: Site


class Flow:
    """When the functions of one layout run. `called` names functions that other files call, and when."""

    def __init__(self, names: Names, catching: Catching, called: Mapping[str, Reach]) -> None:
        self._names = names
        self._catching = catching
        self._caches = Caches(names)
        self._callees = Callees(names)
        self._guards: dict[int, Way] = {}
        self.escaping: set[Scope] = set()
        self._link()
        self.roots: tuple[Root, ...] = tuple(roots(names))
        self._service = ServiceStarts(names, self.roots)
        self._starts = self._given_starts(called)
        self.edges = self._edges()
        self._service.follow(
            (edge.caller, edge.callee, edge.site.spot.branch) for made in self.edges.values() for edge in made
        )
        self.ways = self._reached()
        self._refuse_request_caches()

    def way(self, site: Site) -> tuple[Reach, Way]:
        """When a site runs and what holds for it then."""
        own = self._around(site)
        reached = self.ways.get(site.spot.scope.owner, {})
        request, start = reached.get(Reach.REQUEST), reached.get(Reach.IMPORT)
        if request is not None and not request.then(own).is_cached:
            return Reach.REQUEST, request.then(own)
        if start is not None:
            return Reach.IMPORT, start.then(own)
        if request is not None:
            return Reach.REQUEST, request.then(own)
        return Reach.UNCALLED, replace(own, is_cached=own.is_cached or self._is_kept(site.spot.scope.owner))

    def is_asked(self, site: Site) -> bool:
        """Whether requests come to a site."""
        return Reach.REQUEST in self.ways.get(site.spot.scope.owner, {})

    def is_guarded(self, site: ImportSite) -> bool:
        """Whether the program goes on when the import fails."""
        return self._catching.is_guarded(site.around.attempts, site.spot.scope.owner)

    def _link(self) -> None:
        """Find the callers of each function, then let the names be found again with what they pass."""
        names = self._names
        plain = {
            scope.name.rpartition(".")[2].partition("#")[0]
            for scope in (*names.layout.functions.values(), *names.layout.classes.values())
        }
        callers: dict[Scope, list[CallSite]] = {}
        for site in names.layout.sites:
            if not isinstance(site, CallSite):
                continue
            function = site.node.func
            last = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            home = site.spot.scope.home(last) if isinstance(function, ast.Name) else None
            if last in plain or home is not None:
                for callee in self._callees.called(site):
                    callers.setdefault(callee, []).append(site)
        names.callers = callers
        names.forget()
        called = {site.node.func for sites in callers.values() for site in sites}
        for node, spot, _ in names.layout.uses:
            for binding in visible(node.id, spot) if node not in called and node.id in plain else ():
                if isinstance(binding.what, Defined) and binding.what.scope.kind is ScopeKind.FUNCTION:
                    self.escaping.add(binding.what.scope)

    def _given_starts(self, called: Mapping[str, Reach]) -> list[tuple[Scope, Reach]]:
        functions = self._names.layout.functions
        given = []
        for name, reach in called.items():
            owner = self._names.layout.classes.get(name)
            found = functions.get(name) or (owner and owner.children.get("__init__"))
            given += [(found, reach)] if found else []
        return [
            (self._names.layout.module, Reach.IMPORT),
            *given,
            *((r.function, r.reach) for r in self.roots),
        ]

    def _edges(self) -> dict[Scope, list[Edge]]:
        """The calls each function makes, in the order of the text."""
        found: dict[Scope, list[Edge]] = {}
        handlers = {root.function for root in self.roots}
        for site in self._names.layout.sites:
            caller = site.spot.scope.owner
            for callee in dict.fromkeys(self._callees.run_by(site)):
                is_handed_over = isinstance(site, LambdaSite) and callee in handlers
                if not is_handed_over:
                    found.setdefault(caller, []).append(Edge(caller, callee, site))
        return found

    def _reached(self) -> dict[Scope, dict[Reach, Way]]:
        """For each function and each time it runs, what holds on every way there."""
        ways: dict[Scope, dict[Reach, Way]] = {}
        todo: list[tuple[Scope, Reach]] = []

        def arrive(function: Scope, reach: Reach, way: Way) -> None:
            known = ways.setdefault(function, {})
            met = known[reach].meeting(way) if reach in known else way
            if known.get(reach) != met:
                known[reach] = met
                todo.append((function, reach))

        for function, reach in self._starts:
            arrive(function, reach, _FREE)
        while todo:
            function, reach = todo.pop()
            here = ways[function][reach]
            for edge in self.edges.get(function, ()):
                way = here.then(self._around(edge.site))
                if self._is_caching(edge.callee):
                    way = replace(way, is_cached=True)
                arrive(edge.callee, reach, way)
        return ways

    def _is_kept(self, function: Scope) -> bool:
        """Whether the function, or one around it, keeps what it made, for callers in other files as well."""
        scope: Scope | None = function
        while scope is not None and not self._is_caching(scope):
            scope = scope.parent
        return scope is not None

    def _is_caching(self, function: Scope) -> bool:
        targets = (d.func if isinstance(d, ast.Call) else d for d in function.decorators)
        return any((text_of_name(target) or "").rpartition(".")[2] in CACHING for target in targets)

    def _refuse_request_caches(self) -> None:
        """Take back what an attribute of an instance seemed to cache when each request makes an instance of its own."""
        for owner in self._names.layout.classes.values():
            makers = [site for method in ("__init__", "__new__") for site in self._makers(owner, method)]
            if any(self.way(site)[0] is Reach.REQUEST and not self.way(site)[1].is_cached for site in makers):
                self._caches.short_lived.add(owner)
        if self._caches.short_lived:
            self._guards.clear()
            self.ways = self._reached()

    def _makers(self, owner: Scope, method: str) -> list[CallSite]:
        if method in owner.children:
            return self._names.callers.get(owner.children[method], [])
        return []

    def _around(self, site: Site) -> Way:
        known = self._guards.get(id(site))
        if known is None:
            known = self._guards[id(site)] = self._way_around(site.around, site.spot)
        return known

    def _way_around(self, around: Around, spot: Spot) -> Way:
        return Way(
            any(self._caches.is_cache(subject, spot) for subject in around.missing),
            around.is_conditional,
            around.is_main,
            self._catching.caught(around.attempts, spot.scope.owner) if around.attempts else None,
            around.test,
            self._is_ending(around.ending, spot.scope.owner),
            self._is_apart(spot),
        )

    def _is_ending(self, ending: Ending | None, function: Scope) -> bool:
        """Whether a branch ends the program, or the function that starts the service, before the service starts."""
        if ending is None or (ending.end is End.FUNCTION and function not in self._service.own):
            return False
        return not self._service.are_in(ending.branch, function)

    def _is_apart(self, spot: Spot) -> bool:
        """Whether all that starts the service in this function stands in other arms."""
        starts = self._service.own.get(spot.scope.owner, ())
        return bool(starts) and all(is_exclusive(branch, spot.branch) for branch in starts)

    def in_order(self) -> Iterator[Site]:
        """All sites in the order in which a run comes to them: import, set-up, requests, the rest; each once."""
        by_owner: dict[Scope, list[Site]] = {}
        for site in self._names.layout.sites:
            by_owner.setdefault(site.spot.scope.owner, []).append(site)
        for sites in by_owner.values():
            sites.sort(key=lambda site: site.spot.at)
        calls: dict[int, list[Scope]] = {}
        for edge in (edge for edges in self.edges.values() for edge in edges):
            calls.setdefault(id(edge.site), []).append(edge.callee)
        order = {Reach.IMPORT: 0, Reach.REQUEST: 1, Reach.UNCALLED: 2}
        starts = [scope for scope, _ in sorted(self._starts, key=lambda start: order[start[1]])]
        seen: set[Scope] = set()
        for start in [*starts, *self._names.layout.scopes]:
            if start.owner is not start or start in seen:
                continue
            seen.add(start)
            stack = [iter(by_owner.get(start, ()))]
            while stack:
                reached = next(stack[-1], None)
                if reached is None:
                    stack.pop()
                    continue
                yield reached
                for callee in reversed(calls.get(id(reached), ())):
                    if callee not in seen:
                        seen.add(callee)
                        stack.append(iter(by_owner.get(callee, ())))

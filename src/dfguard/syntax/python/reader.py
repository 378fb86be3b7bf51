"""A snippet to its `Program`: the layout, the names, the flow and the values put together, with spans."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from dfguard.syntax.python.evaluation.names import Names, alternatives
from dfguard.syntax.python.evaluation.values import Values, constants
from dfguard.syntax.python.flow.call_graph import Flow
from dfguard.syntax.python.flow.conditions import needed
from dfguard.syntax.python.flow.entry_points import outside
from dfguard.syntax.python.layout.collector import layout_of
from dfguard.syntax.python.layout.exceptions import Catching
from dfguard.syntax.python.layout.guards import text_of_name
from dfguard.syntax.python.layout.scopes import Assigned, CallSite, ImportSite, ScopeKind, StopSite, StoreSite
from dfguard.syntax.python.program import (
    Argument,
    Constant,
    EntryPoint,
    EnvironmentWrite,
    Import,
    NameUse,
    Pairs,
    Program,
    PythonCall,
    Requirement,
)
from dfguard.syntax.python.tree import Positions
from dfguard.syntax.python.verdict.check import parse

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

    from dfguard.core.source import Span
    from dfguard.syntax.python.layout.scopes import Scope, Site, Spot
    from dfguard.syntax.python.program import Expression, ParsedCode, Reach, Snippet
else:
    import _ast as ast


def read(snippet: Snippet, called: Mapping[str, Reach] | None = None) -> Program:
    """What the code of a snippet does; only the fault when it does not compile, only `unread` when it is left alone.

    `called` names functions (qualified, or classes) that other files call, and when: they count as entries.
    """
    # A tree has no circles to collect, and looking for them takes a third of the time of a large file.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        return _program(snippet, called or {})
    finally:
        if was_collecting:
            gc.enable()


def _program(snippet: Snippet, called: Mapping[str, Reach]) -> Program:
    parsed = parse(snippet.code.value)
    fault = parsed.fault
    if fault is not None and fault.required is not None:
        return Program(snippet.code.source, None, unread=fault.message)
    if parsed.tree is None:
        return Program(snippet.code.source, fault, unread=parsed.unread)
    from dfguard.syntax.python.flow.serving import with_served

    try:
        return with_served(program_of(snippet, parsed, parsed.tree, called))
    except RecursionError:
        return Program(snippet.code.source, None, unread="too deeply nested")


def program_of(
    snippet: Snippet, parsed: ParsedCode, tree: ast.Module, called: Mapping[str, Reach]
) -> Program:
    """The program of a snippet whose code has this tree."""
    reading = _Reading(snippet, parsed, tree, called)
    layout = reading.layout
    imports: list[Import] = []
    calls: list[PythonCall] = []
    writes: list[EnvironmentWrite] = []
    requirements: list[Requirement] = []
    for site in layout.sites:
        match site:
            case CallSite():
                calls.append(reading.call(site))
                writes.extend(reading.writes_of_call(site))
            case ImportSite():
                imports.append(reading.import_(site))
            case StoreSite():
                writes.extend(reading.writes_of_store(site))
            case StopSite():
                requirements.append(reading.requirement(site))
    return Program(
        snippet.code.source,
        None,
        tuple(sorted(imports, key=_place)),
        tuple(sorted(calls, key=_place)),
        tuple(sorted(writes, key=_place)),
        tuple(sorted(layout.functions)),
        reading.exports(),
        tuple(sorted(requirements, key=_place)),
        tuple(dict.fromkeys(reading.entries())),
        tuple(reading.undefined()),
        constants=tuple(reading.constants()),
        results=tuple(reading.results()),
    )


def _place(found: Import | PythonCall | EnvironmentWrite | Requirement) -> tuple[int, int]:
    return found.span.start, found.order


class _Reading:
    """One snippet while it is read."""

    def __init__(
        self, snippet: Snippet, parsed: ParsedCode, tree: ast.Module, called: Mapping[str, Reach]
    ) -> None:
        self._snippet = snippet
        self._code = parsed.code
        self._positions = Positions(parsed.code, parsed.shift)
        self._shift = parsed.shift
        self.layout = layout_of(tree)
        self._names = Names(self.layout)
        self._flow = Flow(self._names, Catching(tree), called)
        self._orders = {id(site): order for order, site in enumerate(self._flow.in_order())}
        orders = {
            site.node: self._orders[id(site)] for site in self.layout.sites if isinstance(site, CallSite)
        }
        self._values = Values(self._names, self._source, orders, self._flow.escaping)

    def _source(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._positions.range(node)
        text = " ".join(self._code[start - self._shift : end - self._shift].split())
        return text if len(text) <= 200 else f"{text[:197]}..."

    def _span(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> Span:
        return self._snippet.code.span(*self._positions.range(node))

    def _function(self, spot: Spot) -> str | None:
        return spot.scope.owner.name or None

    def call(self, site: CallSite) -> PythonCall:
        """The call of a site."""
        reach, way = self._flow.way(site)
        return PythonCall(
            self._called_name(site),
            tuple(self._arguments(site)),
            self._span(site.node),
            self._orders[id(site)],
            reach,
            self._function(site.spot),
            way.catch is not None,
            self._snippet.code.span(*self._positions.range(way.catch.node)) if way.catch else None,
            way.is_conditional,
            way.is_cached,
            site.assigned_to,
            way.catch is not None and way.catch.has_fallback,
            self._source(way.test) if way.test is not None else "",
            way.is_main,
            self._alternatives(site),
            way.is_ending or (way.is_apart and self._flow.is_asked(site)),
            self._flow.is_asked(site),
        )

    def _alternatives(self, site: CallSite) -> tuple[str, ...]:
        name = self._names.name_of(site.node.func, site.spot)
        if name is not None and name.partition("()")[0] not in self.layout.functions:
            return ()
        found = alternatives(site.node.func, site.spot, self._names)
        return found if len(found) > 1 else ()

    def _called_name(self, site: CallSite) -> str:
        function = site.node.func
        if name := self._names.name_of(function, site.spot):
            return name
        if text := text_of_name(function):
            return text
        return f"?.{function.attr}" if isinstance(function, ast.Attribute) else "?"

    def _arguments(self, site: CallSite) -> Iterator[Argument]:
        for position, node in enumerate(site.node.args):
            if isinstance(node, ast.Starred):
                yield Argument(None, "*", self._values.value(node.value, site.spot), self._span(node))
            else:
                yield Argument(position, None, self._values.value(node, site.spot), self._span(node))
        for keyword in site.node.keywords:
            value = self._values.value(keyword.value, site.spot)
            yield Argument(None, keyword.arg or "**", value, self._span(keyword))

    def import_(self, site: ImportSite) -> Import:
        """The import of a site."""
        reach, way = self._flow.way(site)
        around = site.around
        return Import(
            site.module,
            site.name,
            site.alias,
            self._span(site.node),
            self._orders[id(site)],
            reach,
            self._flow.is_guarded(site),
            way.is_conditional,
            around.is_typing,
            way.is_main,
            self._function(site.spot),
        )

    def _write(
        self, site: Site, node: ast.expr | ast.stmt, name: Expression, value: Expression, *, is_default: bool
    ) -> Iterator[EnvironmentWrite]:
        if not isinstance(name, Constant) or not isinstance(name.value, str):
            return
        reach, way = self._flow.way(site)
        yield EnvironmentWrite(
            name.value,
            value,
            self._span(node),
            self._orders[id(site)],
            reach,
            is_default,
            way.is_conditional,
            self._function(site.spot),
            way.is_main,
            self._source(way.test) if way.test is not None else "",
        )

    def writes_of_store(self, site: StoreSite) -> Iterator[EnvironmentWrite]:
        """The environment variable that `os.environ[name] = value` or its deletion writes."""
        if self._names.name_of(site.target.value, site.spot) != "os.environ":
            return
        name = self._values.value(site.target.slice, site.spot)
        value = self._values.value(site.value, site.spot) if site.value is not None else Constant(None)
        yield from self._write(site, site.node, name, value, is_default=False)

    def writes_of_call(self, site: CallSite) -> Iterator[EnvironmentWrite]:
        """The environment variables that a method of `os.environ`, or `os.putenv`, writes."""
        node, spot = site.node, site.spot
        called = self._names.name_of(node.func, spot)
        given = [self._values.value(argument, spot) for argument in node.args] if called in _WRITERS else []
        match called, given:
            case "os.environ.setdefault", [name, value]:
                yield from self._write(site, node, name, value, is_default=True)
            case "os.putenv", [name, value]:
                yield from self._write(site, node, name, value, is_default=False)
            case (("os.environ.pop" | "os.unsetenv"), [name, *_]):
                yield from self._write(site, node, name, Constant(None), is_default=False)
            case "os.environ.update", _:
                pairs = given[0].pairs if given and isinstance(given[0], Pairs) else ()
                for name, value in pairs:
                    yield from self._write(site, node, name, value, is_default=False)
                for keyword in node.keywords:
                    if keyword.arg:
                        value = self._values.value(keyword.value, spot)
                        yield from self._write(site, node, Constant(keyword.arg), value, is_default=False)

    def requirement(self, site: StopSite) -> Requirement:
        """What must hold for the program to go on past a site."""
        reach, way = self._flow.way(site)
        return Requirement(
            tuple(dict.fromkeys(needed(site.test, site.goes_on_if, site.spot, self._names))),
            self._source(site.test),
            self._span(site.node),
            self._orders[id(site)],
            reach,
            way.catch is not None,
            way.is_conditional,
            self._function(site.spot),
            way.is_main,
        )

    def entries(self) -> Iterator[EntryPoint]:
        """The functions that frameworks and platforms call; those of other files have their dotted names."""
        for root in self._flow.roots:
            yield EntryPoint(root.kind, root.function.name, self._span(root.node), root.reach)
        for kind, name, node, reach in outside(self._names):
            yield EntryPoint(kind, name, self._span(node), reach)

    def exports(self) -> tuple[str, ...]:
        """The names other modules can import."""
        bindings = self.layout.module.bindings
        star = ("*",) if self.layout.star_modules else ()
        match bindings.get("__all__"):
            case [binding] if isinstance(binding.what, Assigned):
                listed = getattr(binding.what.value, "elts", ())
                names = [getattr(element, "value", None) for element in listed]
                if names and all(isinstance(name, str) for name in names):
                    return (*sorted(str(name) for name in names), *star)
        return (*sorted(bindings), *star)

    def constants(self) -> Iterator[tuple[str, Expression]]:
        """What other modules can read of its values."""
        yield from constants(self.layout, self._values)

    def results(self) -> Iterator[tuple[str, str]]:
        """The functions and variables of the module that give an instance."""
        for name, function in self.layout.functions.items():
            found = self._names.returned(function) if "." not in name else None
            if found is not None and found.endswith("()"):
                yield name, found
        for name, bindings in self.layout.module.bindings.items():
            values = [(b.what.value, b.spot) for b in bindings if isinstance(b.what, Assigned)]
            found = self._names.name_of(*values[-1]) if values else None
            if found is not None and found.endswith("()"):
                yield name, found

    def undefined(self) -> Iterator[NameUse]:
        """Names that are read and bound nowhere; none when a star import or `exec` could bind any."""
        if self.layout.star_modules or self.layout.is_open:
            return
        for node, spot, around in self.layout.uses:
            if around.attempts or around.is_typing or spot.scope.home(node.id) is not None:
                continue
            if _is_deleted_class_cell(node.id, spot.scope):
                continue
            start, end = self._positions.range(node)
            if not any(low < end and start < high for low, high in self._snippet.holes):
                yield NameUse(node.id, self._snippet.code.span(start, end))


def _is_deleted_class_cell(name: str, scope: Scope) -> bool:
    """Whether a name is one the compiler provides: `__class__` in methods, `__module__` and such in class bodies."""
    return name in {"__class__", "__module__", "__qualname__"} and (
        scope.kind is ScopeKind.CLASS or scope.enclosing_method is not None
    )


_WRITERS = frozenset(
    ["os.environ.setdefault", "os.putenv", "os.environ.pop", "os.unsetenv", "os.environ.update"]
)

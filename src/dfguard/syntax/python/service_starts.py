"""The calls of a file to the functions and branches that start its service: what ends there has served before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.guards import text_of_name
from dfguard.syntax.python.program import Reach
from dfguard.syntax.python.scopes import CallSite
from dfguard.syntax.python.serving import ends_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dfguard.syntax.python.call_graph import Edge
    from dfguard.syntax.python.entry_points import Root
    from dfguard.syntax.python.names import Names
    from dfguard.syntax.python.scopes import Branch, Scope


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

    def follow(self, edges: Mapping[Scope, Iterable[Edge]]) -> None:
        """Take the calls of the file's own functions into account: who calls one that serves, serves."""
        callers: dict[Scope, list[tuple[Scope, Branch]]] = {}
        for caller, calls in edges.items():
            for edge in calls:
                callers.setdefault(edge.callee, []).append((caller, edge.site.spot.branch))
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

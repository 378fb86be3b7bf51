"""The API table with look-ups: what callables accept, which names are gone, what modules hold."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.knowledge.tables import Tables

if TYPE_CHECKING:
    from dfguard.knowledge.api import Callee, Gone


class Callables(Tables):
    """The look-ups of the API table; it is read when a name of one of its modules is asked for."""

    @cached_property
    def _callees(self) -> dict[str, tuple[Callee, ...]]:
        found: dict[str, tuple[Callee, ...]] = {}
        for callee in self.api.calls:
            for name in callee.names:
                found[name] = (*found.get(name, ()), callee)
        return found

    def callees(self, name: str) -> tuple[Callee, ...]:
        """What is known of the keywords of a callable with that resolved dotted name, once per distribution that has it."""
        if name.partition(".")[0] not in self.api_modules:
            return ()
        return self._callees.get(name, ())

    @cached_property
    def _gone(self) -> dict[str, tuple[Gone, ...]]:
        found: dict[str, tuple[Gone, ...]] = {}
        for gone in self.api.gone:
            found[gone.name] = (*found.get(gone.name, ()), gone)
        return found

    def gone(self, name: str) -> tuple[Gone, ...]:
        """The ranges of versions without a dotted name, or without something above it."""
        if name.partition(".")[0] not in self.api_modules:
            return ()
        parts = name.split(".")
        return tuple(g for n in range(2, len(parts) + 1) for g in self._gone.get(".".join(parts[:n]), ()))

    def missing_export(self, module: str, name: str) -> tuple[Gone, ...]:
        """The versions in which a name surely cannot be imported from a module, and the module of the library that has it."""
        if module.partition(".")[0] not in self.api_modules:
            return ()
        rows = [row for row in self.api.modules if row.name == module]
        if not rows or not name.isidentifier() or name.startswith("__"):
            return ()
        if any(name in row.exports for row in rows):
            return ()
        from dfguard.knowledge.api import Gone

        others = (row.name for row in self.api.modules if name in row.exports)
        instead = next(
            (f"{other}.{name}" for other in others if other.partition(".")[0] == module.partition(".")[0]), ""
        )
        return tuple(
            Gone(
                row.source,
                row.checked,
                row.status,
                row.id,
                f"{module}.{name}",
                row.distribution,
                row.newest,
                row.versions,
                instead,
            )
            for row in rows
        )

    @cached_property
    def api_modules(self) -> frozenset[str]:
        """The top-level modules that the API table speaks of, so that others need not read it."""
        found: tuple[str, ...] = self._read("api_modules")
        return frozenset(found)

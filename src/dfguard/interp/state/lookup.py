"""A build state to the variables an instruction sees: ENV and ARG together, the last writer first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.values import Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.state.model import BuildState


class Table(Record):
    """The variables of a state, not to be changed: values by name, the names that ARG declares, and all names."""

    values: dict[str, Value]
    declared: frozenset[str]
    names: frozenset[str]


_recent: list[tuple[tuple[object, object, object], Table]] = []
_MOST_RECENT = 4


def table_of(state: BuildState) -> Table:
    """The variables of the state. States follow each other with the same ones, which are gathered once."""
    parts = (state.build_environment, state.environment.variables, state.arguments)
    for (build, variables, arguments), table in _recent:
        if build is parts[0] and variables is parts[1] and arguments is parts[2]:
            return table
    if state.build_environment:
        values = dict(state.build_environment)
    else:
        values = {name: variable.value for name, variable in state.environment.variables}
        values |= {name: value for name, value in state.arguments if value is not None}
    declared = frozenset(dict(state.arguments))
    table = Table(values, declared, declared.union(values))
    _recent[:] = [(parts, table), *_recent[: _MOST_RECENT - 1]]
    return table


def build_variables(state: BuildState) -> dict[str, Value]:
    """Every variable that is set while the stage is built, by name; the dictionary is the caller's."""
    return dict(table_of(state).values)


def build_lookup(state: BuildState) -> Callable[[str], Value | None]:
    """How BuildKit looks a variable up: None when it is not set, Unknown when the base image may set it."""
    table = table_of(state)

    def look(name: str) -> Value | None:
        if name in table.values:
            return table.values[name]
        if state.environment.may_hold(name) and name not in table.declared:
            return Unknown(f"the base image may set {name}")
        return None

    return look

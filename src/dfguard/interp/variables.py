"""A build state to the variables an instruction sees: ENV and ARG together, the last writer first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.values import Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.state import BuildState


def build_variables(state: BuildState) -> dict[str, Value]:
    """Every variable that is set while the stage is built, by name."""
    if state.build_environment:
        return dict(state.build_environment)
    found = {name: variable.value for name, variable in state.environment.variables}
    return found | {name: value for name, value in state.arguments if value is not None}


def build_lookup(state: BuildState) -> Callable[[str], Value | None]:
    """How BuildKit looks a variable up: None when it is not set, Unknown when the base image may set it."""
    variables = build_variables(state)
    declared = {name for name, _ in state.arguments}

    def look(name: str) -> Value | None:
        if name in variables:
            return variables[name]
        if state.environment.may_hold(name) and name not in declared:
            return Unknown(f"the base image may set {name}")
        return None

    return look

"""The variables a step sees: what is set, by whom, and whether there may be others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.knowledge.patterns import glob_matches

if TYPE_CHECKING:
    from dfguard.interp.values import Value


class Variable(Record):
    """One variable of the environment: its value and who set it (`binding` is the last in `value.because`)."""

    name: str
    value: Value
    is_argument: bool = False


class Environment(Record):
    """Variables by name, in the order they were first set. `is_open`: the base image may hold any others; `patterns`:
    names (with `*`) that it holds, or may hold, with values that we do not know.
    """

    variables: tuple[tuple[str, Variable], ...] = ()
    is_open: bool = False
    patterns: tuple[str, ...] = ()

    def may_hold(self, name: str) -> bool:
        """Whether a variable that is not among ours may be set all the same."""
        return self.is_open or any(glob_matches(pattern, name) for pattern in self.patterns)

    def get(self, name: str) -> Variable | None:
        """The variable, None when it is not set as far as we know (see `is_open`)."""
        return dict(self.variables).get(name)

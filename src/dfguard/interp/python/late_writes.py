"""Variables that a program sets after the import that reads them, and whether that surely changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.values import known
from dfguard.syntax.python.program import EnvironmentRead

if TYPE_CHECKING:
    from dfguard.interp.values import Value
    from dfguard.syntax.python.program import EnvironmentWrite


def is_in_vain(item: EnvironmentWrite, seen: Value | None, value: Value | None) -> bool:
    """Whether a write after the import asks for another value than `seen`, by which the library goes.

    Where the variable is set, a write under a test of that very variable is taken for one that leaves it alone.
    """
    if seen is None and value is None:
        return False
    if seen is not None and item.is_conditional and item.name in item.condition:
        return False
    return (
        known(seen) != known(value) or known(seen) is None if seen and value else not _is_off(seen or value)
    )


def is_certainly_so(item: EnvironmentWrite, seen: Value | None, value: Value | None) -> bool:
    """Whether the write asks for another value wherever it happens: a conditional one gives a path that
    is written out (a switch may be meant for another build), and its condition is no test whether there is a value.
    """
    if not item.is_conditional:
        return True
    is_open = bool(item.condition) and not item.condition.startswith("not ")
    is_path = value is not None and "/" in (known(value) or "")
    return is_path and (seen is None or is_open)


def _is_off(value: Value | None) -> bool:
    """Whether a switch is written out as what it is without being set."""
    return value is not None and (known(value) or "").lower() in {"0", "false", "no", "off"}


def is_itself(write: EnvironmentWrite) -> bool:
    """Whether a variable is set to the value it has: `os.environ["X"] = os.environ.get("X")`."""
    value = write.value
    return isinstance(value, EnvironmentRead) and value.name == write.name and value.default is None

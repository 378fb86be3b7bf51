"""Commands we do not know: whether they can be run at all, and what they may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.shell.reach import unmodelled
from dfguard.interp.shell.state import Outcome, Shell
from dfguard.interp.values import EMPTY, Unknown, known

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Call


SETTERS = frozenset(["mapfile", "readarray", "coproc", "select"])
"""Builtins of bash that set variables, and are not followed."""


def unknown_command(call: Call) -> Outcome:
    """A command without a transfer function: what it may write is said in `reach`, how it ends is not known."""
    unmodelled(call)
    if call.tool in SETTERS:
        call.shell.is_open = True
    return Outcome(None)


def missing_program(name: str, shell: Shell) -> str:
    """Why a program surely cannot be run; empty when it may be there."""
    if "/" in name:
        folder = known(shell.cwd)
        if folder is None:
            return ""
        entry = shell.files.resolve(paths.clean(name, folder))
        return f"there is no {name}" if entry.presence is Presence.ABSENT else ""
    search = known(shell.variables.get("PATH", EMPTY if not shell.is_open else Unknown("")))
    if search is None:
        return ""
    for folder in search.split(":"):
        if not folder.startswith("/"):
            return ""
        if shell.files.resolve(f"{folder}/{name}").presence is not Presence.ABSENT:
            return ""
    return f"there is no {name} on PATH"

"""Commands we do not know: whether they can be run at all, and what they may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import entries, paths
from dfguard.interp.shell.state import Outcome, Shell
from dfguard.interp.state.model import EntryKind, Presence
from dfguard.interp.values import EMPTY, Unknown, known

if TYPE_CHECKING:
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.shell.call import Call


def unknown_command(call: Call) -> Outcome:
    """A command we do not know: the paths it names may be written, new names beside a file that it names (`ssh-keygen -f
    key` makes key.pub, too), and where it stands; nothing else.
    """
    why = f"{call.tool} may have made it"
    for operand in call.operands(call.arguments):
        text = operand.text or ""
        if operand.path is None or (text.startswith("-") and "=/" not in text):
            continue
        path = operand.path
        if "=/" in text:
            path = paths.clean(text.partition("=")[2])
        if path != "/" and ("/" in text or call.files.look(path).presence is not Presence.ABSENT):
            if "=/" not in text and call.files.look(path).presence is Presence.ABSENT:
                call.files = call.files.haze(paths.parent(path), why, is_shallow=True)
            call.files = touched(call.files, path, why)
    folder = known(call.shell.cwd)
    if folder is not None:
        call.files = call.files.haze(folder, why, is_shallow=folder == "/")
    return Outcome(None)


def touched(files: FileSystem, path: str, why: str) -> FileSystem:
    """The files when something unknown may have been written at a path or below it."""
    entry = files.raw(files.real(path))
    if entry.presence is Presence.ABSENT:
        files = files.added(entry.path, entries.uncertain(entry.path, why))
    elif entry.kind is EntryKind.FILE and entry.presence is Presence.PRESENT:
        return files.added(entry.path, replace(entry, content=None, size=None, context_path=None, mode=None))
    return files.haze(path, why, overwrites=True)


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

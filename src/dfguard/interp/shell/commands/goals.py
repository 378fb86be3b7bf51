"""The last argument of cp, mv, install and rsync to the place where copies go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, expected
from dfguard.interp.filesystem.paths import USUAL_DIRECTORIES

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Call, Operand
    from dfguard.interp.shell.getopt import Parsed


class Goal(Record):
    """Where copies go. `is_directory`: into it; None when not known. `real` is its real path."""

    operand: Operand
    real: str
    is_directory: bool | None


def goal_of(call: Call, operand: Operand, *, is_forced: bool = False, is_plain: bool = False) -> Goal | None:
    """The destination; `is_forced`: it must be a directory, `is_plain`: it is never looked into. None when unknown."""
    if operand.path is None:
        call.blur(operand, operand.why)
        call.unsure()
        return None
    entry = expected(call.files.resolve(operand.path))
    real = entry.path if entry.presence is not Presence.ABSENT else call.files.real(operand.path)
    if is_plain:
        return Goal(operand, real, is_directory=False)
    is_directory: bool | None = None
    if entry.presence is Presence.PRESENT and entry.kind is not EntryKind.UNKNOWN:
        is_directory = entry.kind is EntryKind.DIRECTORY
    elif entry.presence is Presence.ABSENT:
        is_directory = False
    elif operand.has_slash or is_forced or real in USUAL_DIRECTORIES:
        is_directory = True
    if is_directory is False and (is_forced or (operand.has_slash and entry.presence is Presence.PRESENT)):
        call.fail(f"{operand.text} is no directory")
        return None
    return Goal(operand, real, is_directory)


def split(call: Call, parsed: Parsed) -> tuple[list[Operand], Operand | None]:
    """Sources and destination, with `-t` taken into account."""
    target = parsed.value("t")
    found = list(call.operands(parsed.operands))
    if target is not None:
        return found, call.operand(target)
    return (found[:-1], found[-1]) if len(found) > 1 else (found, None)


def base_of(source: Operand, entry: Entry) -> str:
    """The name a source gets inside a directory: the last part of what is written, else of where it is."""
    text = (source.text or entry.path).rstrip("/")
    return paths.name(paths.clean("/" + text)) if text else ""

"""`install`: files copied with the owner and the mode that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.shell.commands.goals import base_of, goal_of, split
from dfguard.interp.shell.commands.placing import Style, place_file, place_unseen
from dfguard.interp.shell.file_actions import (
    DIRECTORY_BITS,
    make_directory,
    maker,
)
from dfguard.interp.shell.registry import command

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Call
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


@command("install")
def install(call: Call) -> Outcome:
    """`install [-m mode] [-o owner] [-D] file... destination`, `install -d dir...`."""
    parsed = call.options(
        "d,directory D m=,mode= o=,owner= g=,group= t=,target-directory= T,no-target-directory v,verbose C c p s b"
    )
    text = parsed.text("m")
    bits = ModeChange(text).applied(0, is_directory=False) if text else 0o755
    if parsed.has("d"):
        for operand in call.operands(parsed.operands):
            make_directory(call, operand, parents=True)
            _attributes(call, operand.path, parsed, bits)
        return call.outcome()
    sources, last = split(call, parsed)
    if last is None or last.path is None:
        call.unsure()
        return call.outcome()
    if parsed.has("D"):
        folder = last.path if parsed.has("t") else paths.parent(last.path)
        who = maker(call.shell, folder, last.place, last.because)
        call.apply(last, lambda files: files.make_directory(folder, who, DIRECTORY_BITS & ~call.shell.umask))
    goal = goal_of(call, last, is_forced=len(sources) > 1 or parsed.has("t"), is_plain=parsed.has("T"))
    for source in sources if goal is not None else ():
        entry = call.files.resolve(source.path) if source.path else None
        if (
            entry is None
            or entry.presence is not Presence.PRESENT
            or goal is None
            or goal.is_directory is None
        ):
            if entry is not None and entry.presence is Presence.ABSENT:
                call.fail(f"{source.text} does not exist")
            else:
                place_unseen(call, source, goal)
            continue
        target = paths.below(goal.real, base_of(source, entry)) if goal.is_directory else goal.real
        call.files = (
            call.files.remove(target)
            if call.files.look(target).kind is not EntryKind.DIRECTORY
            else call.files
        )
        place_file(call, entry, target, goal, Style())
        _attributes(call, target, parsed, bits)
    return call.outcome()


def _attributes(call: Call, path: str | None, parsed: Parsed, bits: int | None) -> None:
    entry = call.files.resolve(path) if path else None
    if entry is None or entry.presence is not Presence.PRESENT:
        return
    owner = entry.owner
    if parsed.has("o") or parsed.has("g"):
        from dfguard.interp.filesystem.accounts import owner_of

        user, group = parsed.text("o"), parsed.text("g")
        named = owner_of(f"{user or '0'}:{group or '0'}", call.files.accounts)
        owner = named if (user or not parsed.has("o")) and (group or not parsed.has("g")) else None
    call.files = call.files.put(replace(entry, owner=owner, mode=bits))

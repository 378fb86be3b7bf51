"""One entry of the image to its copy, its move or its link at another path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.permissions import writable
from dfguard.interp.reasons import NOTHING, Cause, because, sentence
from dfguard.interp.shell.commands.folders import place_directory
from dfguard.interp.shell.commands.goals import Goal, base_of
from dfguard.interp.shell.file_actions import (
    FILE_BITS,
    maker,
    put_link,
    remove,
    write_file,
)

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Call, Operand


class Style(Record):
    """How things are copied. `keeps`: owner and mode as they were; `follows`: links named are followed, `resolves`: those
    inside directories as well; `links` `hard` or `symbolic` instead of copies; `drops_modes`: as if newly made.
    """

    is_recursive: bool = False
    keeps: bool = False
    follows: bool = True
    never_replaces: bool = False
    moves: bool = False
    links: str = ""
    keeps_parents: bool = False
    resolves: bool = False
    drops_modes: bool = False


def place_unseen(call: Call, source: Operand, goal: Goal | None) -> None:
    """Something unknown is copied: anything may be at the destination."""
    call.unsure(source.why)
    if goal is not None:
        why = because(Cause.PUT, call.tool, source.why)
        call.files = call.files.havoc(goal.real, why, overwrites=True)
        call.wrote(goal.real, goal.operand)


def place_maybe(call: Call, source: Operand, entry: Entry, goal: Goal | None, style: Style) -> None:
    """The source may be there, or may be file or directory: so may its copy."""
    if source.is_certain and entry.presence is Presence.MAYBE:
        call.unsure()
    if goal is None:
        return
    if goal.is_directory is None and source.is_certain and entry.presence is Presence.PRESENT:
        _place_at_or_in(call, goal)
        if style.moves:
            remove(call, source, entry.path)
        return
    target = goal.real if goal.is_directory is False else paths.below(goal.real, base_of(source, entry))
    there = call.files.raw(target)
    why = entry.why or because(Cause.KIND, entry.path, "is a file or")
    is_there = entry.presence is Presence.PRESENT and goal.is_directory is not None
    presence = Presence.PRESENT if there.presence is Presence.PRESENT or is_there else Presence.MAYBE
    copied = Entry(
        target, EntryKind.UNKNOWN, presence, written_by=goal.operand.place, why=NOTHING if is_there else why
    )
    if style.moves and is_there:
        copied = replace(copied, owner=entry.owner, mode=entry.mode)
    call.files = call.files.put(replace(copied, because=goal.operand.because))
    inside = because(Cause.PUT, call.tool, sentence(entry.why)) if entry.why else why
    call.files = call.files.havoc_below(target, inside, overwrites=True)
    if goal.is_directory is None:
        call.files = call.files.havoc_below(goal.real, inside, overwrites=True)
    call.wrote(target, goal.operand)
    if style.moves:
        remove(call, source, entry.path)


def _place_at_or_in(call: Call, goal: Goal) -> None:
    """Something is copied to what may be a directory: afterwards there is something at the destination, the copy itself
    or the directory that holds it.
    """
    why = because(Cause.KIND, goal.real, "was")
    there = call.files.raw(goal.real)
    user = call.user
    if user is None or writable(call.files, paths.parent(goal.real), user).presence is not Presence.PRESENT:
        call.unsure()
    if there.presence is not Presence.PRESENT:
        made = Entry(goal.real, EntryKind.UNKNOWN, Presence.PRESENT, written_by=goal.operand.place)
        call.files = call.files.put(replace(made, because=goal.operand.because))
    call.files = call.files.havoc_below(goal.real, why, overwrites=True)
    call.wrote(goal.real, goal.operand)


def place(call: Call, source: Operand, entry: Entry, goal: Goal | None, style: Style) -> None:
    """Copy or move one entry that is there to where it goes; marks the call as failing where the command fails."""
    if goal is None:
        return
    if entry.kind is EntryKind.DIRECTORY and not style.is_recursive:
        call.fail(f"{source.text} is a directory and -r is missing")
        return
    text = source.text or ""
    is_content = text in (".", "..") or text.endswith(("/.", "/.."))
    if goal.is_directory is None:
        place_maybe(call, source, entry, goal, style)
        return
    inside = goal.is_directory and not is_content
    target = paths.below(goal.real, base_of(source, entry)) if inside else goal.real
    if goal.operand.has_slash and not goal.is_directory and entry.kind is not EntryKind.DIRECTORY:
        call.fail(f"{goal.operand.text} is no directory")
        return
    if style.keeps_parents and inside:
        target = _below_parents(call, source, entry, goal)
    if style.moves and not _may_move(call, source, entry, target):
        return
    is_done = True
    if entry.kind is EntryKind.DIRECTORY:
        place_directory(call, entry, target, goal, style)
    elif entry.kind is EntryKind.LINK:
        _link(call, entry, target, goal, style)
    elif style.links:
        _linked(call, source, entry, target, goal, style)
    else:
        is_done = place_file(call, entry, target, goal, style)
    if style.moves and is_done and call.status != 1:
        remove(call, source, entry.path)


def _linked(call: Call, source: Operand, entry: Entry, target: str, goal: Goal, style: Style) -> None:
    """`cp -l` and `cp -s`: a hard or symbolic link instead of a copy."""
    operand = replace(goal.operand, path=target)
    if call.files.look(target).presence is Presence.PRESENT:
        call.fail(f"{target} is there")
    elif style.links == "symbolic":
        put_link(call, operand, target, source.text or entry.path)
    else:
        call.files = call.files.put(replace(entry, path=target, written_by=goal.operand.place))
        call.wrote(target, operand)


def _below_parents(call: Call, source: Operand, entry: Entry, goal: Goal) -> str:
    """`cp --parents`: the directories of the source are made below the destination."""
    target = paths.clean((source.text or entry.path).lstrip("/"), goal.real)
    who = maker(call.shell, target, goal.operand.place, goal.operand.because)
    above = [folder for folder in paths.ancestors(target) if paths.is_below(folder, goal.real)]
    for folder in reversed(above):
        mode = call.files.resolve(paths.clean(paths.relative(folder, goal.real))).mode
        call.files = call.files.make_directory(folder, who, mode)
    return target


def _may_move(call: Call, source: Operand, entry: Entry, target: str) -> bool:
    if entry.path == target or paths.is_at_or_below(target, entry.path):
        call.fail(f"{source.text} cannot be moved into itself")
        return False
    there = call.files.look(target)
    if entry.kind is EntryKind.DIRECTORY and there.presence is Presence.PRESENT:
        is_empty = there.kind is EntryKind.DIRECTORY and not call.files.children(target)
        if not is_empty or call.files.unlisted(target).presence is not Presence.ABSENT:
            call.fail(f"{target} is there")
            return False
    return True


def _link(call: Call, entry: Entry, target: str, goal: Goal, style: Style) -> None:
    there = call.files.look(target)
    if there.presence is Presence.PRESENT and there.kind is EntryKind.DIRECTORY:
        call.fail(f"{target} is a directory")
        return
    if there.presence is Presence.PRESENT and style.never_replaces:
        return
    put_link(call, replace(goal.operand, path=target), target, entry.target or "")
    if style.keeps:
        call.files = call.files.put(replace(call.files.look(target), owner=entry.owner))


def place_file(call: Call, entry: Entry, target: str, goal: Goal, style: Style) -> bool:
    """Whether the file was copied."""
    there = call.files.look(target)
    if there.kind is EntryKind.LINK and there.presence is Presence.PRESENT and style.moves:
        call.files = call.files.remove(target)
        there = call.files.look(target)
    if style.never_replaces and there.presence is Presence.PRESENT:
        return False
    if there.kind is EntryKind.LINK and call.files.resolve(target).presence is Presence.ABSENT:
        call.fail(f"{target} is a dangling link")
        return False
    content = call.files.look(entry.path).content
    operand = replace(goal.operand, path=target)
    mode = FILE_BITS if entry.mode is None else entry.mode & 0o777
    if style.moves and there.presence is Presence.PRESENT and there.kind is EntryKind.FILE:
        call.files = call.files.remove(target)
    if write_file(call, operand, content, size=entry.size, mode=mode) is False:
        return False
    real = call.files.real(target)
    made = call.files.raw(real)
    made = replace(made, context_path=entry.context_path, content=made.content, size=entry.size)
    if style.keeps:
        made = replace(made, owner=entry.owner, mode=entry.mode)
    elif entry.mode is None and there.presence is not Presence.PRESENT:
        made = replace(made, mode=None)
    if made.presence is Presence.PRESENT:
        call.files = call.files.put(made)
    return True

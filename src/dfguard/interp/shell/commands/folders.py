"""A directory of the image to its copy: merged with what is there, links followed where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.events import Layer
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.filesystem.trees import FileTree, copy_tree, walk
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.file_actions import (
    DIRECTORY_BITS,
    maker,
    may_make,
    owner_in,
    soften,
)

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Call
    from dfguard.interp.shell.commands.goals import Goal
    from dfguard.interp.shell.commands.placing import Style


def place_directory(call: Call, entry: Entry, target: str, goal: Goal, style: Style) -> None:
    """Copy a directory to `target`, made or merged with; marks the call as failing where the command fails."""
    there = call.files.resolve(target)
    if there.presence is Presence.PRESENT and there.kind is EntryKind.FILE:
        call.fail(f"{target} is a file")
        return
    is_new = there.presence is Presence.ABSENT
    if is_new:
        access = may_make(call.shell, target, call.walk.read_only)
        if access.presence is Presence.ABSENT:
            call.fail(access.why)
            return
        if access.presence is Presence.MAYBE:
            call.unsure()
    tree = FileTree(call.files, entry.path)
    who = maker(call.shell, target, goal.operand.place, goal.operand.because)
    mode = None if entry.mode is None else entry.mode & 0o777 & ~call.shell.umask
    change = masked(call.shell.umask)
    if style.drops_modes:
        mode, change = DIRECTORY_BITS & ~call.shell.umask, ModeChange("a=rX,u+w")
    if style.keeps:
        who, mode = replace(who, owner=entry.owner), entry.mode
    call.apply(goal.operand, lambda files: files.make_directory(target, who, mode))
    if style.keeps and not is_new:
        made = call.files.resolve(target)
        call.files = call.files.put(replace(made, owner=entry.owner, mode=entry.mode))
    layer = Layer(
        tree,
        None if style.keeps else owner_in(call.shell, target) or "?:?",
        None if style.keeps else change,
        goal.operand.place,
        goal.operand.because,
        keeps_existing=not style.keeps,
    )
    call.apply(goal.operand, lambda files: copy_tree(files, target, layer))
    if style.resolves:
        _resolve_inside(call, entry.path, target, layer)
    call.wrote(target, goal.operand)


def _resolve_inside(call: Call, source: str, target: str, layer: Layer) -> None:
    """`cp -rL`: what links inside the directory point to is copied in their place."""
    for found in list(walk(call.files, target)):
        if found.kind is not EntryKind.LINK:
            continue
        real = call.files.resolve(paths.below(source, paths.relative(found.path, target)))
        if real.kind is EntryKind.FILE and real.presence is Presence.PRESENT:
            mode = layer.mode.applied(real.mode, is_directory=False) if layer.mode else real.mode
            copied = replace(real, path=found.path, owner=layer.owner or real.owner, mode=mode)
            call.files = call.files.put(replace(copied, written_by=layer.written_by))
        elif real.kind is EntryKind.DIRECTORY and real.presence is Presence.PRESENT:
            mode = layer.mode.applied(real.mode, is_directory=True) if layer.mode else real.mode
            tree = replace(layer, tree=FileTree(call.files, real.path))
            made = Entry(found.path, EntryKind.DIRECTORY, Presence.PRESENT, layer.owner or real.owner, mode)
            call.files = copy_tree(call.files.put(made), found.path, tree)
        else:
            soften(call, found.path, because(Cause.LINKED))


def masked(umask: int) -> ModeChange:
    """The change that takes away what the umask forbids, and the bits beyond the nine."""
    parts = ["ug-s,-t"]
    for letter, shift in (("u", 6), ("g", 3), ("o", 0)):
        bits = umask >> shift & 7
        if bits:
            parts.append(
                f"{letter}-{''.join(b for b, value in (('r', 4), ('w', 2), ('x', 1)) if bits & value)}"
            )
    return ModeChange(",".join(parts))

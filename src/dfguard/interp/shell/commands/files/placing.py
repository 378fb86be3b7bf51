"""The place where copies go, and one entry or directory of the image to its copy, its move or its link there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, expected
from dfguard.interp.filesystem.events import Layer
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.filesystem.paths import USUAL_DIRECTORIES
from dfguard.interp.filesystem.permissions import writable
from dfguard.interp.filesystem.trees import FileTree, copy_tree, walk
from dfguard.interp.reasons import NOTHING, Cause, because, sentence
from dfguard.interp.shell.effects.file_actions import (
    DIRECTORY_BITS,
    FILE_BITS,
    maker,
    may_make,
    owner_in,
    put_link,
    remove,
    soften,
    write_file,
)

if TYPE_CHECKING:
    from dfguard.interp.shell.call import CommandCall, Operand
    from dfguard.interp.shell.getopt import Parsed


class Goal(Record):
    """Where copies go. `is_directory`: into it; None when not known. `real` is its real path."""

    operand: Operand
    real: str
    is_directory: bool | None


def goal_of(
    call: CommandCall, operand: Operand, *, is_forced: bool = False, is_plain: bool = False
) -> Goal | None:
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


def split(call: CommandCall, parsed: Parsed) -> tuple[list[Operand], Operand | None]:
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


def place_directory(call: CommandCall, entry: Entry, target: str, goal: Goal, style: Style) -> None:
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


def _resolve_inside(call: CommandCall, source: str, target: str, layer: Layer) -> None:
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


def place_unseen(call: CommandCall, source: Operand, goal: Goal | None) -> None:
    """Something unknown is copied: anything may be at the destination."""
    call.unsure(source.why)
    if goal is not None:
        why = because(Cause.PUT, call.tool, source.why)
        call.files = call.files.havoc(goal.real, why, overwrites=True)
        call.wrote(goal.real, goal.operand)


def place_maybe(call: CommandCall, source: Operand, entry: Entry, goal: Goal | None, style: Style) -> None:
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


def _place_at_or_in(call: CommandCall, goal: Goal) -> None:
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


def place(call: CommandCall, source: Operand, entry: Entry, goal: Goal | None, style: Style) -> None:
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


def _linked(call: CommandCall, source: Operand, entry: Entry, target: str, goal: Goal, style: Style) -> None:
    """`cp -l` and `cp -s`: a hard or symbolic link instead of a copy."""
    operand = replace(goal.operand, path=target)
    if call.files.look(target).presence is Presence.PRESENT:
        call.fail(f"{target} is there")
    elif style.links == "symbolic":
        put_link(call, operand, target, source.text or entry.path)
    else:
        call.files = call.files.put(replace(entry, path=target, written_by=goal.operand.place))
        call.wrote(target, operand)


def _below_parents(call: CommandCall, source: Operand, entry: Entry, goal: Goal) -> str:
    """`cp --parents`: the directories of the source are made below the destination."""
    target = paths.clean((source.text or entry.path).lstrip("/"), goal.real)
    who = maker(call.shell, target, goal.operand.place, goal.operand.because)
    above = [folder for folder in paths.ancestors(target) if paths.is_below(folder, goal.real)]
    for folder in reversed(above):
        mode = call.files.resolve(paths.clean(paths.relative(folder, goal.real))).mode
        call.files = call.files.make_directory(folder, who, mode)
    return target


def _may_move(call: CommandCall, source: Operand, entry: Entry, target: str) -> bool:
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


def _link(call: CommandCall, entry: Entry, target: str, goal: Goal, style: Style) -> None:
    there = call.files.look(target)
    if there.presence is Presence.PRESENT and there.kind is EntryKind.DIRECTORY:
        call.fail(f"{target} is a directory")
        return
    if there.presence is Presence.PRESENT and style.never_replaces:
        return
    put_link(call, replace(goal.operand, path=target), target, entry.target or "")
    if style.keeps:
        call.files = call.files.put(replace(call.files.look(target), owner=entry.owner))


def place_file(call: CommandCall, entry: Entry, target: str, goal: Goal, style: Style) -> bool:
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

"""cp, mv, rsync, install: what is at one path appears at another, with the owner and mode that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.reasons import Cause, because, sentence
from dfguard.interp.shell.commands.files.placing import (
    Goal,
    Style,
    base_of,
    goal_of,
    place,
    place_file,
    place_maybe,
    place_unseen,
    split,
)
from dfguard.interp.shell.effects.file_actions import DIRECTORY_BITS, make_directory, maker, write_file
from dfguard.interp.shell.registry import command

if TYPE_CHECKING:
    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.shell.call import CommandCall, Operand
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


_CP = (
    "r,recursive R a,archive p d P,no-dereference L,dereference H f,force n,no-clobber u,update v,verbose i,interactive "
    "T,no-target-directory t=,target-directory= l,link s,symbolic-link x parents preserve= no-preserve= reflink= b "
    "sparse= strip-trailing-slashes Z"
)


@command("cp")
def cp(call: CommandCall) -> Outcome:
    """`cp [-r] source... destination`."""
    parsed = call.options(_CP)
    is_archive = parsed.has("a")
    style = Style(
        is_recursive=is_archive or parsed.has("r") or parsed.has("R"),
        keeps=is_archive or parsed.has("p") or parsed.has("preserve"),
        follows=not (is_archive or parsed.has("d") or parsed.has("P"))
        and (parsed.has("L") or not _recursive(parsed)),
        never_replaces=parsed.has("n"),
        links="hard" if parsed.has("l") else "symbolic" if parsed.has("s") else "",
        keeps_parents=parsed.has("parents"),
        resolves=parsed.has("L"),
        drops_modes="mode" in (parsed.text("no-preserve") or ""),
    )
    _all(call, parsed, style)
    return call.outcome(None if parsed.has("v") else "")


def _recursive(parsed: Parsed) -> bool:
    return parsed.has("r") or parsed.has("R")


@command("mv")
def mv(call: CommandCall) -> Outcome:
    """`mv source... destination`: entries keep owner and mode."""
    parsed = call.options(
        "f,force n,no-clobber i u,update v,verbose T,no-target-directory t=,target-directory= Z"
    )
    style = Style(is_recursive=True, keeps=True, follows=False, never_replaces=parsed.has("n"), moves=True)
    _all(call, parsed, style)
    return call.outcome(None if parsed.has("v") else "")


def _all(call: CommandCall, parsed: Parsed, style: Style) -> None:
    sources, last = split(call, parsed)
    if last is None:
        if any(source.path is None for source in sources):
            call.unsure("which words it is given is not known")
        else:
            call.fail("the destination is missing")
        return
    is_forced = len(sources) > 1 or parsed.has("t")
    goal = goal_of(call, last, is_forced=is_forced, is_plain=parsed.has("T"))
    for source in sources if goal is not None else ():
        if source.path is None:
            place_unseen(call, source, goal)
            continue
        entry = (
            call.files.resolve(source.path)
            if style.follows or source.has_slash
            else call.files.look(source.path)
        )
        if entry.presence is Presence.ABSENT:
            _missing(call, source, entry, goal)
        elif entry.presence is Presence.MAYBE or entry.kind is EntryKind.UNKNOWN:
            place_maybe(call, source, entry, goal, style)
        else:
            place(call, source, entry, goal, style)


def _missing(call: CommandCall, source: Operand, entry: Entry, goal: Goal | None) -> None:
    if source.path == "/dev/null" and goal is not None:
        target = paths.below(goal.real, "null") if goal.is_directory else goal.real
        write_file(call, replace(goal.operand, path=target), call.made(""))
    elif (source.path or "").startswith("/dev/"):
        call.unsure()
    elif source.is_certain:
        call.fail(f"{source.text} does not exist")
    else:
        call.unsure(sentence(entry.why))


@command("rsync")
def rsync(call: CommandCall) -> Outcome:
    """`rsync -a source/ destination`: a slash at the source's end means its content; filters make it unsure."""
    parsed = call.options(
        "a,archive r,recursive v,verbose z,compress h P progress delete exclude= include= filter= l p t g o D "
        "chown= chmod= n,dry-run u L e=,rsh= q"
    )
    sources, last = split(call, parsed)
    call.unsure()
    if last is None or last.path is None or ":" in (last.text or ""):
        return call.outcome(None)
    alone = call.files.resolve(sources[0].path) if len(sources) == 1 and sources[0].path else None
    is_file = alone is not None and alone.kind is EntryKind.FILE and not last.has_slash
    is_new = call.files.resolve(last.path).presence is Presence.ABSENT
    folder = paths.parent(last.path) if is_file and is_new else last.path
    who = maker(call.shell, folder, last.place, last.because)
    call.apply(last, lambda files: files.make_directory(folder, who))
    goal = Goal(last, call.files.real(last.path), is_directory=not (is_file and is_new))
    if parsed.has("delete"):
        gone = call.files.fork().reground(goal.real, Presence.MAYBE, because(Cause.TAKEN, "rsync"))
        call.files = call.files.join(gone)
    is_filtered = any(
        parsed.has(name) for name in ("delete", "exclude", "include", "filter", "chown", "chmod", "u")
    )
    for source in sources:
        entry = call.files.resolve(source.path) if source.path else None
        if (
            entry is None
            or entry.presence is not Presence.PRESENT
            or is_filtered
            or ":" in (source.text or "")
        ):
            place_unseen(call, source, goal)
        else:
            is_content = source.has_slash and entry.kind is EntryKind.DIRECTORY
            into = replace(goal, is_directory=goal.is_directory and not is_content)
            place(
                call,
                replace(source, text=(source.text or "").rstrip("/")),
                entry,
                into,
                Style(is_recursive=True, keeps=True),
            )
    return call.outcome(None)


@command("install")
def install(call: CommandCall) -> Outcome:
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


def _attributes(call: CommandCall, path: str | None, parsed: Parsed, bits: int | None) -> None:
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

"""`ln`: names to hard and symbolic links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, expected
from dfguard.interp.filesystem.paths import USUAL_DIRECTORIES
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.effects.file_actions import is_kernel, put_link
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.shell.call import CommandCall, Operand
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


@command("ln", "link")
def ln(call: CommandCall) -> Outcome:
    """`ln [-sfn] target... name`."""
    parsed = call.options(
        "s,symbolic f,force n,no-dereference T,no-target-directory t=,target-directory= v,verbose r,relative i b P L"
    )
    fields = list(parsed.operands)
    directory = parsed.value("t")
    if directory is not None:
        targets, names = fields, [directory]
    else:
        targets, names = (fields[:-1], fields[-1:]) if len(fields) > 1 else (fields, [])
    operand = call.operand(names[0]) if names else None
    if operand is not None and operand.path is None:
        call.blur(operand, operand.why)
        call.unsure()
        return call.outcome()
    for field in targets:
        if field.pattern is not None:
            for match in call.operands([field]):
                _link_one(call, match, operand, parsed)
        else:
            _link_one(call, call.operand(field), operand, parsed)
    return call.outcome(None if parsed.has("v") else "")


def _link_one(call: CommandCall, source: Operand, name: Operand | None, parsed: Parsed) -> None:
    text = source.text
    folder = known(call.shell.cwd)
    if name is None:
        path = paths.clean(paths.name("/" + (text or "").rstrip("/")), folder) if folder else None
        name = replace(source, path=path)
    if name.path is None:
        call.unsure()
        return
    there = (
        call.files.look(name.path)
        if parsed.has("n") and not name.has_slash
        else call.files.resolve(name.path)
    )
    there = expected(there)
    where = name.path
    is_directory = there.presence is Presence.PRESENT and there.kind is EntryKind.DIRECTORY
    if is_directory and text is None and not parsed.has("T"):
        _unsure(call, there, name, text if parsed.has("s") else None)
        return
    if is_directory and not parsed.has("T"):
        where = paths.below(there.path, paths.name("/" + (text or "").rstrip("/")))
    elif there.presence is not Presence.ABSENT and there.kind is not EntryKind.FILE and not parsed.has("T"):
        if there.path in USUAL_DIRECTORIES and text is not None:
            where = paths.below(there.path, paths.name("/" + (text or "").rstrip("/")))
        elif there.kind is not EntryKind.LINK:
            _unsure(call, there, name, text if parsed.has("s") else None)
            return
    if is_kernel(where):
        return
    where = paths.below(call.files.real(paths.parent(where)), paths.name(where))
    before = call.files.raw(where)
    if before.presence is Presence.PRESENT and before.kind is EntryKind.UNKNOWN:
        call.unsure()
    elif before.presence is Presence.PRESENT:
        if not parsed.has("f") or before.kind is EntryKind.DIRECTORY:
            call.fail(f"{where} is there")
            return
        call.files = call.files.remove(where)
    elif before.presence is Presence.MAYBE and not parsed.has("f"):
        call.unsure()
    if parsed.has("s"):
        _symbolic(call, source, name, where, relative=parsed.has("r"))
    else:
        _hard(call, source, name, where)


def _unsure(call: CommandCall, there: Entry, name: Operand, target: str | None) -> None:
    """What is there may be a directory: the link is made in it, or in its place; it leads to `target` either way."""
    call.unsure()
    why = because(Cause.DIRECTORY, there.path)
    made = Entry(there.path, EntryKind.UNKNOWN, Presence.PRESENT, written_by=name.place, because=name.because)
    if there.presence is Presence.MAYBE:
        call.files = call.files.put(made)
    call.files = call.files.havoc_below(there.path, why)
    call.wrote(there.path, name, is_payload=False, target=target)


def _symbolic(call: CommandCall, source: Operand, name: Operand, where: str, *, relative: bool) -> None:
    if source.text is None:
        link = Entry(where, EntryKind.LINK, Presence.PRESENT, written_by=name.place, because=name.because)
        call.files = call.files.put(link)
        call.wrote(where, name, is_payload=False)
        return
    target = source.text
    if relative and source.path:
        import posixpath

        target = posixpath.relpath(source.path, paths.parent(where))
    put_link(call, name, where, target)


def _hard(call: CommandCall, source: Operand, name: Operand, where: str) -> None:
    entry = call.files.look(source.path) if source.path else None
    if entry is None or entry.presence is not Presence.PRESENT:
        if entry is not None and entry.presence is Presence.ABSENT:
            call.fail(f"{source.text} does not exist")
        else:
            call.unsure()
        return
    call.files = call.files.put(replace(entry, path=where, written_by=name.place, because=name.because))
    call.wrote(where, name, is_payload=False)

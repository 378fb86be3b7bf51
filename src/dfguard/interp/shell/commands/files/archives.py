"""tar, unzip, gunzip and their like: archives that are unpacked, files that are packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.events import context_entry
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell import getopt
from dfguard.interp.shell.effects.file_actions import make_directory, maker, owner_in, remove, write_file
from dfguard.interp.shell.effects.reach import may_write
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.core.context import ContextEntry
    from dfguard.interp.shell.call import CommandCall, Operand
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


TAR = (
    "x,extract,get c,create t,list r,append u,update f=,file= C=,directory= z,gzip j,bzip2 J,xz zstd a,auto-compress v,verbose "
    "p,preserve-permissions k O,to-stdout strip-components= strip= transform= exclude= wildcards no-same-owner same-owner "
    "no-same-permissions owner= group= mode= one-top-level= T=,files-from= I=,use-compress-program= h,dereference m numeric-owner "
    "skip-old-files overwrite keep-old-files checkpoint= checkpoint-action= no-recursion warning="
)


def _here(call: CommandCall, place_of: Operand) -> Operand:
    folder = known(call.shell.cwd)
    return replace(place_of, text=folder, path=folder, pattern=None, why="the working directory is not known")


class _Unpacking(Record):
    """How tar unpacks: `strip` leading directories less, only `wanted` members; `is_plain` when nothing else matters."""

    strip: int = 0
    wanted: tuple[str, ...] = ()
    is_plain: bool = True


@command("tar")
def tar(call: CommandCall) -> Outcome:
    """`tar -x [-C dir]` fills dir (the working directory); `tar -c -f file` writes file."""
    arguments = call.arguments
    first = known(arguments[0].value) if arguments else None
    is_old = bool(first) and not (first or "").startswith("-")
    parsed = _old_style(call, first or "") if is_old else call.options(TAR)
    archive, folder = parsed.value("f"), parsed.value("C") or parsed.value("one-top-level")
    shown = (known(archive.value) if archive is not None else None) or "an archive"
    if parsed.has("x") and not parsed.has("O") and arguments:
        target = call.operand(folder) if folder is not None else _here(call, call.operand(arguments[-1]))
        source = call.operand(archive) if archive is not None and shown != "-" else None
        _unpack(call, target, source, parsed, shown)
    elif parsed.has("c") and archive is not None and shown != "-":
        write_file(call, call.operand(archive), None)
        call.unsure()
    else:
        call.unsure()
    return call.outcome(None)


def _old_style(call: CommandCall, letters: str) -> Parsed:
    """`tar xzf file`: letters without a dash; those that take a value find theirs behind, in order."""
    waiting = list(call.arguments[1:])
    found = [(letter, waiting.pop(0) if letter in "fCTIbX" and waiting else None) for letter in letters]
    rest = getopt.parse(waiting, TAR)
    return replace(rest, options=(*found, *rest.options))


def _unpack(call: CommandCall, target: Operand, source: Operand | None, parsed: Parsed, shown: str) -> None:
    if target.path is None:
        call.blur(target, target.why)
        call.unsure()
        return
    missing = source is not None and source.path is not None and source.is_certain
    if missing and source is not None and call.files.resolve(source.path or "/").presence is Presence.ABSENT:
        call.fail(f"{source.text} does not exist")
        return
    there = call.files.resolve(target.path)
    if parsed.has("one-top-level"):
        make_directory(call, target, parents=True)
    elif there.presence is Presence.ABSENT:
        call.fail(f"{target.path} does not exist")
        return
    members = _members(call, source)
    how = _how(parsed)
    if members is None or not how.is_plain or there.presence is Presence.MAYBE:
        call.unsure()
        call.files = call.files.havoc_below(target.path, because(Cause.UNPACKED, shown), overwrites=True)
    else:
        for member in members:
            _put(call, target, member, how, keeps=not parsed.has("no-same-owner"))
    call.wrote(call.files.real(target.path), target)


def _how(parsed: Parsed) -> _Unpacking:
    strip = parsed.text("strip-components") or parsed.text("strip") or "0"
    wanted = tuple(known(field.value) or "*" for field in parsed.operands)
    odd = ("exclude", "transform", "wildcards", "T", "k", "owner", "group", "mode", "skip-old-files")
    number = whole_number(strip)
    is_plain = (
        number is not None and not any(map(parsed.has, odd)) and not any("*" in text for text in wanted)
    )
    return _Unpacking(number or 0, wanted, is_plain)


def _members(call: CommandCall, source: Operand | None) -> tuple[ContextEntry, ...] | None:
    """What the archive holds, when it is an unchanged copy of one in the build context that can be listed."""
    entry = call.files.resolve(source.path) if source is not None and source.path else None
    context = call.walk.world.context
    if entry is None or entry.presence is not Presence.PRESENT or entry.context_path is None:
        return None
    archive = context.archive(entry.context_path)
    return archive.members if archive is not None else None


def _put(call: CommandCall, target: Operand, member: ContextEntry, how: _Unpacking, *, keeps: bool) -> None:
    wanted = [text.strip("/") for text in how.wanted]
    if wanted and not any(paths.is_at_or_below(f"/{member.path}", f"/{text}") for text in wanted):
        return
    pieces = member.path.split("/")[how.strip :]
    if not pieces or target.path is None:
        return
    path = paths.clean("/".join(pieces), call.files.real(target.path))
    entry = context_entry(path, member)
    is_root = call.user is not None and call.files.accounts.ids(call.user)[0] == 0
    mode = entry.mode
    if not (keeps and is_root):
        mode = None if mode is None or entry.kind is EntryKind.LINK else mode & ~call.shell.umask
    owner = entry.owner if keeps and is_root else owner_in(call.shell, paths.parent(path))
    who = maker(call.shell, path, target.place, target.because)
    made = replace(entry, owner=owner, mode=mode, written_by=target.place, context_path=None)
    files = call.files.make_directory(paths.parent(path), who)
    call.files = files.put(replace(made, because=target.because))


@command("unzip", "7z", "cpio")
def unzip(call: CommandCall) -> Outcome:
    """`unzip archive [-d dir]` makes dir and fills it; `7z x -oDIR`; `cpio -i` fills the working directory."""
    parsed = call.options("d= o q qq n j l p v t u x= P= i,extract u m F= D=,directory= y")
    field = parsed.value("d") or parsed.value("D")
    glued = next((f for f in call.arguments if (known(f.value) or "").startswith("-o")), None)
    glued = glued if call.tool == "7z" else None
    is_listing = parsed.has("l") or parsed.has("t") or (parsed.has("p") and call.tool == "unzip")
    if is_listing or not call.arguments:
        return call.outcome(None, status=None)
    base = call.operand(field or call.arguments[-1])
    if glued is not None:
        base = call.operand(getopt.cut(glued, 2))
    is_passed = call.tool == "cpio" and parsed.has("p") and bool(parsed.operands)
    target = base if field is not None or glued is not None or is_passed else _here(call, base)
    if target.path is None:
        call.blur(target, target.why)
    else:
        if target is base:
            make_directory(call, target, parents=True)
        call.files = call.files.havoc_below(
            target.path, because(Cause.UNPACKED, "an archive"), overwrites=True
        )
        call.wrote(target.path, target)
    return call.outcome(None, status=None)


@command("gunzip", "gzip", "bunzip2", "bzip2", "xz", "unxz", "zcat")
def compress(call: CommandCall) -> Outcome:
    """One file becomes another: `gunzip a.gz` leaves a, `gzip a` leaves a.gz; `-k` keeps both, `-c` writes to output."""
    parsed = call.options("d,decompress k,keep c,stdout f,force q v 1 9 n t,test r l T= z")
    if parsed.has("c") or parsed.has("t") or parsed.has("l") or call.tool == "zcat":
        return call.outcome(None, status=None)
    ending = {"gz": ".gz", "bz": ".bz2", "xz": ".xz"}[
        "gz" if "g" in call.tool else "bz" if "b" in call.tool else "xz"
    ]
    unpacks = call.tool.startswith(("gun", "bun", "un")) or parsed.has("d")
    for operand in call.operands(parsed.operands):
        path = operand.path
        if path is None:
            call.blur(operand, operand.why)
            continue
        made = path.removesuffix(ending).removesuffix(".tgz") if unpacks else f"{path}{ending}"
        entry = call.files.resolve(path)
        if made == path or entry.presence is not Presence.PRESENT or entry.kind is not EntryKind.FILE:
            may_write(call, (paths.parent(path),), because(Cause.WRITTEN, call.tool))
            continue
        write_file(call, replace(operand, text=made, path=made), None)
        if not parsed.has("k"):
            remove(call, operand, path)
    return call.outcome(None, status=call.status or None)


@command("zip")
def zip_(call: CommandCall) -> Outcome:
    """`zip [-r] archive files...` writes archive."""
    operands = call.options("r,recurse-paths q j x= i= u m 9 d").operands
    if operands:
        write_file(call, call.operand(operands[0]), None)
    return call.outcome(None, status=None)

"""tar, unzip, gunzip and their like: archives that are unpacked, files that are packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp import paths
from dfguard.interp.commands.actions import remove, write_file
from dfguard.interp.commands.installing import may_write
from dfguard.interp.commands.registry import command
from dfguard.interp.state import EntryKind, Presence
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.commands.call import Call, Operand
    from dfguard.interp.shell_state import Outcome

TAR = (
    "x,extract,get c,create t,list r,append u,update f=,file= C=,directory= z,gzip j,bzip2 J,xz zstd a,auto-compress v,verbose "
    "p,preserve-permissions k O,to-stdout strip-components= strip= transform= exclude= wildcards no-same-owner same-owner "
    "no-same-permissions owner= group= mode= one-top-level T=,files-from= I=,use-compress-program= h,dereference m numeric-owner "
    "skip-old-files overwrite keep-old-files checkpoint= checkpoint-action= no-recursion warning="
)


def _unpacked_into(call: Call, operand: Operand, what: str) -> None:
    """Anything may come to lie in a folder; a folder that is surely missing makes the command fail."""
    if operand.path is None:
        call.blur(operand, operand.why)
        return
    there = call.files.resolve(operand.path)
    if there.presence is Presence.ABSENT:
        call.fail(f"{operand.path} does not exist")
        return
    may_write(call, (there.path,), f"it may come out of {what}")
    call.wrote(there.path, operand)


def _here(call: Call, place_of: Operand) -> Operand:
    folder = known(call.shell.cwd)
    return replace(place_of, text=folder, path=folder, pattern=None, why="the working directory is not known")


@command("tar")
def tar(call: Call) -> Outcome:
    """`tar -x [-C dir]` fills dir (the working directory); `tar -c -f file` writes file."""
    arguments = call.arguments
    first = known(arguments[0].value) if arguments else None
    parsed = call.options(TAR) if not first or first.startswith("-") else None
    letters = first if parsed is None and first else ""
    extracts = parsed.has("x") if parsed else "x" in letters
    creates = parsed.has("c") if parsed else "c" in letters
    if parsed is None:
        inner = arguments[1:]
        archive = inner[0] if "f" in letters and inner else None
        rest = replace(call.options(TAR), operands=inner)
        folder = rest.value("C")
    else:
        archive, folder = parsed.value("f"), parsed.value("C")
    shown = (known(archive.value) if archive is not None else None) or "an archive"
    if extracts and not (parsed and parsed.has("O")) and arguments:
        target = call.operand(folder) if folder is not None else _here(call, call.operand(arguments[-1]))
        _unpacked_into(call, target, shown)
    elif creates and archive is not None and shown != "-":
        write_file(call, call.operand(archive), None)
    return call.outcome(None, status=call.status or None)


@command("unzip", "7z", "cpio")
def unzip(call: Call) -> Outcome:
    """`unzip archive [-d dir]` makes dir and fills it; `7z x -oDIR`; `cpio -i` fills the working directory."""
    parsed = call.options("d= o q qq n j l p v t u x= P= i,extract u m F= D=,directory= y")
    field = parsed.value("d") or parsed.value("D")
    glued = next((f for f in call.arguments if (known(f.value) or "").startswith("-o/")), None)
    if parsed.has("l") or parsed.has("p") or parsed.has("t") or not call.arguments:
        return call.outcome(None, status=None)
    base = call.operand(field or call.arguments[-1])
    if glued is not None and call.tool == "7z":
        path = paths.clean((known(glued.value) or "")[2:])
        base = replace(base, text=path, path=path, place=glued.place, pattern=None)
    target = base if field is not None or glued is not None else _here(call, base)
    if target.path is None:
        call.blur(target, target.why)
    else:
        may_write(call, (target.path,), "it may come out of an archive")
        call.wrote(target.path, target)
    return call.outcome(None, status=None)


@command("gunzip", "gzip", "bunzip2", "bzip2", "xz", "unxz", "zcat")
def compress(call: Call) -> Outcome:
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
            may_write(call, (paths.parent(path),), f"{call.tool} may have written it")
            continue
        write_file(call, replace(operand, text=made, path=made), None)
        if not parsed.has("k"):
            remove(call, operand, path)
    return call.outcome(None, status=call.status or None)


@command("zip")
def zip_(call: Call) -> Outcome:
    """`zip [-r] archive files...` writes archive."""
    operands = call.options("r,recurse-paths q j x= i= u m 9 d").operands
    if operands:
        write_file(call, call.operand(operands[0]), None)
    return call.outcome(None, status=None)

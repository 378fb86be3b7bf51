"""mkdir, touch, rm and their like: names that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.effects.file_actions import (
    DIRECTORY_BITS,
    is_kernel,
    make_directory,
    may_make,
    owner_in,
    remove,
    write_file,
)
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.shell.call import CommandCall, Operand
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


MOST_PATHS = 4096


@command("mkdir")
def mkdir(call: CommandCall) -> Outcome:
    """`mkdir [-p] [-m mode] dir...`; the mode holds for the last directory only."""
    parsed = call.options("p,parents m=,mode= v,verbose Z")
    mode = None
    if parsed.has("m"):
        text = parsed.text("m")
        mode = ModeChange(text).applied(DIRECTORY_BITS, is_directory=True) if text else None
    for number, operand in enumerate(call.operands(parsed.operands)):
        if number >= MOST_PATHS:
            call.unsure(f"more than {MOST_PATHS} paths")
            break
        make_directory(call, operand, parents=parsed.has("p"), mode=mode)
    return call.outcome(None if parsed.has("v") else "")


@command("rmdir")
def rmdir(call: CommandCall) -> Outcome:
    """`rmdir [-p] dir...`: only empty directories."""
    parsed = call.options("p,parents v,verbose ignore-fail-on-non-empty")
    for operand in call.operands(parsed.operands):
        _rmdir(call, operand)
        while (
            parsed.has("p") and call.status == 0 and operand.text and paths.parent(operand.path or "/") != "/"
        ):
            above = paths.parent(operand.path or "/")
            operand = replace(operand, path=above, text=above)  # noqa: PLW2901  one directory up each time
            _rmdir(call, operand)
    return call.outcome()


def _rmdir(call: CommandCall, operand: Operand) -> None:
    if operand.path is None:
        call.unsure(operand.why)
        return
    entry = call.files.look(operand.path)
    unlisted = call.files.unlisted(entry.path)
    children = call.files.children(entry.path) if entry.kind is EntryKind.DIRECTORY else ()
    if entry.presence is Presence.ABSENT or entry.kind is EntryKind.FILE:
        call.fail(f"{operand.path} is no directory")
    elif any(child.presence is Presence.PRESENT for child in children):
        call.fail(f"{operand.path} is not empty")
    elif children or unlisted.presence is not Presence.ABSENT or entry.presence is Presence.MAYBE:
        call.unsure()
        call.files = call.files.join(call.files.fork().remove(entry.path, operand.place))
    else:
        remove(call, operand, entry.path)


@command("touch")
def touch(call: CommandCall) -> Outcome:
    """`touch file...`; `-c` makes nothing."""
    parsed = call.options("c,no-create a m f h,no-dereference d=,date= r=,reference= t= time=")
    for operand in call.operands(parsed.operands):
        if operand.path is None:
            write_file(call, operand, None, is_payload=False)
            continue
        entry = call.files.resolve(operand.path)
        if entry.presence is Presence.PRESENT:
            _check_touch(call, entry)
        elif not parsed.has("c"):
            write_file(
                call, operand, call.made("") if entry.presence is Presence.ABSENT else None, is_payload=False
            )
    return call.outcome()


def _check_touch(call: CommandCall, entry: Entry) -> None:
    """Only the owner, or who may write, can set the times of what is there."""
    from dfguard.interp.filesystem.permissions import writable

    if call.user is None or any(paths.is_at_or_below(entry.path, folder) for folder in call.walk.read_only):
        call.unsure()
        return
    uid = call.files.accounts.ids(call.user)[0]
    if uid == 0 or (entry.owner is not None and call.files.accounts.ids(entry.owner)[0] == uid):
        return
    verdict = writable(call.files, entry.path, call.user)
    if verdict.presence is Presence.ABSENT:
        call.fail(verdict.why)
    elif verdict.presence is Presence.MAYBE:
        call.unsure()


@command("rm", "unlink", "shred")
def rm(call: CommandCall) -> Outcome:
    """`rm [-rf] path...`."""
    parsed = call.options(
        "r,recursive R f,force v,verbose d,dir i I u n= one-file-system no-preserve-root preserve-root"
    )
    is_recursive, is_forced = parsed.has("r") or parsed.has("R"), parsed.has("f")
    for operand in call.operands(parsed.operands):
        if operand.pattern is not None:
            _rm_pattern(call, operand, is_recursive=is_recursive)
        elif operand.path is None:
            _rm_unknown(call, operand, is_forced=is_forced)
        else:
            _rm_one(call, operand, operand.path, parsed, is_recursive=is_recursive)
    return call.outcome(None if parsed.has("v") else "")


def _rm_one(call: CommandCall, operand: Operand, path: str, parsed: Parsed, *, is_recursive: bool) -> None:
    entry = call.files.look(path)
    is_forced = parsed.has("f")
    if entry.presence is Presence.ABSENT:
        if not is_forced:
            call.fail(f"{operand.text} does not exist")
        return
    if operand.text and paths.name(operand.text.rstrip("/")) in (".", ".."):
        call.fail(f"{operand.text} cannot be removed")
        return
    if entry.kind is EntryKind.DIRECTORY and not is_recursive and not parsed.has("d"):
        if entry.presence is Presence.PRESENT:
            call.fail(f"{operand.text} is a directory")
        return
    if entry.presence is Presence.MAYBE and not is_forced and operand.is_certain:
        call.unsure()
    remove(call, operand, entry.path)


def _rm_pattern(call: CommandCall, operand: Operand, *, is_recursive: bool) -> None:
    """A pattern of which the base image may hold more matches: `dir/*` leaves nothing but hidden names."""
    folder, _, last = (operand.pattern or "").rpartition("/")
    is_plain = not any(c in folder for c in "*?[")
    if last == "*" and is_plain and is_recursive:
        call.files = call.files.empty(paths.clean(folder or "/"), operand.place, spares_hidden=True)
        return
    call.unsure()
    if is_plain and not is_recursive:
        return
    call.unknown(f"what {operand.pattern} matches is not known")


def _rm_unknown(call: CommandCall, operand: Operand, *, is_forced: bool) -> None:
    if not is_forced:
        call.unsure()
    call.unknown(f"what is removed is not known: {operand.why}")
    if operand.prefix and operand.prefix != "/":
        why = because(Cause.TAKEN, "rm", operand.why)
        gone = call.files.fork().reground(operand.prefix, Presence.MAYBE, why)
        call.files = call.files.join(gone)


@command("mktemp")
def mktemp(call: CommandCall) -> Outcome:
    """`mktemp [-d] [template]`: a new name that differs from run to run."""
    call.unsure()
    return call.outcome(None, status=0)


@command("mkfifo", "mknod")
def mkfifo(call: CommandCall) -> Outcome:
    """A special file: something is there afterwards."""
    parsed = call.options("m=,mode= Z")
    fields = parsed.operands if call.tool == "mkfifo" else parsed.operands[:1]
    for operand in call.operands(fields):
        if operand.path is None or is_kernel(operand.path):
            continue
        real = paths.below(call.files.real(paths.parent(operand.path)), paths.name(operand.path))
        access = may_make(call.shell, real, call.walk.read_only)
        if access.presence is Presence.ABSENT:
            call.fail(access.why)
            continue
        if access.presence is Presence.MAYBE:
            call.unsure()
        entry = Entry(
            real,
            EntryKind.UNKNOWN,
            Presence.PRESENT,
            owner=owner_in(call.shell, paths.parent(real)),
            written_by=operand.place,
        )
        call.files = call.files.put(entry)
        call.wrote(real, operand, is_payload=False)
    return call.outcome()


@command("truncate")
def truncate(call: CommandCall) -> Outcome:
    """`truncate -s size file...`: content cut or filled with zero bytes."""
    parsed = call.options("s=,size= c,no-create r=,reference= o")
    text = parsed.text("s") or ""
    size = whole_number(text)
    for operand in call.operands(parsed.operands):
        before = call.files.look(operand.path) if operand.path else None
        content = before.content if before is not None else None
        kept = None
        if (
            content is not None
            and size is not None
            and content.value.isascii()
            and size <= len(content.value)
        ):
            kept = content.cut(0, size)
        write_file(call, operand, kept, size=size)
    return call.outcome()


@command("dd")
def dd(call: CommandCall) -> Outcome:
    """`dd if=… of=…`: a file of unknown content; its size when it is read from a device that never ends."""
    named = dict(text.partition("=")[::2] for text in call.texts() if text is not None)
    fields = [field for field in call.arguments if (known(field.value) or "").startswith("of=")]
    if not fields:
        return call.outcome(None)
    from dfguard.interp.shell.getopt import cut

    numbers = [named.get("bs", "512"), named.get("count", "")]
    is_endless = named.get("if", "").startswith("/dev/") and named.get("if") != "/dev/null"
    block, count = whole_number(numbers[0]), whole_number(numbers[1])
    size = block * count if is_endless and block is not None and count is not None else None
    source = named.get("if", "")
    if not is_endless and source:
        entry = call.files.resolve(paths.clean(source, known(call.shell.cwd) or "/"))
        if entry.presence is Presence.ABSENT:
            call.fail(f"{source} does not exist")
            return call.outcome()
        if entry.presence is Presence.MAYBE:
            call.unsure()
        size = entry.size if not numbers[1] else None
    write_file(call, call.operand(cut(fields[0], 3)), None, size=size)
    return call.outcome("")

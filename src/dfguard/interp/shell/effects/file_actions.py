"""What commands do to single files: make, write, remove, with the refusals of a real kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import accounts, paths
from dfguard.interp.filesystem.entries import (
    Entry,
    EntryKind,
    Presence,
    appended,
    expected,
    size_of,
    softened,
)
from dfguard.interp.filesystem.filesystem import Maker
from dfguard.interp.filesystem.permissions import Access, removable, writable

if TYPE_CHECKING:
    from dfguard.core.source import Place, Text
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.reasons import Why
    from dfguard.interp.shell.call import CommandCall, Operand
    from dfguard.interp.shell.state import Shell
    from dfguard.interp.values import Binding


FILE_BITS, DIRECTORY_BITS = 0o666, 0o777
SETGID = 0o2000
KERNEL = ("/proc", "/sys", "/dev")
"""File systems of the running container: nothing written there is in the image."""


def is_kernel(path: str) -> bool:
    """Whether a path lies in a file system that is no part of the image."""
    return any(paths.is_at_or_below(path, folder) for folder in KERNEL)


def may_make(shell: Shell, path: str, read_only: tuple[str, ...] = ()) -> Access:
    """Whether a new name can be made at a real path: its directory is there and open to the user."""
    if any(paths.is_at_or_below(path, folder) for folder in read_only):
        return Access(Presence.ABSENT, f"{path} is mounted read-only")
    folder = paths.parent(path)
    entry = shell.files.raw(folder)
    if entry.presence is Presence.ABSENT:
        return Access(Presence.ABSENT, f"{folder} does not exist", entry)
    if entry.kind is EntryKind.FILE and entry.presence is Presence.PRESENT:
        return Access(Presence.ABSENT, f"{folder} is not a directory", entry)
    if entry.presence is Presence.MAYBE:
        return Access(Presence.MAYBE, f"whether {folder} exists is not known", entry)
    if shell.user is None:
        return Access(Presence.MAYBE, "the user is not known")
    return writable(shell.files, folder, shell.user)


def owner_in(shell: Shell, folder: str) -> str | None:
    """`uid:gid` of a file that the shell's user makes in a directory; None when not known."""
    if shell.user is None:
        return None
    uid, gid = shell.files.accounts.ids(shell.user)
    above = shell.files.raw(folder)
    if above.mode is not None and above.mode & SETGID:
        group = shell.files.accounts.ids(above.owner)[1] if above.owner else None
        gid = group
    return None if uid is None or gid is None else f"{uid}:{gid}"


def maker(shell: Shell, path: str, place: Place, because: tuple[Binding, ...]) -> Maker:
    """Who makes directories on the way to a path."""
    nearest = next(
        (f for f in paths.ancestors(path) if shell.files.raw(f).presence is not Presence.ABSENT), "/"
    )
    return Maker(owner_in(shell, nearest), place, because, DIRECTORY_BITS & ~shell.umask)


def write_file(
    call: CommandCall,
    operand: Operand,
    content: Text | None,
    *,
    size: int | None = None,
    appends: bool = False,
    mode: int = FILE_BITS,
    is_payload: bool = True,
) -> bool | None:
    """Write a file as `>`, `>>` or a program does: what is there keeps owner and mode, links are followed.

    True when it surely works, False when it surely fails (the call is then marked as failing), None otherwise.
    """
    if operand.path is None:
        call.blur(operand, operand.why)
        call.unsure()
        return None
    real = call.files.real(operand.path)
    if is_kernel(real):
        if not paths.is_at_or_below(real, "/dev"):
            call.fail(f"{real} is mounted read-only")
        return paths.is_at_or_below(real, "/dev")
    before = call.files.raw(real)
    access = _may_write(call, real, before)
    if access.presence is Presence.ABSENT:
        call.fail(access.why)
        return False
    if access.presence is Presence.MAYBE:
        call.unsure()
    if before.presence is Presence.PRESENT:
        text = appended(before.content or _read(call, real), content) if appends else content
    else:
        text = content if not appends or before.presence is Presence.ABSENT else None
    entry = _written(call, operand, before, real, mode)
    entry = replace(entry, content=text, size=size_of(text) if text is not None or appends else size)
    put(call, operand, entry, content if appends else None, appends=appends)
    call.wrote(real, operand, is_payload=is_payload)
    return True if access.presence is Presence.PRESENT else None


def put(call: CommandCall, operand: Operand, entry: Entry, added: Text | None, *, appends: bool) -> None:
    """Put a file; what was added to the end of /etc/passwd is known even where the rest of it is not."""
    users = call.files.accounts
    call.apply(operand, lambda files: files.put(entry))
    if appends and entry.path in (accounts.FILE, accounts.GROUP_FILE):
        text = added.value if added is not None else None
        call.files = call.files.with_accounts(accounts.appended(users, entry.path, text))


def _read(call: CommandCall, path: str) -> Text | None:
    return call.files.look(path).content


def _may_write(call: CommandCall, real: str, before: Entry) -> Access:
    if before.presence is not Presence.PRESENT:
        return may_make(call.shell, real, call.walk.read_only)
    if before.kind is EntryKind.DIRECTORY:
        return Access(Presence.ABSENT, f"{real} is a directory", before)
    if any(paths.is_at_or_below(real, folder) for folder in call.walk.read_only):
        return Access(Presence.ABSENT, f"{real} is mounted read-only")
    if call.user is None:
        return Access(Presence.MAYBE, "the user is not known")
    if before.kind is EntryKind.LINK:
        return Access(Presence.ABSENT, f"the links at {real} run in a circle")
    return writable(call.files, real, call.user)


def _written(call: CommandCall, operand: Operand, before: Entry, real: str, mode: int) -> Entry:
    before = expected(before)
    owner, bits = before.owner, before.mode
    if before.presence is Presence.ABSENT:
        owner, bits = owner_in(call.shell, paths.parent(real)), mode & ~call.shell.umask
    elif before.presence is Presence.MAYBE:
        owner, bits = None, None
    return Entry(
        real,
        EntryKind.FILE,
        Presence.PRESENT,
        owner=owner,
        mode=bits,
        written_by=operand.place,
        because=operand.because,
    )


def make_directory(call: CommandCall, operand: Operand, *, parents: bool, mode: int | None = None) -> None:
    """`mkdir`: one directory, with `parents` everything on the way as well."""
    if operand.path is None:
        call.blur(operand, operand.why)
        call.unsure()
        return
    real = _real_of_new(call.files, operand.path)
    there = call.files.raw(real)
    if is_kernel(real):
        return
    if there.presence is Presence.PRESENT and not (parents and there.kind is not EntryKind.FILE):
        call.fail(f"{operand.path} exists")
        return
    if there.presence is not Presence.PRESENT and not _may_make_directory(call, real, parents=parents):
        return
    bits = DIRECTORY_BITS & ~call.shell.umask if mode is None else mode
    who = maker(call.shell, real, operand.place, operand.because)
    if there.presence is Presence.MAYBE and not parents:
        call.unsure()
    call.apply(operand, lambda files: files.make_directory(real, who, bits))
    call.wrote(real, operand, is_payload=False)


def _real_of_new(files: FileSystem, path: str) -> str:
    """The real path of a directory that is to be made: its parents' links followed; its own when it leads somewhere."""
    if files.resolve(path).presence is Presence.PRESENT:
        return files.real(path)
    return paths.below(files.real(paths.parent(path)), paths.name(path))


def _may_make_directory(call: CommandCall, real: str, *, parents: bool) -> bool:
    shell, first = call.shell, real
    if parents:
        for folder in (real, *paths.ancestors(real)):
            entry = shell.files.raw(folder)
            if entry.presence is not Presence.ABSENT:
                break
            first = folder
        else:
            entry = shell.files.raw("/")
        if entry.presence is Presence.PRESENT and entry.kind in (EntryKind.FILE, EntryKind.LINK):
            call.fail(f"{entry.path} is not a directory")
            return False
    access = may_make(shell, first, call.walk.read_only)
    is_roots = shell.user is not None and shell.files.accounts.ids(shell.user)[0] == 0
    if access.presence is Presence.ABSENT:
        call.fail(access.why)
        return False
    if access.presence is Presence.MAYBE and not (parents and is_roots):
        call.unsure()
    return True


def remove(call: CommandCall, operand: Operand, path: str) -> bool:
    """Remove a path that may be there and all below it; False when the user surely may not."""
    if is_kernel(path):
        return True
    if call.user is not None:
        access = removable(call.files, path, call.user)
        entry = call.files.look(path)
        if access.presence is Presence.ABSENT and entry.presence is not Presence.ABSENT:
            call.fail(access.why)
            return False
        if access.presence is Presence.MAYBE and entry.presence is Presence.PRESENT:
            call.unsure()
            call.files = call.files.join(call.files.fork().remove(path, operand.place))
            return True
    if path in call.walk.mounts:
        call.fail(f"{path} is a mount point")
        return False
    call.apply(operand, lambda files: files.remove(path, operand.place))
    return True


def put_link(call: CommandCall, operand: Operand, path: str, target: str) -> None:
    """A symbolic link at a path whose directory is there."""
    access = may_make(call.shell, path, call.walk.read_only)
    if access.presence is Presence.ABSENT:
        call.fail(access.why)
        return
    if access.presence is Presence.MAYBE:
        call.unsure()
    link = Entry(
        path,
        EntryKind.LINK,
        Presence.PRESENT,
        owner=owner_in(call.shell, paths.parent(path)),
        mode=0o777,
        target=target,
        written_by=operand.place,
        because=operand.because,
    )
    call.apply(operand, lambda files: files.put(link))
    call.wrote(path, operand, is_payload=False, target=target)


def soften(call: CommandCall, path: str, why: Why) -> None:
    """What is at a path may be there no more."""
    entry = call.files.look(path)
    if entry.presence is Presence.PRESENT:
        call.files = call.files.put(softened(entry, why))

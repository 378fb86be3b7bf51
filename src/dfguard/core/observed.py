"""Paths to what lies there: the one door to the disk while a target is checked, which can write down every look.

A result that was kept may be given again only as long as every look would still see the same (`holds`). What a look
saw is kept as plain values:

- an entry's status is its mode and size, for a link its target as well;
- a program that may be run is known by device, inode, size and times of change;
- a file that was read and a folder that was listed are known by device, inode, size and times of change. Times are
  coarse: what had just been changed when it was looked at could change again without a new time, so its content
  counts as well (`docs/racy-git` of git calls such entries racy).
"""

from __future__ import annotations

import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Seen = str | tuple[int | str | bytes, ...] | None
    Looks = dict[tuple[str, str], Seen]

STATUS, LINK, READ, READ_LINK, NAMES, REAL = "status", "link", "read", "read itself", "names", "real"
PROGRAM = "program"
RACY = 2_000_000_000
"""Nanoseconds: the coarsest time of a file system in use (FAT)."""

_looks: Looks | None = None
_is_steady = True


def record(before: Looks | None = None) -> None:
    """Write down every look from now on, `before` are those of the same target until now."""
    global _looks, _is_steady
    _looks, _is_steady = {} if before is None else before, True


def recorded() -> Looks | None:
    """The looks since `record`, which ends here; None when something changed meanwhile."""
    global _looks
    found, _looks = _looks, None
    return found if _is_steady else None


def _note(kind: str, path: str, seen: Seen) -> None:
    global _is_steady  # noqa: PLW0603
    if _looks is None:
        return
    if not path.startswith("/"):
        path = os.path.abspath(path)
    before = _looks.setdefault((kind, path), seen)
    if before != seen and not _is_settled(kind, before, seen):
        _is_steady = False


def _is_settled(kind: str, before: Seen, seen: Seen) -> bool:
    """Whether only time passed between two looks: what was racy at the first is not any more."""
    if kind not in (READ, READ_LINK, NAMES) or not isinstance(before, tuple) or not isinstance(seen, tuple):
        return False
    return len(seen) == _COUNT and before[:_COUNT] == seen


def status(path: str) -> os.stat_result | None:
    """The status of what the path leads to, links followed; None when there is nothing or it cannot be reached."""
    found = _status(path, follows=True)
    if _looks is not None:
        _note(STATUS, path, _shape(path, found))
    return found


def link_status(path: str) -> os.stat_result | None:
    """The status of what stands at the path, a link itself; None when there is nothing or it cannot be reached."""
    found = _status(path, follows=False)
    if _looks is not None:
        _note(LINK, path, _shape(path, found))
    return found


def is_file(path: str) -> bool:
    """Whether the path leads to a regular file."""
    found = status(path)
    return found is not None and stat.S_ISREG(found.st_mode)


def is_folder(path: str) -> bool:
    """Whether the path leads to a folder."""
    found = status(path)
    return found is not None and stat.S_ISDIR(found.st_mode)


def is_program(path: str) -> bool:
    """Whether the path leads to a regular file that may be run; another program in its place is another one."""
    found = _status(path, follows=True)
    if _looks is not None:
        _note(PROGRAM, path, None if found is None else _numbers(found))
    return found is not None and stat.S_ISREG(found.st_mode) and os.access(path, os.X_OK)


def exists(path: str) -> bool:
    """Whether something is there, a dangling link included."""
    return link_status(path) is not None


def real(path: str) -> str:
    """The path with all links in it followed."""
    found = os.path.realpath(path)
    _note(REAL, path, found)
    return found


def target(path: str) -> str:
    """What a link says; raises OSError when it is none."""
    return os.readlink(path)


def names(folder: str) -> list[str]:
    """The names in a folder, sorted; raises OSError when it is no folder or cannot be read."""
    before = _status(folder, follows=True) if _looks is not None else None
    found: list[str] = []
    try:
        found = sorted(os.listdir(folder))
    finally:
        if _looks is not None:
            _note(NAMES, folder, _identity(before, _joined(found)))
    return found


def _joined(found: list[str]) -> bytes:
    return "\0".join(found).encode("utf-8", "surrogateescape")


def scanned(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """The names in a folder with their own status, sorted; raises OSError when it is no folder or cannot be read."""
    for name in names(folder):
        found = link_status(f"{folder}/{name}")
        if found is not None:
            yield name, found


def read(path: str, limit: int, *, follows: bool = True) -> bytes:
    """At most `limit` + 1 bytes of a regular file, a link at the end followed or refused; a pipe or device is not
    waited for. Raises OSError when it cannot be read and IsADirectoryError when it is no regular file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not follows:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    before, data = None, b""
    try:
        descriptor = os.open(path, flags)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise IsADirectoryError(f"{path} is not a regular file")
            with os.fdopen(descriptor, "rb", closefd=False) as opened:
                data = opened.read(limit + 1)
        finally:
            os.close(descriptor)
    finally:
        if _looks is not None:
            seen = before or _status(path, follows=follows)
            _note(READ if follows else READ_LINK, path, _identity(seen, data))
    return data


def _status(path: str, *, follows: bool) -> os.stat_result | None:
    try:
        return os.stat(path, follow_symlinks=follows)
    except (OSError, ValueError):
        return None


def _shape(path: str, found: os.stat_result | None) -> Seen:
    if found is None:
        return None
    if stat.S_ISLNK(found.st_mode):
        return found.st_mode, 0, os.readlink(path)
    return found.st_mode, found.st_size if stat.S_ISREG(found.st_mode) else 0


def _identity(found: os.stat_result | None, content: bytes) -> Seen:
    """What tells a file from a changed one: its numbers, and the content's length and digest when they may not tell."""
    if found is None:
        return None
    numbers = _numbers(found)
    if max(found.st_mtime_ns, found.st_ctime_ns) < time.time_ns() - RACY:
        return numbers
    return (*numbers, len(content), _digest(content))


def _numbers(found: os.stat_result) -> tuple[int, ...]:
    size = found.st_size if stat.S_ISREG(found.st_mode) else 0
    return found.st_mode, found.st_dev, found.st_ino, size, found.st_mtime_ns, found.st_ctime_ns


_COUNT = 6


def _digest(content: bytes) -> bytes:
    from hashlib import blake2b

    return blake2b(content, digest_size=16).digest()


def holds(looks: Looks) -> Looks | None:
    """The same looks as they are seen now, None when one sees something else.

    What was racy and is not any more comes back without its digest, so that keeping the answer saves the next reading.
    """
    seen: Looks = {}
    for (kind, path), before in looks.items():
        now = _again(kind, path, before)
        if now is _CHANGED:
            return None
        seen[kind, path] = now
    return seen


_CHANGED: Seen = ("changed",)


def _again(kind: str, path: str, before: Seen) -> Seen:
    if kind == REAL:
        return before if os.path.realpath(path) == before else _CHANGED
    found = _status(path, follows=kind not in (LINK, READ_LINK))
    if kind in (STATUS, LINK):
        return before if _shape(path, found) == before else _CHANGED
    if kind == PROGRAM:
        return before if (None if found is None else _numbers(found)) == before else _CHANGED
    if found is None or before is None:
        return before if found is None and before is None else _CHANGED
    if before[:_COUNT] != _numbers(found):
        return _CHANGED
    if len(before) == _COUNT:
        return before
    content = _content(kind, path, before[_COUNT])
    return _identity(found, content) if _digest(content) == before[_COUNT + 1] else _CHANGED


def _content(kind: str, path: str, length: object) -> bytes:
    try:
        if kind == NAMES:
            return _joined(names(path))
        with open(path, "rb") as file:
            return file.read(length) if isinstance(length, int) else b""
    except OSError:
        return b""

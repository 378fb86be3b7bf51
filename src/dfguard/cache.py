"""The result cache: what a check of one target said, kept for as long as everything it looked at is unchanged.

One entry is one file, named after its key (dfguard's own state, the call, the working directory). Nothing in it is
trusted: the folder must be the user's own and writable by nobody else, and whatever cannot be read counts as absent.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
import zlib

from dfguard import bundle
from dfguard.core import observed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dfguard.core.observed import Looks

    Plain = None | bool | int | str | bytes | tuple["Plain", ...] | list["Plain"]

FORMAT = 1
LARGEST = 1 << 20
MOST_LOOKS = 20_000
MOST_IN_SHELF = 16
LARGEST_SHELF = 1 << 20
_CHECKSUM = 4
_OWN_ONLY = stat.S_IWGRP | stat.S_IWOTH
_BROKEN = (OSError, ValueError, EOFError, TypeError)


def folder() -> str | None:
    """Where results are kept: DFGUARD_CACHE_DIR, else below the platform's folder for caches; None when there is none."""
    told = os.environ.get("DFGUARD_CACHE_DIR")
    if told is not None:
        return os.path.abspath(told) if told else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.expanduser("~/.cache")
    return os.path.join(base, "dfguard") if os.path.isabs(base) else None


def key(call: Plain) -> bytes:
    """The key of a call: equal only when dfguard, its packs, what is installed, PATH and the working directory are too."""
    try:
        folder = os.getcwd()
    except OSError:
        folder = ""
    return marshal.dumps(
        (FORMAT, sys.version, sys.prefix, bundle.state(), folder, os.environ.get("PATH"), call)
    )


def look(key: bytes) -> Plain:
    """What was kept under the key, if everything that was looked at is still the same; else None."""
    path = _path(key)
    if path is None or not _is_own(os.path.dirname(path)):
        return None
    try:
        data = _content(path)
        if len(data) > LARGEST or zlib.crc32(data[_CHECKSUM:]) != int.from_bytes(data[:_CHECKSUM], "big"):
            return None
        found_key, looks, result = marshal.loads(data[_CHECKSUM:])  # noqa: S302  the user's own file, see _is_own
        now = observed.holds(looks) if found_key == key else None
    except _BROKEN:
        return None
    if now is None:
        return None
    if now != looks:
        keep(key, now, result)
    kept: Plain = result
    return kept


def _content(path: str) -> bytes:
    """The start of a regular file; a pipe is not waited for. Raises OSError for anything else."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        return file.read(LARGEST + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def keep(key: bytes, looks: Looks | None, result: Plain) -> None:
    """Keep a result with what it was made of; where that is not possible, the next run checks anew."""
    path = _path(key)
    if path is None or looks is None or len(looks) > MOST_LOOKS:
        return
    content = marshal.dumps((key, looks, result))
    data = zlib.crc32(content).to_bytes(_CHECKSUM, "big") + content
    if len(data) > LARGEST:
        return
    shelf = os.path.dirname(path)
    try:
        os.makedirs(shelf, mode=0o700, exist_ok=True)
        if _is_own(shelf):
            _write(path, data)
            _prune(shelf)
    except OSError:
        return


def _path(key: bytes) -> str | None:
    base = folder()
    if base is None:
        return None
    name = f"{zlib.crc32(key):08x}{zlib.adler32(key):08x}"
    return os.path.join(base, f"results-{FORMAT}", name[:2], name[2:])


def _is_own(shelf: str) -> bool:
    """Whether the folder of an entry and the ones above it, up to the cache's own, are the user's and no one else writes there."""
    if not hasattr(os, "geteuid"):
        return True
    for path in (shelf, os.path.dirname(shelf), os.path.dirname(os.path.dirname(shelf))):
        try:
            status = os.lstat(path)
        except OSError:
            return False
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & _OWN_ONLY:
            return False
    return True


def _write(path: str, data: bytes) -> None:
    scratch = f"{path}.{os.getpid()}.new"
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(scratch, path)
    except OSError:
        os.unlink(scratch)
        raise


def _prune(shelf: str) -> None:
    """Leave the newest entries, as many as a shelf may hold; what a broken-off run left half-written ages like them."""
    with os.scandir(shelf) as entries:
        found = [(entry.stat(follow_symlinks=False), entry.path) for entry in entries]
    total = 0
    newest_first = sorted(found, key=lambda item: item[0].st_mtime_ns, reverse=True)
    for count, (status, path) in enumerate(newest_first):
        total += status.st_size
        if count >= MOST_IN_SHELF or total > LARGEST_SHELF:
            os.unlink(path)

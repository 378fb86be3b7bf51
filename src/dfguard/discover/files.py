"""Folders and files as the discovery reads them, on disk or in memory; and files written so that none is left half-done."""

from __future__ import annotations

import contextlib
import os
import posixpath
import stat
from typing import TYPE_CHECKING, Protocol

from dfguard.core import observed
from dfguard.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_BUILD_FILE = 1 << 20


class Files(Protocol):
    """A folder that is read by paths relative to it, with forward slashes; nothing outside is reachable."""

    def is_file(self, path: str) -> bool:
        """Whether a regular file is at the path (a link to one inside the folder counts)."""
        ...

    def is_folder(self, path: str) -> bool:
        """Whether a folder is at the path (a link to one inside the folder counts)."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder, sorted; none when it is no folder."""
        ...

    def read(self, path: str) -> bytes | None:
        """The file's bytes; None when it is missing, unreadable, no regular file, larger than 1 MiB or outside."""
        ...


class DiskFiles:
    """The files below a folder on disk."""

    def __init__(self, root: str) -> None:
        """Keep the folder; nothing is read yet."""
        self._root = observed.real(root)

    def _reachable(self, path: str) -> str | None:
        """The path on disk of something that is there and inside, links not followed; None without one."""
        asked = os.path.join(self._root, path)
        if not observed.exists(asked):
            return None
        real = observed.real(asked)
        is_inside = real == self._root or real.startswith(self._root.rstrip(os.sep) + os.sep)
        return asked if is_inside else None

    def is_file(self, path: str) -> bool:
        """See `Files`."""
        asked = self._reachable(path)
        return asked is not None and observed.is_file(asked)

    def is_folder(self, path: str) -> bool:
        """See `Files`."""
        asked = self._reachable(path)
        return asked is not None and observed.is_folder(asked)

    def names(self, folder: str) -> tuple[str, ...]:
        """See `Files`."""
        asked = self._reachable(folder)
        try:
            return tuple(observed.names(asked)) if asked is not None else ()
        except OSError:
            return ()

    def read(self, path: str) -> bytes | None:
        """See `Files`."""
        asked = self._reachable(path)
        if asked is None:
            return None
        try:
            return read_bytes(asked, LARGEST_BUILD_FILE)
        except InputError:
            return None


class MemoryFiles:
    """Files given as text by path."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """Keep the texts."""
        self._files = dict(files)

    def is_file(self, path: str) -> bool:
        """See `Files`."""
        return posixpath.normpath(path) in self._files

    def is_folder(self, path: str) -> bool:
        """See `Files`."""
        return any(known.startswith(f"{posixpath.normpath(path)}/") for known in self._files)

    def names(self, folder: str) -> tuple[str, ...]:
        """See `Files`."""
        prefix = f"{posixpath.normpath(folder)}/" if folder else ""
        return tuple(
            sorted({p.removeprefix(prefix).split("/")[0] for p in self._files if p.startswith(prefix)})
        )

    def read(self, path: str) -> bytes | None:
        """See `Files`."""
        text = self._files.get(posixpath.normpath(path))
        return None if text is None else text.encode("utf-8", "surrogateescape")


def read_bytes(file: str, limit: int) -> bytes:
    """The bytes of a regular file; raise InputError when it cannot be read, is none, or holds more than `limit` bytes."""
    try:
        data = observed.read(file, limit)
    except IsADirectoryError:
        raise InputError("not a regular file") from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or 'not a regular file'}") from None
    if len(data) > limit:
        raise InputError(f"larger than {limit >> 20} MiB, which is no Dockerfile")
    return data


def write_atomically(path: str, data: bytes) -> None:
    """Write the file whole or not at all, keeping its owner and permission bits; raise InputError when it cannot be
    written, or when there is something that is not a regular file: a device that is replaced is lost.
    """
    target = os.path.realpath(path)
    temporary = f"{target}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    try:
        before = os.lstat(target) if os.path.lexists(target) else None
        if before is not None and not stat.S_ISREG(before.st_mode):
            raise InputError(f"{path} is not a regular file: it is not written to")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, 0o666 if before is None else 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(descriptor)
            if before is not None:
                _give(temporary, before)
            os.replace(temporary, target)
        except OSError:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


def _give(path: str, before: os.stat_result) -> None:
    """The owner, where we may name one, and the permission bits of the file that is replaced."""
    own = os.lstat(path)
    if (own.st_uid, own.st_gid) != (before.st_uid, before.st_gid) and hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(path, before.st_uid, before.st_gid)
    os.chmod(path, stat.S_IMODE(before.st_mode) & 0o777)

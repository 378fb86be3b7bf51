"""A tar archive's bytes to the list of its members; nothing is unpacked and bombs are left alone."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.context import Archive, ContextEntry, Kind

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterator

LARGEST_ARCHIVE = 16 * 1024 * 1024
MOST_UNPACKED = 128 * 1024 * 1024
MOST_MEMBERS = 10_000
_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")


def may_be_archive(data: bytes) -> bool:
    """Whether the bytes start like something ADD tries to unpack: compressed, or with a tar header.

    Source: moby/go-archive compression/compression.go `Detect` and archive.go `IsArchivePath`.
    """
    return data.startswith(_MAGIC) or data[257:262] == b"ustar" or _has_old_header(data[:512])


def _has_old_header(block: bytes) -> bool:
    """Whether a 512-byte block carries the checksum of a tar header from before POSIX."""
    if len(block) < 512:
        return False
    written = block[148:156].strip(b" \0")
    if not written or not all(48 <= digit <= 55 for digit in written):
        return False
    return int(written, 8) == sum(block[:148]) + sum(block[156:]) + 8 * 32


def archive_of(data: bytes) -> Archive | None:
    """The archive in the bytes; None when they turn out to be none (a compressed single file, say)."""
    import io
    import lzma
    import tarfile
    import zlib

    if data.startswith(_MAGIC[-1]):
        return Archive(None)
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as opened:
            return Archive(_members(opened))
    except tarfile.ReadError:
        return None
    except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return Archive(None)


def _members(opened: tarfile.TarFile) -> tuple[ContextEntry, ...] | None:
    found: dict[str, ContextEntry] = {}
    while member := opened.next():
        if len(found) >= MOST_MEMBERS or member.offset_data + member.size > MOST_UNPACKED:
            return None
        for entry in _entry(member):
            found[entry.path] = entry
    return tuple(found.values())


def _entry(member: tarfile.TarInfo) -> Iterator[ContextEntry]:
    path = posixpath.normpath("/" + member.name).lstrip("/")
    if not path:
        return
    mode, owner = member.mode & 0o7777, f"{member.uid}:{member.gid}"
    if member.isdir():
        yield ContextEntry(path, Kind.DIRECTORY, 0, is_executable=True, mode=mode, owner=owner)
    elif member.issym():
        yield ContextEntry(path, Kind.LINK, 0, target=member.linkname, mode=0o777, owner=owner)
    elif member.isfile() or member.islnk():
        yield ContextEntry(path, Kind.FILE, member.size, bool(mode & 0o111), None, mode, owner)
    else:
        yield ContextEntry(path, Kind.OTHER, mode=mode, owner=owner)

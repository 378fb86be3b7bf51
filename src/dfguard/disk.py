"""Files to a `BuildContext`: a folder on disk, read lazily and never outside its root, or a mapping held in memory."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dfguard.core import observed
from dfguard.core.context import ContextEntry, Kind, no_doubt
from dfguard.core.reader import IGNORE_FILE, LARGEST_TEXT, ContextReader
from dfguard.core.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class DiskContext(ContextReader):
    """A folder on disk. Links are never followed by the operating system, only by our own rules inside the root.

    Each folder is scanned at most once and only when something below it is asked for.
    """

    def __init__(
        self,
        root: str,
        name: str = ".",
        dockerfile: str | None = None,
        doubt: Callable[[str], str] = no_doubt,
    ) -> None:
        """Take the folder, what is shown for it, the Dockerfile's path on disk (for `<Dockerfile>.dockerignore`), and what
        is not proven to be absent.
        """
        super().__init__(name, doubt)
        self._dockerfile = dockerfile
        self._root = observed.real(root)
        self._folders: dict[str, tuple[ContextEntry, ...]] = {}
        self._entries: dict[str, ContextEntry | None] = {"": ContextEntry("", Kind.DIRECTORY)}

    def entry(self, path: str) -> ContextEntry | None:
        """The entry at `path`, links not followed; None when there is none or a link stands in the way."""
        if path not in self._entries:
            folder, _, name = path.rpartition("/")
            above = self.entry(folder) if name not in ("", ".", "..") and "\0" not in name else None
            is_inside = above is not None and above.kind is Kind.DIRECTORY
            self._entries[path] = self._stated(path) if is_inside else None
        return self._entries[path]

    def _stated(self, path: str) -> ContextEntry | None:
        status = observed.link_status(self._real(path))
        return _entry(path, status, self._real(path)) if status else None

    def _real(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    def children(self, path: str) -> tuple[ContextEntry, ...]:
        """The entries directly in the directory `path`, sorted by name; empty when it is none."""
        if path not in self._folders:
            above = self.entry(path)
            is_folder = above is not None and above.kind is Kind.DIRECTORY
            self._folders[path] = tuple(self._scanned(path)) if is_folder else ()
        return self._folders[path]

    def _scanned(self, path: str) -> Iterator[ContextEntry]:
        try:
            found = list(observed.scanned(self._real(path)))
        except OSError:
            return
        for name, status in found:
            inner = f"{path}/{name}" if path else name
            self._entries[inner] = entry = _entry(inner, status, self._real(inner))
            yield entry

    def read(self, path: str, limit: int) -> bytes | None:
        """At most `limit` bytes of the regular file at `path`; None when it is longer or cannot be read."""
        return _regular(self._real(path), limit)

    def ignore_file_of_dockerfile(self) -> Source | None:
        """`<Dockerfile>.dockerignore` beside the Dockerfile, which may stand outside the context."""
        if self._dockerfile is None:
            return None
        data = _regular(f"{self._dockerfile}{IGNORE_FILE}", LARGEST_TEXT)
        return (
            Source.decode(f"{os.path.relpath(self._dockerfile)}{IGNORE_FILE}", data)
            if data is not None
            else None
        )


def _entry(path: str, status: os.stat_result, real: str) -> ContextEntry:
    mode = stat.S_IMODE(status.st_mode) if os.name == "posix" else None
    if stat.S_ISREG(status.st_mode):
        return ContextEntry(path, Kind.FILE, status.st_size, bool(status.st_mode & 0o111), None, mode)
    if stat.S_ISDIR(status.st_mode):
        return ContextEntry(path, Kind.DIRECTORY, 0, is_executable=True, mode=mode)
    if stat.S_ISLNK(status.st_mode):
        return link_entry(path, observed.target(real).replace(os.sep, "/"))
    return ContextEntry(path, Kind.OTHER, mode=mode)


def link_entry(path: str, target: str) -> ContextEntry:
    """The entry of a link: OTHER when what it says leads out of the context, its target is kept all the same."""
    depth = path.count("/")
    for piece in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(piece, 1)
        if depth < 0:
            break
    leads_out = target.startswith("/") or depth < 0
    return ContextEntry(path, Kind.OTHER if leads_out else Kind.LINK, len(target), target=target, mode=0o777)


def _regular(path: str, limit: int) -> bytes | None:
    """The bytes of a regular file, the last link not followed."""
    try:
        data = observed.read(path, limit, follows=False)
    except (OSError, ValueError):
        return None
    return data if len(data) <= limit else None


class InMemoryContext(ContextReader):
    """A context given as a mapping from relative path to content; folders follow from the paths."""

    def __init__(
        self,
        files: Mapping[str, str | bytes],
        name: str = ".",
        *,
        links: Mapping[str, str] | None = None,
        modes: Mapping[str, int] | None = None,
        dockerfile: str = "Dockerfile",
        doubt: Callable[[str], str] = no_doubt,
    ) -> None:
        """Take contents, links (path to target as written) and modes; a path that ends in `/` is an empty folder."""
        super().__init__(name, doubt)
        self._dockerfile = dockerfile
        self._data = {
            p: d if isinstance(d, bytes) else d.encode("utf-8", "surrogateescape") for p, d in files.items()
        }
        self._modes = dict(modes or {})
        self._entries: dict[str, ContextEntry] = {"": ContextEntry("", Kind.DIRECTORY)}
        self._folders: dict[str, list[str]] = {"": []}
        for path, data in self._data.items():
            self._add(path.rstrip("/"), None if path.endswith("/") else self._file(path, len(data)))
        for path, target in (links or {}).items():
            self._add(path, link_entry(path, target))

    def _file(self, path: str, size: int) -> ContextEntry:
        mode = self._modes.get(path, 0o644)
        return ContextEntry(path, Kind.FILE, size, bool(mode & 0o111), None, mode)

    def _add(self, path: str, entry: ContextEntry | None) -> None:
        folder, _, _ = path.rpartition("/")
        if folder not in self._entries:
            self._add(folder, None)
        if path not in self._entries:
            self._folders[folder].append(path)
            self._folders.setdefault(path, [])
            mode = self._modes.get(path, 0o755)
            self._entries[path] = entry or ContextEntry(
                path, Kind.DIRECTORY, 0, is_executable=True, mode=mode
            )

    def entry(self, path: str) -> ContextEntry | None:
        """The entry at `path`, links not followed."""
        return self._entries.get(path)

    def children(self, path: str) -> tuple[ContextEntry, ...]:
        """The entries directly in the directory `path`, sorted by name."""
        return tuple(self._entries[inner] for inner in sorted(self._folders.get(path, ())))

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes; None when there is none or it is longer than `limit`."""
        data = self._data.get(path)
        return data if data is not None and len(data) <= limit else None

    def ignore_file_of_dockerfile(self) -> Source | None:
        """`<Dockerfile>.dockerignore`, for the Dockerfile named at the start."""
        return self.source(f"{self._dockerfile}{IGNORE_FILE}")

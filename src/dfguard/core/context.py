"""The build context as a protocol: what the analysis may ask of the outside world, and nothing else.

Paths are relative to the context root, with forward slashes, cleaned (no `.`, `..`, leading or trailing `/`);
the root is the empty string.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.source import Source


class Kind(Enum):
    """What a path is; OTHER is a device, socket, pipe, or a link that leaves the context."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    OTHER = "other"


class ContextEntry(Record):
    """One path of the build context: `size` in bytes (0 for directories), `target` of a link as written, `mode` the
    permission bits (None when they say nothing, as on Windows), `owner` as `uid:gid` where it counts (in archives).
    """

    path: str
    kind: Kind
    size: int = 0
    is_executable: bool = False
    target: str | None = None
    mode: int | None = None
    owner: str | None = None


class Archive(Record):
    """A tar archive of the context. `members` are relative to where it is unpacked, None when it is too large to list."""

    members: tuple[ContextEntry, ...] | None


MOST_LINKS = 255


def no_doubt(path: str) -> str:  # noqa: ARG001  what takes a doubt asks it of a path
    """The doubt of a context that holds what it holds: none."""
    return ""


class BuildContext(Protocol):
    """Read-only, symlink-safe view of the build context. Nothing outside the root is ever read."""

    @property
    def name(self) -> str:
        """What is shown to the user for the root, for example `.` or `services/worker`."""
        ...

    def entry(self, path: str) -> ContextEntry | None:
        """The entry at `path` (links not followed), None when there is none."""
        ...

    def children(self, path: str) -> tuple[ContextEntry, ...]:
        """The entries directly in the directory `path`, sorted by name; empty when it is none."""
        ...

    def source(self, path: str) -> Source | None:
        """The text of the file at `path` (links inside the context followed); None when missing, unreadable,
        larger than the limit (2 MiB) or binary (holds a NUL byte, and is not named `*.py`).
        """
        ...

    def is_ignored(self, path: str) -> bool:
        """Whether .dockerignore keeps the path out of the build."""
        ...

    def ignore_rule(self, path: str) -> tuple[Source, int] | None:
        """The ignore file and 1-based line of the pattern that excludes `path`; None when it is not ignored."""
        ...

    def matches(self, pattern: str) -> Iterable[ContextEntry]:
        """The entries that a COPY source pattern (Go filepath.Match per segment) names, ignored ones left out."""
        ...

    def doubt(self, path: str) -> str:
        """Why something may be at `path` when the build starts although nothing is there now (git ignores it, it lies in a
        submodule, the context itself is a guess); empty when it surely stays absent.
        """
        ...

    @property
    def may_grow(self) -> bool:
        """Whether `doubt` may say something of some path."""
        ...

    def archive(self, path: str) -> Archive | None:
        """What the tar archive at `path` holds; None when the file is proven to be none (or is not there)."""
        ...


def followed(context: BuildContext, path: str) -> str | None:
    """The path with every link in it followed the way BuildKit does: the context root is `/`, nothing leads out of it.

    None when something on the way is missing, no directory, or a circle of links. The root is the empty string.
    Source: containerd/continuity v0.4.5 fs/path.go RootPath, which moby/buildkit v0.27 uses for COPY sources.
    """
    done: list[str] = []
    todo = [piece for piece in reversed(path.split("/")) if piece]
    links = 0
    while todo:
        piece = todo.pop()
        if piece in (".", ".."):
            del done[len(done) - (piece == "..") :]
            continue
        entry = context.entry("/".join((*done, piece)))
        if entry is None or (todo and entry.kind is not Kind.DIRECTORY and entry.target is None):
            return None
        if entry.target is None:
            done.append(piece)
            continue
        links += 1
        if links > MOST_LINKS:
            return None
        if entry.target.startswith("/"):
            done.clear()
        todo += [step for step in reversed(entry.target.split("/")) if step]
    return "/".join(done)

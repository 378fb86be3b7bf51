"""A folder to the Dockerfiles below it; what only looks like one is left out, and counted.

Left out without a word: what git ignores, folders of tools (`.git`, `.venv`), and files whose names are not a
Dockerfile's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dfguard.core import observed
from dfguard.core.record import Record
from dfguard.core.repository import leads_out
from dfguard.discover.files import DiskFiles
from dfguard.discover.ignored import SKIPPED_FOLDERS, GitIgnores
from dfguard.discover.kinds import LARGEST_READ, Kind, kind_of
from dfguard.discover.mentioned import dockerfiles_named, is_build_file_name
from dfguard.discover.names import is_dockerfile_name, may_be_dockerfile_name
from dfguard.discover.vendored import is_vendored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VENDORED, LINK, DANGLING, IGNORED = "vendored", "link", "broken link", "ignored by git"


class Omission(Record):
    """A file that a search leaves out, and as what: the value of a `Kind`, or `vendored`, `link`, `broken link`."""

    path: str
    reason: str


class Searched(Record):
    """What lies below a folder: Dockerfiles, what was left out (both sorted), and folders that cannot be read."""

    files: tuple[str, ...]
    left_out: tuple[Omission, ...] = ()
    unreadable: tuple[str, ...] = ()


def search(folder: str, root: str) -> Searched:
    """The Dockerfiles below a folder of the repository at `root`, each file once, links to folders not followed.

    Found are files called like a Dockerfile that read as one, and those that a build file (compose, bake, a workflow,
    a devcontainer) names, whatever they are called.
    """
    walk = _Walk(folder, root)
    inside = relative(folder, root)
    walk.walk(folder, "" if inside == "." else f"{inside}/")
    for file in dockerfiles_named(root, walk.build_files):
        walk.take_named(file)
    return walk.result()


def relative(path: str, root: str) -> str:
    """The path below the repository's root, with forward slashes."""
    return os.path.relpath(os.path.abspath(path), os.path.abspath(root)).replace(os.sep, "/")


def kind_on_disk(file: str, root: str) -> Kind:
    """What a file called like a Dockerfile is. One that cannot be read, or lies outside through a link, is left to the
    check, which says so.
    """
    if leads_out(file, root):
        return Kind.DOCKERFILE
    try:
        data = observed.read(file, LARGEST_READ)
    except OSError:
        return Kind.DOCKERFILE
    return kind_of(relative(file, root), data)


def left_out_as(file: str, root: str) -> str | None:
    """As what a search of the whole repository leaves a file out; None when it takes it."""
    inside = relative(file, root)
    folders = inside.split("/")[:-1]
    if any(is_vendored(os.path.join(root, *folders[: depth + 1])) for depth in range(len(folders))):
        return VENDORED
    if GitIgnores(DiskFiles(root)).ignores(inside):
        return IGNORED
    kind = kind_on_disk(file, root)
    return None if kind is Kind.DOCKERFILE else kind.value


class _Walk:
    """One search under way."""

    def __init__(self, folder: str, root: str) -> None:
        self._folder, self._root = folder, root
        self._ignores = GitIgnores(DiskFiles(root))
        self._found: dict[str, None] = {}
        self._left: dict[str, str] = {}
        self._unreadable: list[str] = []
        self.build_files: list[str] = []
        """Relative to the root."""

    def walk(self, folder: str, prefix: str) -> None:
        """`prefix` is the folder's path below the root, empty or with a slash at its end."""
        for entry in self._entries(folder):
            inside = f"{prefix}{entry.name}"
            if _is(entry.is_dir, follows=False):
                if entry.name in SKIPPED_FOLDERS or self._ignores.ignores(inside, is_folder=True):
                    continue
                if is_vendored(entry.path):
                    self._left |= dict.fromkeys(self._called_so_below(entry.path), VENDORED)
                else:
                    self.walk(entry.path, f"{inside}/")
            elif is_build_file_name(inside):
                self.build_files.append(inside)
            elif may_be_dockerfile_name(entry.name) and not self._ignores.ignores(inside):
                self._take(entry)

    def _take(self, entry: os.DirEntry[str]) -> None:
        is_called_so = is_dockerfile_name(entry.name)
        if not _is(entry.is_file, follows=True):
            if is_called_so and entry.is_symlink() and not _is(entry.is_dir, follows=True):
                self._left[entry.path] = DANGLING
            return
        kind = kind_on_disk(entry.path, self._root)
        if kind is Kind.DOCKERFILE:
            self._found[entry.path] = None
        elif is_called_so:
            self._left[entry.path] = kind.value

    def take_named(self, path: str) -> None:
        """A file that a build file names, by its path below the root."""
        file = os.path.normpath(
            os.path.join(self._folder, os.path.relpath(os.path.join(self._root, path), self._folder))
        )
        if relative(file, self._folder).startswith("../") or self._ignores.ignores(path):
            return
        if kind_on_disk(file, self._root) is Kind.TEMPLATE:
            self._left.setdefault(file, Kind.TEMPLATE.value)
        else:
            self._left.pop(file, None)
            self._found[file] = None

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError:
            self._unreadable.append(folder)
            return []

    def _called_so_below(self, folder: str) -> Iterator[str]:
        for entry in self._entries(folder):
            if _is(entry.is_dir, follows=False):
                yield from self._called_so_below(entry.path)
            elif is_dockerfile_name(entry.name):
                yield entry.path

    def result(self) -> Searched:
        """Of a file that is there through links as well, the file itself stays, else the first of the links."""
        files = sorted(self._found, key=lambda path: path.split(os.sep))
        own = {os.path.realpath(file) for file in files if not os.path.islink(file)}
        kept = []
        for file in files:
            if os.path.islink(file):
                real = os.path.realpath(file)
                if real in own:
                    self._left[file] = LINK
                    continue
                own.add(real)
            kept.append(file)
        left = (Omission(path, self._left[path]) for path in sorted(self._left))
        return Searched(tuple(kept), tuple(left), tuple(self._unreadable))


def _is(question: Callable[..., bool], *, follows: bool) -> bool:
    """What an entry is; nothing when it cannot be reached: a link to itself."""
    try:
        return question(follow_symlinks=follows)
    except OSError:
        return False

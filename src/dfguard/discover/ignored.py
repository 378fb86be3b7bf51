"""Paths to whether git ignores them, by the .gitignore files of a folder (gitignore(5)). The door to pathspec."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathspec import GitIgnoreSpec

    from dfguard.discover.files import Files

SKIPPED_FOLDERS = frozenset(
    """
    .git .hg .svn node_modules .venv venv __pycache__ .tox .mypy_cache bower_components
    """.split()
)


class GitIgnores:
    """The .gitignore files below a repository's root; each is read when a path below its folder is asked about."""

    def __init__(self, files: Files) -> None:
        """Keep the files; none is read yet."""
        self._files = files
        self._specs: dict[str, tuple[_Line, ...]] = {}
        self._folders: dict[str, bool] = {"": False}

    def ignores(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether git leaves the path (relative to the root, clean) out, itself or through a folder above it."""
        path = path.strip("/")
        if is_folder:
            return self._ignores_folder(path)
        return self._ignores_folder(posixpath.dirname(path)) or self._verdict(path, is_folder=False)

    def _ignores_folder(self, path: str) -> bool:
        """Whether a folder or one above it is left out; each is asked about once."""
        asked = []
        while path not in self._folders:
            asked.append(path)
            path = posixpath.dirname(path)
        for folder in reversed(asked):
            above = self._folders[posixpath.dirname(folder)]
            self._folders[folder] = above or self._verdict(folder, is_folder=True)
        return self._folders[asked[0] if asked else path]

    def ignores_below(self, path: str) -> bool:
        """Whether a pattern leaves something in that folder out by its name (`dist/*`): git, which keeps no empty folders,
        may then leave the folder out as well.
        """
        folder = path = path.strip("/")
        while folder:
            folder = posixpath.dirname(folder)
            inside = path[len(folder) :].lstrip("/") + "/"
            data = self._files.read(posixpath.join(folder, ".gitignore")) or b""
            for line in data.decode("utf-8", "replace").splitlines():
                pattern = line.strip().removeprefix("**").lstrip("/")
                if pattern.startswith(inside) and len(pattern) > len(inside):
                    return True
        return False

    def _verdict(self, path: str, *, is_folder: bool) -> bool:
        """What the last matching pattern of the nearest file says."""
        folder = posixpath.dirname(path)
        while True:
            relative = path[len(folder) :].lstrip("/")
            include = _last_word(self._lines(folder), relative, is_folder=is_folder)
            if include is not None:
                return include
            if not folder:
                return False
            folder = posixpath.dirname(folder)

    def _lines(self, folder: str) -> tuple[_Line, ...]:
        if folder not in self._specs:
            data = self._files.read(posixpath.join(folder, ".gitignore"))
            self._specs[folder] = (
                () if data is None else _lines_of(data.decode("utf-8", "replace").splitlines())
            )
        return self._specs[folder]


class _Line(Record):
    """A line that is a pattern. `matches` asks pathspec; `is_included` is False after `!`."""

    matches: Callable[[str], object]
    text: str
    is_included: bool
    is_of_folders: bool


def _lines_of(lines: list[str]) -> tuple[_Line, ...]:
    """The patterns of a .gitignore, the last one first."""
    found = []
    for pattern in reversed(list(_read(lines).patterns)):
        text = str(pattern.pattern).strip().lstrip("!")
        if pattern.include is not None:
            plain = text.rstrip("/").removeprefix("**/")
            found.append(_Line(pattern.match_file, plain, bool(pattern.include), text.endswith("/")))
    return tuple(found)


def _read(lines: list[str]) -> GitIgnoreSpec:
    """The patterns of a .gitignore; one that is none (a backslash or `!` alone) never matches, as for git."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _last_word(lines: tuple[_Line, ...], path: str, *, is_folder: bool) -> bool | None:
    """Whether the last pattern that is of the path itself (relative) leaves it out; None without one. What is said of the
    folders above it is asked of them: pathspec, which asks all at once, lets `*` beat a later `!*/`.
    """
    above, _, name = path.rpartition("/")
    slash = "/" if is_folder else ""
    for line in lines:
        if line.is_of_folders and not is_folder:
            continue
        if "/" not in line.text:
            is_meant = line.matches(f"{name}{slash}") is not None
        elif line.text.endswith("/**"):
            is_meant = line.matches(path) is not None
        else:
            is_through = bool(above) and line.matches(f"{above}/") is not None
            is_meant = not is_through and line.matches(f"{path}{slash}") is not None
        if is_meant:
            return line.is_included
    return None

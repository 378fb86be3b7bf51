"""Paths to whether git ignores them, by the .gitignore files of a folder (gitignore(5)). The door to pathspec."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from dfguard.discover.files import Files

SKIPPED_FOLDERS = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        ".venv",
        "venv",
        "__pycache__",
        ".tox",
        ".mypy_cache",
        "bower_components",
    }
)


class GitIgnores:
    """The .gitignore files below a repository's root; each is read when a path below its folder is asked about."""

    def __init__(self, files: Files) -> None:
        """Keep the files; none is read yet."""
        self._files = files
        self._specs: dict[str, GitIgnoreSpec | None] = {}

    def ignores(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether git leaves the path (relative to the root, clean) out, itself or through a folder above it."""
        parts = path.strip("/").split("/")
        prefixes = ["/".join(parts[:count]) for count in range(1, len(parts))]
        return any(self._verdict(p, is_folder=True) for p in prefixes) or self._verdict(
            path.strip("/"), is_folder=is_folder
        )

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
            spec = self._spec(folder)
            if spec is not None:
                relative = path[len(folder) :].lstrip("/") + ("/" if is_folder else "")
                include = _last_word(spec, relative)
                if include is not None:
                    return bool(include)
            if not folder:
                return False
            folder = posixpath.dirname(folder)

    def _spec(self, folder: str) -> GitIgnoreSpec | None:
        if folder not in self._specs:
            data = self._files.read(posixpath.join(folder, ".gitignore"))
            if data is None:
                self._specs[folder] = None
            else:
                self._specs[folder] = _read(data.decode("utf-8", "replace").splitlines())
        return self._specs[folder]


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


def _last_word(spec: GitIgnoreSpec, path: str) -> bool | None:
    """Whether the last pattern that is of the path itself (relative, a folder with a slash at its end) leaves it out; None
    without one. What is said of the folders above it is asked of them: pathspec, which asks all at once, lets `*` beat a
    later `!*/`.
    """
    above, _, name = path.rstrip("/").rpartition("/")
    slash = "/" if path.endswith("/") else ""
    for pattern in reversed(spec.patterns):
        text = str(pattern.pattern).strip().lstrip("!")
        if pattern.include is None or (text.endswith("/") and not slash):
            continue
        text = text.rstrip("/").removeprefix("**/")
        if "/" not in text:
            is_meant = pattern.match_file(f"{name}{slash}") is not None
        elif text.endswith("/**"):
            is_meant = pattern.match_file(path.rstrip("/")) is not None
        else:
            is_through = bool(above) and pattern.match_file(f"{above}/") is not None
            is_meant = not is_through and pattern.match_file(path) is not None
        if is_meant:
            return bool(pattern.include)
    return None

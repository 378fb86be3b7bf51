"""A folder to the Dockerfiles below it, leaving out what .gitignore leaves out. The door to pathspec."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dfguard.discover.targets import is_dockerfile_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathspec import PathSpec

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"}
)

Ignores = tuple[tuple[str, "PathSpec"], ...]


def dockerfiles_below(folder: str) -> Iterator[str]:
    """Every Dockerfile below the folder (see `is_dockerfile_name`), sorted; links to folders are not followed.

    .gitignore files count as git counts them, from the repository's root down (gitignore(5)).
    """
    yield from _walk(folder, _ignores_above(os.path.abspath(folder)))


def _walk(folder: str, ignores: Ignores) -> Iterator[str]:
    ignores = (*ignores, *_ignore_file(folder))
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_folder and entry.name in SKIPPED_FOLDERS:
            continue
        if not is_folder and not is_dockerfile_name(entry.name):
            continue
        if _is_ignored(entry.path, ignores, is_folder=is_folder):
            continue
        if is_folder:
            yield from _walk(entry.path, ignores)
        elif entry.is_file():
            yield entry.path


def _ignores_above(folder: str) -> Ignores:
    """The ignore files of the folders above, the repository's root first; none outside a repository."""
    found: list[Ignores] = []
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return ()
        folder = parent
        found.append(_ignore_file(folder))
    return tuple(rule for rules in reversed(found) for rule in rules)


def _ignore_file(folder: str) -> Ignores:
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return ()
    from pathspec import PathSpec

    return ((os.path.abspath(folder), PathSpec.from_lines("gitwildmatch", lines)),)


def _is_ignored(path: str, ignores: Ignores, *, is_folder: bool) -> bool:
    absolute = os.path.abspath(path)
    for root, spec in reversed(ignores):
        relative = os.path.relpath(absolute, root).replace(os.sep, "/") + ("/" if is_folder else "")
        verdict = spec.check_file(relative).include
        if verdict is not None:
            return bool(verdict)
    return False

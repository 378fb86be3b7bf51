"""A folder to the Dockerfiles below it, leaving out what git leaves out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dfguard.discover.files import DiskFiles
from dfguard.discover.ignored import SKIPPED_FOLDERS, GitIgnores
from dfguard.discover.names import is_dockerfile_name
from dfguard.discover.targets import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator


def dockerfiles_below(folder: str) -> Iterator[str]:
    """Every Dockerfile below the folder (see `is_dockerfile_name`), sorted; links to folders are not followed."""
    root = repository_root(os.path.join(folder, "Dockerfile"))
    yield from _walk(folder, root, GitIgnores(DiskFiles(root)))


def _walk(folder: str, root: str, ignores: GitIgnores) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        wanted = entry.name not in SKIPPED_FOLDERS if is_folder else is_dockerfile_name(entry.name)
        if not wanted or (not is_folder and not entry.is_file()):
            continue
        relative = os.path.relpath(os.path.abspath(entry.path), root).replace(os.sep, "/")
        if ignores.ignores(relative, is_folder=is_folder):
            continue
        if is_folder:
            yield from _walk(entry.path, root, ignores)
        else:
            yield entry.path

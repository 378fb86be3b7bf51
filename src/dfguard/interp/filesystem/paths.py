"""Paths of the image as text: absolute, clean (no `.`, `..`, doubled or trailing slashes); the root is `/`."""

from __future__ import annotations

import posixpath
from functools import lru_cache

LONGEST = 4096
"""PATH_MAX of Linux: nothing longer can be opened."""


def clean(path: str, directory: str = "/") -> str:
    """The path as absolute and clean, relative ones below `directory`; `..` at the root stays there."""
    if path.startswith("/") and not path.endswith("/") and "/." not in path and "//" not in path:
        return path
    whole = posixpath.normpath(posixpath.join(directory, path))
    return "/" + whole.lstrip("/")


def parent(path: str) -> str:
    """The directory that holds the path; the root holds itself."""
    return path[: path.rfind("/")] or "/"


def name(path: str) -> str:
    """The last segment, empty for the root."""
    return path[path.rfind("/") + 1 :]


def below(directory: str, relative: str) -> str:
    """The path of a relative one in a directory; the directory itself for the empty text."""
    if not relative:
        return directory
    return f"/{relative}" if directory == "/" else f"{directory}/{relative}"


def is_below(path: str, directory: str) -> bool:
    """Whether the path lies strictly below the directory."""
    return path != directory and (directory == "/" or path.startswith(f"{directory}/"))


def is_at_or_below(path: str, directory: str) -> bool:
    """Whether the path is the directory or lies below it."""
    return path == directory or is_below(path, directory)


def relative(path: str, directory: str) -> str:
    """The path seen from a directory at or above it; empty when it is the directory."""
    return path[1:] if directory == "/" else path[len(directory) + 1 :]


@lru_cache(maxsize=8192)
def ancestors(path: str) -> tuple[str, ...]:
    """The directories above the path, the nearest first, the root last; none for the root."""
    found = []
    while path != "/":
        path = parent(path)
        found.append(path)
    return tuple(found)


_USUAL = """
/bin /etc /home /lib /media /mnt /opt /root /run /sbin /srv /tmp /usr /usr/bin /usr/lib /usr/local /usr/local/bin
/usr/local/etc /usr/local/lib /usr/local/sbin /usr/local/share /usr/sbin /usr/share /var /var/lib /var/log /var/tmp
"""
USUAL_DIRECTORIES = frozenset(_USUAL.split())
"""Directories of the Filesystem Hierarchy Standard 3.0: where a base image may hold one of these paths, it is one."""

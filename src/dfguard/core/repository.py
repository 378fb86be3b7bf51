"""Paths to the repository they belong to, and whether they stay in it.

What is checked was written by others: a link in it, or a path in its configuration, leads nowhere outside.
"""

from __future__ import annotations

import os

from dfguard.core import observed


def repository_root(file: str) -> str:
    """The nearest folder upwards that holds `.git`; else the working directory when the file lies below it, else the
    file's folder. Where all files of the machine lie below the working directory, that says nothing.
    """
    folder = start = os.path.dirname(os.path.abspath(file))
    while True:
        if observed.status(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    here = os.getcwd()
    return here if is_below(start, here) and here != os.path.dirname(here) else start


def is_below(path: str, folder: str) -> bool:
    """Whether a path is the folder or lies below it; both are absolute, and taken as they are written."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def leads_out(path: str, root: str) -> bool:
    """Whether a path, all links in it followed, lies outside the folder."""
    return not is_below(observed.real(path), observed.real(root))

"""A name like `python3` and the state it is looked up in to the version of the interpreter."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.state.model import BuildState
    from dfguard.interp.values import Value

    Version = tuple[int, int]


SYSTEM_PYTHONS: dict[str, Version] = {
    "ubuntu 20.04": (3, 8),
    "ubuntu 22.04": (3, 10),
    "ubuntu 24.04": (3, 12),
    "ubuntu noble": (3, 12),
    "debian bullseye": (3, 9),
    "debian bookworm": (3, 11),
    "debian trixie": (3, 13),
}
"""What the package `python3` of a release installs (packages.ubuntu.com, packages.debian.org, read 2026-11)."""
WITHOUT_PYTHON2_NAME = frozenset(
    [
        *("ubuntu 22.04", "ubuntu 24.04", "ubuntu noble", "ubuntu 24.10", "ubuntu 25.04", "ubuntu 25.10"),
        *("ubuntu latest", "ubuntu rolling", "ubuntu 26.04", "debian bookworm", "debian trixie"),
    ]
)
"""Releases in which only `python-is-python3` makes the command `python`."""


@cache
def _version_in() -> re.Pattern[str]:
    return re.compile(r"(?:^|/)python(\d)(?:\.(\d+))?$")


def version_of(state: BuildState, word: str, lookup: dict[str, Value] | None = None) -> Version | None:
    """The (major, minor) of the Python that a command word starts in an image of that state; None when not known."""
    named = _version_in().search(word)
    if named and named[2]:
        return int(named[1]), int(named[2])
    if named and named[1] == "2":
        return 2, 7
    found = _found(state, word, lookup if lookup is not None else build_variables(state))
    return _version_of_path(state, found) if found else _of_system(state, word)


def _of_system(state: BuildState, word: str) -> Version | None:
    """The version of the release's own package, when it is installed and no other interpreter is."""
    image = state.base
    if (
        word not in {"python3", "python", "/usr/bin/python3"}
        or image is None
        or image.pythons
        or image.is_open
    ):
        return None
    names = {p.name for p in state.packages if p.manager == "apt"}
    others = {p.manager for p in state.packages} & {"conda", "mamba", "uv", "poetry"}
    if others or "python3" not in names or any(_version_in().search(name) for name in names - {"python3"}):
        return None
    return SYSTEM_PYTHONS.get(image.system)


def _version_of_path(state: BuildState, path: str) -> Version | None:
    real = state.files.real(path)
    for python in state.base.pythons if state.base else ():
        if {path, real} & set(python.commands):
            parts = python.version.split(".")
            return (int(parts[0]), int(parts[1])) if len(parts) > 1 and parts[1].isdigit() else None
    named = _version_in().search(real)
    return (int(named[1]), int(named[2])) if named and named[2] else None


def _found(state: BuildState, word: str, variables: dict[str, Value]) -> str | None:
    """The path of the first entry of PATH that surely holds the program; None when an earlier one may."""
    if "/" in word:
        return word if state.files.look(word).presence is Presence.PRESENT else None
    for path in candidates_of(state, word, variables) or ():
        entry = state.files.look(path)
        if entry.presence is Presence.PRESENT:
            return path
        if entry.presence is Presence.MAYBE and not _is_of_known_base(state, path):
            return None
    return None


def _is_of_known_base(state: BuildState, path: str) -> bool:
    """Whether nothing but a base image whose interpreters are all known could have put something there."""
    return bool(state.base and state.base.pythons) and state.files.look(path).may_be_of_the_base


def candidates_of(state: BuildState, word: str, variables: dict[str, Value]) -> list[str] | None:
    """The absolute paths at which a program's name is looked for, in the order of PATH; None when PATH is not known."""
    value = variables.get("PATH")
    search = known(value) if value is not None else None
    if search is None or (state.environment.is_open and state.environment.get("PATH") is None):
        return None
    return [paths.clean(word, folder) for folder in search.split(":") if folder.startswith("/")]

"""A name like `python3` to the version of its interpreter, and what the build installs to version ranges of distributions.

The one door to `packaging`, which is imported only for what `knowledge.versions` cannot read (markers, odd clauses).
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known
from dfguard.knowledge.model import distribution_name
from dfguard.knowledge.versions import holds, intervals, overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.source import Place
    from dfguard.interp.state.model import BuildState, Package
    from dfguard.interp.values import Value
    from dfguard.knowledge.images import BaseImage
    from dfguard.knowledge.model import Knowledge

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


PYTHON_MANAGERS = frozenset({"pip", "uv", "conda", "mamba", "micromamba", "poetry", "pdm", "pipenv", "pipx"})


class How(Enum):
    """How a distribution comes into the image.

    PINNED and RANGED: an install names its versions. UNPINNED: an install names it alone; the range is what such an
    install plausibly gives. ADDRESS: from a url or folder. BASE: it is in the base image. IMPLIED: nothing names it,
    others may bring it along; the range is plausible and within what they need.
    """

    PINNED = "pinned"
    RANGED = "ranged"
    UNPINNED = "unpinned"
    ADDRESS = "address"
    BASE = "base"
    IMPLIED = "implied"


class Resolution(Record):
    """The versions of one distribution that the image may hold: `range` is a PEP 440 range, empty for any.

    `place` is what decides it (None: the base image, or nothing). `is_assumed`: no text in the build says so.
    """

    distribution: str
    range: str
    how: How
    place: Place | None = None

    @property
    def is_assumed(self) -> bool:
        """Whether the range is what is plausible today, not what the build says."""
        return self.how in {How.UNPINNED, How.IMPLIED}

    @property
    def version(self) -> str | None:
        """The version when there is exactly one, else None."""
        text = self.range.removeprefix("===").removeprefix("==").strip()
        return text if self.range.startswith("==") and not set(text) & set(",*<>!=~ ") else None

    def may_be(self, versions: str) -> bool:
        """Whether some version in the other range is possible."""
        return overlap(self.range, versions) is not False


class Versions:
    """The distributions of an image at some step. Every look-up is computed once."""

    def __init__(
        self, packages: Iterable[Package], base: BaseImage | None, knowledge: Knowledge, python: str = ""
    ) -> None:
        """`packages` in the order of the build; `base` the facts of the base image; `python` the interpreter's
        version (`3.11`), for markers.
        """
        self._packages: dict[str, list[Package]] = {}
        for package in packages:
            if package.manager in PYTHON_MANAGERS:
                self._packages.setdefault(distribution_name(package.name), []).append(package)
        self._base = dict(base.distributions) if base else {}
        self._knowledge = knowledge
        self._python = python
        self._found: dict[str, Resolution] = {}

    def installed(self, distribution: str) -> bool:
        """Whether an install of the build or the base image names it."""
        name = distribution_name(distribution)
        return name in self._base or any(not p.is_constraint for p in self._packages.get(name, ()))

    def of(self, distribution: str) -> Resolution:
        """The versions of the distribution that may be in the image (see `Resolution`)."""
        name = distribution_name(distribution)
        found = self._found.get(name)
        if found is None:
            self._found[name] = Resolution(name, "", How.IMPLIED)
            found = self._found[name] = self._resolved(name)
        return found

    def range(self, distribution: str) -> str:
        """The range alone, for `interp.loads.environment`."""
        return self.of(distribution).range

    def _resolved(self, name: str) -> Resolution:
        own = self._packages.get(name, [])
        limits = [read_range(p.specifier, self._python) for p in own if p.is_constraint]
        installs = [p for p in own if not p.is_constraint]
        if not installs:
            return self._not_installed(name, limits)
        last = installs[-1]
        if last.url is not None:
            return Resolution(name, self._version_in(last), How.ADDRESS, last.place)
        spec = read_range(last.specifier, self._python)
        if spec:
            range_text = _narrowed(spec, *limits)
            how = How.PINNED if Resolution(name, spec, How.RANGED).version else How.RANGED
            return Resolution(name, range_text, how, last.place)
        earlier = [read_range(p.specifier, self._python) for p in installs[:-1] if p.specifier]
        kept = self._kept(name, earlier)
        if kept is not None:
            return Resolution(name, kept, How.BASE if not earlier else How.RANGED, last.place)
        return Resolution(name, self._plausible(name, limits), How.UNPINNED, last.place)

    def _kept(self, name: str, earlier: list[str]) -> str | None:
        """An install without version keeps what is there already (pip without --upgrade)."""
        if earlier:
            return earlier[-1]
        if name in self._base:
            return f"=={self._base[name]}" if self._base[name] else ""
        return None

    def _not_installed(self, name: str, limits: list[str]) -> Resolution:
        if name in self._base:
            version = self._base[name]
            return Resolution(name, f"=={version}" if version else "", How.BASE)
        return Resolution(name, self._plausible(name, limits), How.IMPLIED)

    def _plausible(self, name: str, limits: list[str]) -> str:
        fact = self._knowledge.package(name)
        return _narrowed(fact.unpinned if fact else "", *limits, *self._needs_of_others(name))

    def _needs_of_others(self, name: str) -> list[str]:
        """What the installed distributions need of this one, where all their possible versions agree on it."""
        found: list[str] = []
        for other in (*self._packages, *self._base):
            fact = self._knowledge.package(other)
            needs = [need for need in fact.needs if need.name == name] if fact and other != name else []
            if needs and self.installed(other):
                mine = self.of(other)
                fitting = {need.range for need in needs if mine.may_be(need.versions)}
                found += fitting if len(fitting) == 1 else []
        return found

    def _version_in(self, package: Package) -> str:
        """The version a wheel's file name or a git tag (`@v1.2`) says, as a range; empty when it says none."""
        address = (package.url or "").partition("#")[0]
        file = address.rpartition("/")[2]
        if file.endswith(".whl"):
            parts = file.split("-")
            return f"=={parts[1]}" if len(parts) >= 5 and intervals(f"=={parts[1]}") else ""
        tag = file.rpartition("@")[2].removeprefix("v") if "@" in file else ""
        return f"=={tag}" if "." in tag and intervals(f"=={tag}") else ""


def _narrowed(first: str, *others: str) -> str:
    """The ranges together; one that would leave nothing is dropped."""
    found = first
    for other in others:
        if other and overlap(found, other) is not False:
            found = f"{found},{other}" if found else other
    return found


def read_range(specifier: str, python: str = "") -> str:
    """A requirement's specifier (with or without a marker behind `;`) as a range that `knowledge.versions` reads;
    empty when it says nothing that can be read or its marker does not hold.
    """
    text, _, marker = specifier.partition(";")
    if marker.strip() and not _marker_holds(marker.strip(), python):
        return ""
    text = text.strip().strip("()").replace(" ", "")
    if text[:1] == "=" and text[:2] != "==":
        text = "=" + text + (".*" if text.count(".") < 2 and not text.endswith("*") else "")
    if intervals(text) is not None:
        return text
    return ",".join(clause for clause in _clauses(text) if intervals(clause) is not None)


def _clauses(text: str) -> tuple[str, ...]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return tuple(sorted(str(clause) for clause in SpecifierSet(text)))
    except InvalidSpecifier:
        return ()


def _marker_holds(marker: str, python: str) -> bool:
    """Whether an environment marker holds on Linux x86_64 with that Python; a marker that cannot be read does."""
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    version = python or "3.11"
    full = version if version.count(".") > 1 else f"{version}.0"
    try:
        return Marker(marker).evaluate(
            {
                "os_name": "posix",
                "platform_machine": "x86_64",
                "platform_system": "Linux",
                "platform_python_implementation": "CPython",
                "implementation_name": "cpython",
                "python_full_version": full,
                "python_version": ".".join(full.split(".")[:2]),
                "sys_platform": "linux",
                "extra": "",
            }
        )
    except (InvalidMarker, UndefinedEnvironmentName):
        return True


def newest_is(resolution: Resolution, knowledge: Knowledge, versions: str) -> bool:
    """Whether an unpinned install of today gives a version in the range: the newest known that its range allows."""
    fact = knowledge.package(resolution.distribution)
    if fact is None or not fact.newest:
        return False
    return bool(holds(resolution.range, fact.newest)) and bool(holds(versions, fact.newest))

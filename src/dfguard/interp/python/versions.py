"""What the build installs to version ranges: which versions of a distribution the image may hold.

The one door to `packaging`, which is imported only for what `knowledge.versions` cannot read (markers, odd clauses).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.knowledge.model import distribution_name
from dfguard.knowledge.versions import holds, intervals, overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.source import Place
    from dfguard.interp.state.model import Package
    from dfguard.knowledge.images import BaseImage
    from dfguard.knowledge.model import Knowledge

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
        """The range alone, for `interp.caches`."""
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

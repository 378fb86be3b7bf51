"""A path to whether an image, or what a package manager wrote, surely lacks it: absence out of complete lists.

What is known lies in the inventories of distributions (`dfguard.knowledge.inventories`), and only of two kinds of paths: programs in
the usual folders of PATH and shared libraries; beside them the package manager's own lists and sources. Of any other path nothing is said.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from dfguard.core.record import Record
from dfguard.knowledge.inventories import inventories, inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dfguard.knowledge.images import BaseImage
    from dfguard.knowledge.inventories import Brought, Inventory

Line = TypeVar("Line")
PROGRAM_FOLDERS = frozenset(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
_LIBRARY_FOLDERS = frozenset(["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib", "/lib"])
LISTS = "/var/lib/apt/lists"
LOCK = f"{LISTS}/lock"
"""Made by `apt-get update` and not by anything else; official images are shipped without package lists."""
SOURCES = "/etc/apt/sources.list.d"
OWN_SOURCES = frozenset([f"{SOURCES}/debian.sources", f"{SOURCES}/ubuntu.sources"])
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*|\[")
_LIBRARY = re.compile(r"(lib[A-Za-z0-9._+-]+\.so\.\d+)(?:\.[0-9.]+)?")


class ListedContents(Record):
    """What is known of the content of an image, or of what one command wrote, on a `system` such as `debian bookworm`; this one
    says nothing of any path.
    """

    system: str

    def lacks(self, path: str) -> bool:
        """Whether there is surely nothing at an absolute, clean path."""
        folder, _, name = path.rpartition("/")
        if folder in PROGRAM_FOLDERS or (folder.endswith("/bin") and self._speaks_of_others()):
            is_program = _PROGRAM.fullmatch(name) is not None
            return is_program and self._in_all(lambda one: self._lacks_program(one, name, folder))
        if folder in _LIBRARY_FOLDERS:
            found = _LIBRARY.fullmatch(name)
            return found is not None and self._in_all(lambda one: self._lacks_library(one, found[1]))
        return self._lacks_other(path)

    def accounts(self) -> frozenset[str] | None:
        """Names of users and groups that may come with it; None when these are not known."""
        return frozenset()

    def _speaks_of_others(self) -> bool:
        """Whether it knows of folders of programs other than the usual ones."""
        return False

    def _releases(self) -> tuple[Inventory, ...]:
        return inventories(self.system)

    def _in_all(self, holds: Callable[[Inventory], bool]) -> bool:
        """Whether something holds in every release that the system may be."""
        return bool(self._releases()) and all(map(holds, self._releases()))

    def _lacks_program(self, release: Inventory, name: str, folder: str) -> bool:  # noqa: ARG002
        return False

    def _lacks_library(self, release: Inventory, name: str) -> bool:  # noqa: ARG002
        return False

    def _lacks_other(self, path: str) -> bool:  # noqa: ARG002
        return False


class ImageContents(ListedContents):
    """An image: the minimal one of its release with `packages` and what these need; `programs` are all that it has besides."""

    packages: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def _speaks_of_others(self) -> bool:
        return True

    def _lacks_program(self, release: Inventory, name: str, folder: str) -> bool:
        if folder not in PROGRAM_FOLDERS:
            return name not in self.programs and _is_of_distribution(release, name)
        if name in release.programs or name in self.programs:
            return False
        if not self.packages:
            return True
        brought = _there(release, self.packages)
        return brought is not None and name not in brought.programs and bool(release.owners(name))

    def _lacks_library(self, release: Inventory, name: str) -> bool:
        brought = _there(release, self.packages)
        return (
            brought is not None
            and name not in brought.libraries
            and name not in release.libraries
            and release.has_library(name)
        )

    def _lacks_other(self, path: str) -> bool:
        if path.startswith(f"{SOURCES}/"):
            return path not in OWN_SOURCES
        return path == LOCK

    def accounts(self) -> frozenset[str] | None:
        """What the packages make, and what not all releases have that the system may be."""
        found = self._releases()
        made = _made(_there(one, self.packages) for one in found)
        if made is None:
            return None
        own = {line[0] for one in found for line in one.users} | {
            line[0] for one in found for line in one.groups
        }
        shared = {line[0] for line in self.users()} | {line[0] for line in self.groups()}
        return made | (own - shared)

    def users(self) -> tuple[tuple[str, int, int, str], ...]:
        """Name, uid, gid and home of the users that are the same in every release."""
        return _shared([one.users for one in self._releases()])

    def groups(self) -> tuple[tuple[str, int], ...]:
        """Name and gid of the groups that are the same in every release."""
        return _shared([one.groups for one in self._releases()])

    def has_package(self, name: str) -> bool:
        """Whether the image may have a package, or one that provides it."""
        return any(
            name in release.packages or name in _closure(release.suite, self.packages)
            for release in self._releases()
        )


class PackageContents(ListedContents):
    """What `apt-get install` of some packages writes, from the distribution's own archive. Packages keep off /usr/local and /opt
    (Debian policy 9.1.2, Filesystem Hierarchy Standard 3.0).
    """

    packages: tuple[str, ...] = ()
    with_recommended: bool = True

    def _lacks_program(self, release: Inventory, name: str, folder: str) -> bool:
        brought = self._brought(release)
        if brought is None:
            return False
        if folder.startswith("/usr/local"):
            return True
        is_foreign = name not in brought.programs and name not in _words(self.packages)
        return is_foreign and bool(release.owners(name))

    def _lacks_library(self, release: Inventory, name: str) -> bool:
        brought = self._brought(release)
        return brought is not None and name not in brought.libraries and release.has_library(name)

    def _lacks_other(self, path: str) -> bool:
        is_foreign = path.startswith((f"{LISTS}/", f"{SOURCES}/", "/opt/"))
        return is_foreign and self._in_all(lambda one: self._brought(one) is not None)

    def _brought(self, release: Inventory) -> Brought | None:
        return _brought(release.suite, self.packages, with_recommended=self.with_recommended)

    def accounts(self) -> frozenset[str] | None:
        """Names of users and groups that the packages may make; None when these are not known."""
        return _made(self._brought(one) for one in self._releases())


class LanguageContents(ListedContents):
    """What the package manager of a language writes for `packages`: programs of a distribution are not among it, unless they are
    written in a language, are tools for developers, or bear a name that the packages have as well.
    """

    packages: tuple[str, ...] = ()

    def _lacks_program(self, release: Inventory, name: str, folder: str) -> bool:  # noqa: ARG002
        return _is_of_distribution(release, name) and name not in _words(self.packages)

    def _lacks_library(self, release: Inventory, name: str) -> bool:
        return release.has_library(name)

    def _lacks_other(self, path: str) -> bool:
        return path.startswith((f"{LISTS}/", f"{SOURCES}/"))


def contents_of(image: BaseImage | None) -> ImageContents | None:
    """What an image surely lacks; None when its packages are not all known."""
    if image is None or image.packages is None or not image.system:
        return None
    return ImageContents(image.system, common(image.packages), common(image.commands))


def _made(every: Iterable[Brought | None]) -> frozenset[str] | None:
    """The accounts of all together; None when those of one are not known, or there is none."""
    sides = [brought.accounts if brought is not None else None for brought in every]
    known = [names for names in sides if names is not None]
    return frozenset().union(*known) if known and len(known) == len(sides) else None


def _is_of_distribution(release: Inventory, name: str) -> bool:
    """Whether the distribution has the program, and what a language, or a vendor's tools for developers, bring has it not."""
    marks = release.owners(name)
    return bool(marks) and not any({*mark.partition(":")[0]} & {"l", "d"} for mark in marks)


def _shared(tables: list[tuple[Line, ...]]) -> tuple[Line, ...]:
    """The lines that all tables have."""
    return tuple(line for line in tables[0] if all(line in table for table in tables)) if tables else ()


@cache
def _brought(suite: str, packages: tuple[str, ...], *, with_recommended: bool) -> Brought | None:
    return inventory(suite).brought(packages, with_recommended=with_recommended)


def _there(release: Inventory, packages: tuple[str, ...]) -> Brought | None:
    """What packages of an image bring; a name that this release has not is one of another release."""
    return _brought(release.suite, tuple(filter(release.is_known, packages)), with_recommended=True)


@cache
def _closure(suite: str, packages: tuple[str, ...]) -> frozenset[str]:
    return inventory(suite).closure(packages)


@cache
def _words(packages: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for name in packages for word in (name, *re.split(r"[-_.]", name)))


def is_absent_package(system: str, name: str) -> bool:
    """Whether every release that the system may be has a package of that name, and none has it in its minimal image."""
    found = inventories(system)
    return bool(found) and all(one.is_known(name) and name not in one.packages for one in found)


def packages_with(system: str, program: str) -> tuple[str, ...]:
    """The packages that bring a program in every release that the system may be, the likeliest first."""
    found = [one.packages_with(program) for one in inventories(system)]
    return tuple(name for name in found[0] if all(name in names for names in found)) if found else ()


def origin_of(system: str) -> str:
    """Where what is said of a system comes from, with its date: `Debian's archive, 2026-12-01`; empty for one without inventory."""
    found = inventories(system)
    return f"{found[0].system.capitalize()}'s archive, {found[0].as_of}" if found else ""


def may_bring_package(system: str, packages: tuple[str, ...], name: str) -> bool:
    """Whether a package may come along with others."""
    return any(
        not all(map(one.is_known, packages)) or name in one.closure(packages) for one in inventories(system)
    )


def common(names: Iterable[str]) -> tuple[str, ...]:
    """Names in an order of their own, so that equal sets are equal."""
    return tuple(sorted({*names}))

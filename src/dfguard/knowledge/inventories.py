"""What a minimal image of a Debian or Ubuntu release holds, and what its packages bring: rules/inventories/SUITE.txt as look-ups.

The files are made by `make inventories` (benchmarks/inventories.py) out of the archives' own indexes. The first line is JSON (`system`,
`as_of`, `source`, `alternatives`), six lines of words follow: packages, programs on PATH, users (`name:uid:gid:home`) and
groups (`name:gid`) of the minimal image, packages that bring no program, no library and no account, and names that one package alone
provides (`virtual=real`). Each further line is a package, sorted by name:

    name|needs|recommends|programs|libraries|marks

`needs` and `recommends` are the numbers of other lines, 0-based, in base 36; `?` for recommended packages that are not all listed.
Marks: `u` makes users or groups (their names behind it, `u:a:b`, where its scripts were read), `l` written in a language whose own package manager may
bring the same program, `d` a tool of developers, which such a manager may bring as well, `x` its scripts were not read.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from dfguard.core.errors import PackError
from dfguard.core.record import Record
from dfguard.knowledge.packs import rules_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

SUITES = {
    "debian": {"trixie": "13", "bookworm": "12", "bullseye": "11"},
    "ubuntu": {"noble": "24.04", "jammy": "22.04", "focal": "20.04"},
}
"""The releases that have an inventory, newest first, with their numbers."""
_FLOATING = {"debian": frozenset(["", "latest", "stable"])}
"""Words that do not say which release an image of last year was made from: any of ours. The newest Ubuntu has no inventory."""
_HEAD = 7


class Brought(Record):
    """What a set of packages brings, itself and by what it needs: programs on PATH, shared libraries (`libGL.so.1`), accounts
    (None: not known which).
    """

    programs: frozenset[str]
    libraries: frozenset[str]
    accounts: frozenset[str] | None


class _Row(NamedTuple):
    needs: tuple[int, ...]
    recommends: tuple[int, ...] | None
    programs: tuple[str, ...]
    libraries: tuple[str, ...]
    marks: str


class Inventory:
    """One release. Nothing is read from the file but what is asked for."""

    def __init__(self, suite: str, text: str) -> None:
        """Raise PackError for a text that is no inventory."""
        import json

        lines = text.split("\n")
        try:
            head = json.loads(lines[0])
            self.system: str = head["system"]
            self.as_of: str = head["as_of"]
            self.source: str = head["source"]
            self._alternatives = frozenset(head.get("alternatives", ()))
            self._words = [frozenset(line.split()) for line in lines[1:_HEAD]]
            self._rows = lines[_HEAD:-1]
        except (ValueError, KeyError, TypeError):
            raise PackError(f"{suite}.txt:1: no inventory, allowed: what `make inventories` writes") from None
        if len(self._words) < _HEAD - 1 or not self._rows:
            raise PackError(f"{suite}.txt:1: cut off, allowed: what `make inventories` writes")
        self.suite = suite
        self._text = text
        self._start = text.index(self._rows[0])
        self._owners: dict[str, tuple[str, ...]] = {}

    @property
    def packages(self) -> frozenset[str]:
        """The packages of the minimal image."""
        return self._words[0]

    @property
    def programs(self) -> frozenset[str]:
        """The names on PATH of the minimal image, all of them."""
        return self._words[1]

    @cached_property
    def users(self) -> tuple[tuple[str, int, int, str], ...]:
        """Name, uid, gid and home of every user of the minimal image."""
        rows = (word.split(":") for word in self._words[2])
        return tuple(sorted((name, int(uid), int(gid), home) for name, uid, gid, home in rows))

    @cached_property
    def groups(self) -> tuple[tuple[str, int], ...]:
        """Name and gid of every group of the minimal image."""
        return tuple(sorted((name, int(gid)) for name, gid in (word.split(":") for word in self._words[3])))

    @cached_property
    def libraries(self) -> frozenset[str]:
        """The shared libraries of the minimal image."""
        found: set[str] = set()
        for name in self.packages:
            at = self._place(name)
            found.update(self._row(at).libraries if at is not None else ())
        return frozenset(found)

    @cached_property
    def _virtual(self) -> dict[str, str]:
        return dict(word.split("=", 1) for word in self._words[5])

    def _place(self, name: str) -> int | None:
        at = bisect_left(self._rows, name, key=_name)
        return at if at < len(self._rows) and self._rows[at].startswith(f"{name}|") else None

    def _row(self, at: int) -> _Row:
        _, needs, recommends, programs, libraries, marks = self._rows[at].split("|")
        wanted = None if recommends == "?" else tuple(int(word, 36) for word in recommends.split())
        return _Row(
            tuple(int(word, 36) for word in needs.split()),
            wanted,
            tuple(programs.split()),
            tuple(libraries.split()),
            marks,
        )

    def is_known(self, name: str) -> bool:
        """Whether the inventory speaks of a package of that name."""
        name = self._virtual.get(name, name)
        return name in self.packages or name in self._words[4] or self._place(name) is not None

    def brought(self, names: Iterable[str], *, with_recommended: bool) -> Brought | None:
        """What the packages bring beyond the minimal image; None when the inventory does not know one of them."""
        waiting: list[int] = []
        for given in names:
            name = self._virtual.get(given, given)
            if name in self.packages or name in self._words[4]:
                continue
            at = self._place(name)
            if at is None:
                return None
            waiting.append(at)
        return self._closed(waiting, with_recommended=with_recommended)

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """The packages and all they need or recommend, as far as they are known."""
        waiting = [at for name in names if (at := self._place(self._virtual.get(name, name))) is not None]
        seen: set[int] = set()
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                row = self._row(at)
                waiting += [*row.needs, *(row.recommends or ())]
        return frozenset(_name(self._rows[at]) for at in seen)

    def _closed(self, waiting: list[int], *, with_recommended: bool) -> Brought | None:
        seen: set[int] = set()
        programs: set[str] = set()
        libraries: set[str] = set()
        accounts: set[str] | None = set()
        is_read = True
        while waiting:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            row = self._row(at)
            programs.update(row.programs)
            libraries.update(row.libraries)
            is_read = is_read and "x" not in row.marks.partition(":")[0]
            if "u" in row.marks.partition(":")[0]:
                made = row.marks.partition(":")[2].split(":")
                accounts = None if accounts is None or not made[0] else accounts | {*made}
            waiting += row.needs
            if with_recommended:
                if row.recommends is None:
                    return None
                waiting += row.recommends
        if not is_read:
            programs |= self._alternatives
        return Brought(
            frozenset(programs), frozenset(libraries), None if accounts is None else frozenset(accounts)
        )

    def owners(self, program: str) -> tuple[str, ...]:
        """The marks of every package that has the program as a file of its own on PATH; empty when none is known to."""
        found = self._owners.get(program)
        if found is None:
            found = self._owners[program] = tuple(self._marks_of(program, 3))
        return found

    def packages_with(self, program: str) -> tuple[str, ...]:
        """The packages that have the program, that of its own name first, then the shorter names."""
        found = {row.partition("|")[0] for row in self._rows_of(program, 3)}
        return tuple(sorted(found, key=lambda name: (name != program, len(name), name)))

    def has_library(self, name: str) -> bool:
        """Whether some package has the shared library."""
        return any(True for _ in self._marks_of(name, 4))

    def _marks_of(self, word: str, field: int) -> Iterable[str]:
        return (row.rpartition("|")[2] for row in self._rows_of(word, field))

    def _rows_of(self, word: str, field: int) -> Iterable[str]:
        if not word or any(c in word for c in " |\n"):
            return
        at = self._text.find(word, self._start)
        while at >= 0:
            if self._text[at - 1] in " |" and self._text[at + len(word)] in " |\n":
                first = self._text.rindex("\n", 0, at) + 1
                row = self._text[first : self._text.index("\n", at)]
                if word in row.split("|")[field].split():
                    yield row
            at = self._text.find(word, at + len(word))


def _name(row: str) -> str:
    return row[: row.index("|")]


@cache
def inventory(suite: str) -> Inventory:
    """The inventory of one of `SUITES`; raise PackError when its file is missing or broken."""
    path = os.path.join(rules_folder(), "inventories", f"{suite}.txt")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}:1: cannot be read ({type(error).__name__})") from None
    return Inventory(suite, text)


@cache
def inventories(system: str) -> tuple[Inventory, ...]:
    """The inventories of the releases that a system (`debian 12-slim`, `ubuntu jammy`, `debian latest`) may be; empty when one of
    them has none.
    """
    name, _, release = system.partition(" ")
    suites = SUITES.get(name, {})
    release = release.partition("-")[0]
    if release in _FLOATING.get(name, ()):
        return tuple(map(inventory, suites))
    major = release.partition(".")[0]
    return tuple(
        inventory(suite) for suite, number in suites.items() if suite == release or number in (release, major)
    )

"""Writes rules/inventories/SUITE.txt from the indexes of Debian and Ubuntu: what their packages bring, and what a minimal image holds.

    python benchmarks/inventories.py [SUITE...] [--cache DIR]

Needs debootstrap, root, and a machine of the same distribution: the indexes come through apt, from the archive that the machine is set up
for (`make inventories` takes the releases of its distribution). A minimal system made by `debootstrap --variant=minbase SUITE` is
the content of the image: docker-library/repo-info lists the same packages for debian:12, ubuntu:22.04 and ubuntu:24.04. The format
is described in dfguard/knowledge/inventories.py, which reads it.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dfguard.knowledge.inventories import SUITES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]


class Beyond(NamedTuple):
    """What the image of a release holds beyond a minimal system."""

    packages: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


BEYOND = {"noble": Beyond(("unminimize",), ("ubuntu:1000:1000:/home/ubuntu",), ("ubuntu:1000",))}
"""docker-library/repo-info (unminimize), bugs.launchpad.net/cloud-images/+bug/2005129 (the user ubuntu)."""
PARTS = {"debian": "main", "ubuntu": "main universe restricted"}
FOLDERS = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
PROGRAM = re.compile(rf"(?:{'|'.join(FOLDERS)})/([^/\s]+)\s+(\S+)")
LIBRARY = re.compile(r"(?:usr/)?lib/(?:x86_64-linux-gnu/)?(lib[^/\s]+\.so\.\d+)\s+(\S+)")
MAKERS = frozenset(
    "adduser passwd sysuser-helper systemd-sysusers opensysusers systemd-standalone-sysusers".split()
)
"""A package that makes users or groups when it is installed needs one of these (Debian policy 9.2.2, dh_installsysusers(1))."""
LANGUAGES = frozenset("python javascript ruby php perl java golang rust haskell".split())
RUNTIMES = frozenset("python3 python3-minimal python nodejs ruby php-cli default-jre".split())
ROOTS = frozenset(
    "admin utils net web httpd database devel libdevel shells vcs interpreters libs oldlibs".split()
)
"""Sections whose packages are in the inventory as far as they have a program or a library; of others, what these need."""
SELDOM = frozenset(
    "doc localization haskell rust golang ruby javascript perl gnu-r games ocaml lisp cli-mono php java gnome kde".split()
)
"""Sections of packages that bring no program and no library, and that no image asks for by name."""
UNUSUAL = re.compile(
    r"librust-|golang-|gir1\.2-|qml|libkf[56]|task-|linux-|gambas|erlang|puppet|libghc-|r-cran|node-|tesseract-ocr-|"
    r"(?:gcc|g\+\+|gfortran|gobjc|gobjc\+\+|gccgo|gdc|gm2|gnat|cpp|lib[a-z]*)-.*-cross|.*-linux-gnu"
)
"""Families of packages, and names that they provide, that images seldom ask for: they are in the inventory as far as others need them."""
KEPT = frozenset("Package Depends Pre-Depends Recommends Provides Section Filename Size".split())


def stanzas(path: Path) -> Iterator[dict[str, str]]:
    """The fields of each package of a Packages index."""
    fields: dict[str, str] = {}
    for line in lines_of(path):
        name, colon, value = line.partition(":")
        if colon and name in KEPT:
            fields[name] = value.strip()
        elif line == "\n" and fields:
            yield fields
            fields = {}
    if fields:
        yield fields


def alternatives(text: str) -> Iterator[list[str]]:
    """`a (>= 1) | b, c` as [a, b], [c]."""
    for group in text.split(","):
        names = [re.split(r"[ (:\[]", name.strip(), maxsplit=1)[0] for name in group.split("|")]
        if any(names):
            yield [name for name in names if name]


class Apt:
    """apt with lists of its own for one suite, out of the archive that the machine is set up for."""

    def __init__(self, cache: Path, suite: str) -> None:
        """Lay out the folder; nothing is fetched yet."""
        self.suite = suite
        self.folder = cache / f"{suite}.apt"
        self.system = platform.freedesktop_os_release()["ID"]
        self.uri = self._asked("indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()[0]
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "sources.list").write_text(
            f"deb {self.uri} {suite} {PARTS[self.system]}\n", encoding="utf-8"
        )

    def _asked(self, *words: str) -> str:
        return subprocess.run(["apt-get", *words], check=True, text=True, stdout=subprocess.PIPE).stdout

    @property
    def options(self) -> list[str]:
        """What makes apt use the folder, and fetch the Contents indexes as well (apt-file's own settings)."""
        given = {
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "APT::Architecture": "amd64",
            "Acquire::GzipIndexes": "true",
        }
        contents = "Acquire::IndexTargets::deb::Contents-deb"
        meta = (
            "$(COMPONENT)/Contents-$(ARCHITECTURE)" if self.system == "debian" else "Contents-$(ARCHITECTURE)"
        )
        given |= {
            f"{contents}::MetaKey": meta,
            f"{contents}::Description": "Contents",
            f"{contents}::ShortDescription": "Contents",
        }
        return [word for name, value in given.items() for word in ("-o", f"{name}={value}")]

    def indexes(self) -> tuple[list[Path], list[Path]]:
        """The Packages and the Contents indexes, fetched when they are not there."""
        if not any((self.folder / "lists").glob("*Contents*")):
            subprocess.run(["apt-get", *self.options, "update"], check=True)
        lists = sorted((self.folder / "lists").iterdir())
        packages = [path for path in lists if "_Packages" in path.name]
        return packages, [path for path in lists if "Contents" in path.name]

    def download(self, name: str) -> Path | None:
        """One package as apt fetches it; None where it cannot be had."""
        folder = self.folder / "packages"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["apt-get", "-qq", *self.options, "download", name], cwd=folder, check=False)
        found = [*folder.glob(f"{name}_*.deb")] if done.returncode == 0 else []
        return found[0] if found else None


def lines_of(path: Path) -> Iterator[str]:
    """The lines of an index, as apt keeps it: plain, or packed with gzip, lz4 or xz."""
    unpack = {".gz": "gzip", ".lz4": "lz4", ".xz": "xz"}.get(path.suffix)
    if unpack is None:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from file
        return
    with subprocess.Popen(
        [unpack, "-dc", path], stdout=subprocess.PIPE, encoding="utf-8", errors="replace"
    ) as done:
        yield from done.stdout or ()


class Archive:
    """The packages of one suite with what they need, bring and make."""

    def __init__(self, cache: Path, suite: str) -> None:
        """Have the indexes fetched when they are not in the cache, and read them."""
        self.suite, self.apt = suite, Apt(cache, suite)
        self.beyond = BEYOND.get(suite, Beyond())
        packages, contents = self.apt.indexes()
        self.packages = {fields["Package"]: fields for path in packages for fields in stanzas(path)}
        self.providers: dict[str, list[str]] = defaultdict(list)
        for name, fields in self.packages.items():
            for group in alternatives(fields.get("Provides", "")):
                self.providers[group[0]].append(name)
        self.commands: dict[str, set[str]] = defaultdict(set)
        self.libraries: dict[str, set[str]] = defaultdict(set)
        for path in contents:
            self._read_contents(path)
        self.root = cache / f"{suite}.root"
        self._bootstrap()

    def _bootstrap(self) -> None:
        if not (self.root / "var/lib/dpkg/status").exists():
            given = ["--variant=minbase", self.suite, str(self.root), self.apt.uri]
            subprocess.run(["debootstrap", *given], check=True, stdout=subprocess.DEVNULL)

    def _read_contents(self, path: Path) -> None:
        folders = ("usr/bin", "usr/sbin", "usr/lib/", "usr/local", "bin/", "sbin/", "lib/")
        for line in lines_of(path):
            if not line.startswith(folders):
                continue
            text = line.rstrip("\n")
            found, table = PROGRAM.fullmatch(text), self.commands
            if found is None:
                found, table = LIBRARY.fullmatch(text), self.libraries
            for owner in found[2].split(",") if found is not None else ():
                table[owner.rpartition("/")[2]].add(found[1])

    def held(self) -> set[str]:
        """The packages of the minimal system."""
        status = (self.root / "var/lib/dpkg/status").read_text(encoding="utf-8")
        return {*re.findall(r"^Package: (\S+)$", status, re.MULTILINE), *self.beyond.packages}

    def accounts(self, name: str, own: tuple[str, ...]) -> list[str]:
        """`/etc/passwd` as `name:uid:gid:home`, `/etc/group` as `name:gid`."""
        fields = (0, 2, 3, 5) if name == "passwd" else (0, 2)
        rows = (self.root / "etc" / name).read_text(encoding="utf-8").splitlines()
        return [*(":".join(row.split(":")[at] for at in fields) for row in rows), *own]

    def programs(self) -> set[str]:
        """The names on PATH of the minimal system."""
        folders = [self.root / folder for folder in FOLDERS]
        found = {path.name for folder in folders if folder.is_dir() for path in folder.iterdir()}
        return found.union(*(self.commands.get(name, set()) for name in self.beyond.packages))

    def chosen(self, group: list[str]) -> list[str]:
        """Which of several packages apt may take: the first that exists; of a name that others provide any of these."""
        for name in group:
            if name in self.packages:
                return [name]
            if self.providers.get(name):
                return self.providers[name]
        return []

    def needs(self, name: str, fields: Iterable[str], there: set[str]) -> set[str]:
        """What the fields of a package may bring along that a minimal system has not."""
        groups = [g for field in fields for g in alternatives(self.packages[name].get(field, ""))]
        return {one for group in groups if not there & {*group} for one in self.chosen(group)}


def closed(start: Iterable[str], *edges: dict[str, set[str]]) -> set[str]:
    """Everything that can be reached."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [one for way in edges for one in way.get(name, ())]
    return seen


class Scripts:
    """What maintainer scripts make (`maintainer_scripts.py`); a package of another suite is taken to make the same."""

    def __init__(self) -> None:
        """Read the file."""
        found = json.loads((ROOT / "benchmarks" / "inventories_scripts.json").read_text(encoding="utf-8"))
        self.suite: str = found["suite"]
        self.read = frozenset(found["read"])
        self.programs = {name: frozenset(made["programs"]) for name, made in found["made"].items()}
        self.accounts = {name: frozenset(made["accounts"]) for name, made in found["made"].items()}
        self.alternatives = sorted({name for names in self.programs.values() for name in names})


def flags(archive: Archive, scripts: Scripts, name: str, there: set[str]) -> str:
    """The marks of a package, as `dfguard.knowledge.inventories` describes them."""
    fields = archive.packages[name]
    section = fields.get("Section", "").rpartition("/")[2]
    hard = {one for f in ("Depends", "Pre-Depends") for g in alternatives(fields.get(f, "")) for one in g}
    is_read = name in scripts.read
    makes = name not in there and bool(scripts.accounts.get(name) if is_read else hard & MAKERS)
    is_language = section in LANGUAGES or name in RUNTIMES or bool(hard & RUNTIMES)
    marks = "u" * makes + "l" * is_language + "d" * (section == "devel") + "x" * (not is_read)
    return marks + "".join(f":{one}" for one in sorted(scripts.accounts.get(name, ()) if makes else ()))


def base36(number: int) -> str:
    """A number in the digits that int(text, 36) reads."""
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
        if not number:
            return digits


def inventory(archive: Archive, wanted: set[str]) -> str:
    """The file's text."""
    there = archive.held()
    every = archive.packages
    scripts = Scripts()
    for name, links in scripts.programs.items():
        if name in every:
            archive.commands[name] |= links
    hard = {name: archive.needs(name, ("Pre-Depends", "Depends"), there) for name in every}
    soft = {name: archive.needs(name, ("Recommends",), there) for name in every}
    marks = {name: flags(archive, scripts, name, there) for name in every}
    backwards: dict[str, set[str]] = defaultdict(set)
    for way in (hard, soft):
        for name, needed in way.items():
            for one in needed:
                backwards[one].add(name)
    brings = {
        name
        for name in every
        if archive.commands.get(name) or archive.libraries.get(name) or "u" in marks[name].partition(":")[0]
    }
    live = closed(brings, backwards)
    roots = {
        name
        for name in live
        if not UNUSUAL.match(name)
        and every[name].get("Section", "").rpartition("/")[2] in ROOTS
        and "l" not in marks[name].partition(":")[0]
    }
    named = closed(every.keys() & (wanted | there), hard, soft)
    kept = sorted((closed(roots, hard) | named) & live)
    numbers = {name: base36(at) for at, name in enumerate(kept)}
    whole = {name for name in kept if soft[name] & live <= numbers.keys()}
    rows = [
        "|".join(
            (
                name,
                " ".join(numbers[one] for one in sorted(hard[name]) if one in numbers),
                " ".join(numbers[one] for one in sorted(soft[name]) if one in numbers)
                if name in whole
                else "?",
                " ".join(sorted(archive.commands.get(name, ()))),
                " ".join(sorted(archive.libraries.get(name, ()))),
                marks[name],
            )
        )
        for name in kept
    ]
    virtual = sorted(
        f"{name}={names[0]}"
        for name, names in archive.providers.items()
        if len({*names}) == 1 and name not in every and names[0] in numbers and not UNUSUAL.match(name)
    )
    head = {
        "system": archive.apt.system,
        "as_of": datetime.now(UTC).date().isoformat(),
        "alternatives": scripts.alternatives,
        "source": f"Packages and Contents of {archive.suite} (amd64); debootstrap --variant=minbase; maintainer scripts of {scripts.suite}",
    }
    inert = sorted(
        name
        for name, fields in every.items()
        if name not in live and (name in wanted or fields.get("Section", "").rpartition("/")[2] not in SELDOM)
    )
    lists = {
        "packages": sorted(there),
        "commands": sorted(archive.programs()),
        "users": archive.accounts("passwd", archive.beyond.users),
        "groups": archive.accounts("group", archive.beyond.groups),
        "inert": inert,
        "virtual": virtual,
    }
    lines = [json.dumps(head), *(" ".join(found) for found in lists.values()), *rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the inventories of some suites, or of all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    system = platform.freedesktop_os_release()["ID"]
    parser.add_argument("suites", nargs="*", default=list(SUITES.get(system, ())))
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "inventories")
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    wanted = {*(ROOT / "benchmarks" / "inventories_wanted.txt").read_text(encoding="utf-8").split()}
    for suite in given.suites:
        text = inventory(Archive(given.cache, suite), wanted)
        target = ROOT / "rules" / "inventories" / f"{suite}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(target.relative_to(ROOT), len(text), "bytes,", text.count("\n") - 7, "packages")


if __name__ == "__main__":
    main()

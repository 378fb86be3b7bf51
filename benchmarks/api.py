"""Writes `rules/tables/api.yaml`: what the callables of `api_wanted.py` accept and what modules hold, version by version, read out of the wheels on PyPI.

    python benchmarks/api.py [--only DISTRIBUTION ...] [--wheels FOLDER] [--output FILE]

pip fetches the wheels; their text is parsed (`wheel_api.py`), nothing in them is imported or run. Between two releases
that accept the same nothing is fetched, after a look at every eighth; where two differ, the first release that does is
found by halving. What takes any keyword, and what cannot be told, is left out of the pack.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from api_wanted import WANTED, Callee, Library
from wheel_api import Signature, Unread, Wheel

from dfguard.knowledge.versions import holds, key

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PACK = ROOT / "rules" / "tables" / "api.yaml"
STRIDE = 8
PLATFORMS = (
    "manylinux_2_28_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
    "manylinux1_x86_64",
    "linux_x86_64",
    "any",
)
HEAD = "# What callables accept and which names are gone, read out of wheels by benchmarks/api.py: not written by hand.\n"

Answer = Signature | bool | frozenset[str] | str
"""A signature; whether a name is there; what a module holds; why it cannot be told."""
Look = dict[str, Answer]


class Releases:
    """The releases of one library that have a wheel, each looked at once."""

    def __init__(self, library: Library, wheels: Path) -> None:
        """Ask pip which releases there are."""
        self.library, self._wheels = library, wheels
        self._looks: dict[str, Look | None] = {}
        listed = (
            _pip("index", "versions", library.distribution)
            .partition("Available versions:")[2]
            .splitlines()[0]
        )
        found = sorted((v.strip() for v in listed.split(",") if key(v.strip())), key=lambda v: key(v) or ())
        oldest = key(library.oldest) or ()
        self.versions = [v for v in found if (key(v) or ()) >= oldest]

    def look(self, version: str) -> Look | None:
        """What that release says; None when it has no wheel."""
        if version not in self._looks:
            path = fetched(self.library.distribution, version, self._wheels)
            self._looks[version] = look(Wheel(path), self.library) if path else None
        return self._looks[version]

    def settled(self) -> list[tuple[str, Look]]:
        """Every release with what it says, those that were not fetched like their neighbours."""
        marks = sorted({*range(0, len(self.versions), STRIDE), len(self.versions) - 1})
        known = {at: self._near(at) for at in marks}
        for left, right in pairwise(marks):
            self._halve(left, right, known)
        filled: list[tuple[str, Look]] = []
        last = max((at for at, said in known.items() if said is not None), default=-1)
        for at, version in enumerate(self.versions[: last + 1]):
            said = known.get(at) or (filled[-1][1] if filled else None)
            if said is not None:
                filled.append((version, said))
        return filled

    def _near(self, at: int) -> Look | None:
        return self.look(self.versions[at])

    def _halve(self, left: int, right: int, known: dict[int, Look | None]) -> None:
        if right - left < 2 or (known[left] == known[right] and known[left] is not None):
            return
        middle = (left + right) // 2
        known[middle] = self._near(middle)
        self._halve(left, middle, known)
        self._halve(middle, right, known)


def look(wheel: Wheel, library: Library) -> Look:
    """What one wheel says of everything that is wanted of the library."""
    found: Look = {}
    for callee in library.calls:
        try:
            found[callee.name] = wheel.signature(callee.name)
        except Unread as reason:
            found[callee.name] = str(reason)
        except KeyError:
            found[callee.name] = "absent"
    for name in (*library.names, *library.names.values()):
        try:
            found[f"name {name}"] = wheel.has(name)
        except Unread as reason:
            found[f"name {name}"] = str(reason)
    for module in library.modules:
        try:
            found[f"module {module}"] = wheel.exports(module)
        except Unread as reason:
            found[f"module {module}"] = str(reason)
        except KeyError:
            found[f"module {module}"] = "absent"
    return found


def fetched(distribution: str, version: str, wheels: Path) -> Path | None:
    """The wheel of a release, from the folder or from PyPI; None when there is none."""
    folder = wheels / distribution / version
    if not folder.exists():
        folder.mkdir(parents=True)
        options = [word for platform in PLATFORMS for word in ("--platform", platform)]
        for python in ("3.11", "3.9"):
            command = ("download", "-q", "--no-deps", "--only-binary", ":all:", "--python-version", python)
            _pip(*command, *options, "--dest", str(folder), f"{distribution}=={version}")
            if any(folder.iterdir()):
                break
    return next(iter(folder.glob("*.whl")), None)


def _pip(*words: str) -> str:
    command = [sys.executable, "-m", "pip", *words, "--disable-pip-version-check"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def stretches(settled: list[tuple[str, Look]], name: str) -> list[tuple[str, Answer]]:
    """The answers to one question with the ranges of versions that give them, oldest first, the last one open."""
    found: list[tuple[str, Answer]] = []
    begins: list[str] = []
    for version, said in settled:
        if not found or found[-1][1] != said[name]:
            found.append((version, said[name]))
            begins.append(version)
    ends = [f",<{later}" for later in begins[1:]] + [""]
    return [(f">={begin}{end}", answer) for (begin, answer), end in zip(found, ends, strict=True)]


def rows(releases: Releases, today: str) -> Iterator[tuple[str, str]]:
    """The entries of a library: the section (`calls`, `gone`) and its YAML."""
    library, settled = releases.library, releases.settled()
    if not settled:
        raise SystemExit(f"{library.distribution}: no wheels")
    newest = settled[-1][0]
    for callee in library.calls:
        named = callee._replace(names=(*callee.names, *_homes(settled, callee.name)))
        found = stretches(_reduced(settled, callee.name), callee.name)
        if text := _call(library, named, found, newest, today):
            yield "calls", text
    for name, instead in library.names.items():
        for versions, answer in stretches(settled, f"name {name}"):
            if answer is False:
                new = instead if _is_there(settled, name, instead, versions) else ""
                yield "gone", _gone(library, name, new, versions, newest, today)
    for module in library.modules:
        if text := _module(library, module, stretches(settled, f"module {module}"), newest, today):
            yield "modules", text


def _module(library: Library, name: str, found: list[tuple[str, Answer]], newest: str, today: str) -> str:
    """The last stretch of versions of which everything is known, and all that the module holds in any of them."""
    known: list[tuple[str, frozenset[str]]] = []
    for versions, answer in found:
        known = [*known, (versions, answer)] if isinstance(answer, frozenset) else []
    if not known:
        return ""
    exports = sorted(frozenset().union(*(answer for _, answer in known)) - {"__init__", "__all__"})
    lines = [
        f"- id: {library.distribution} {name}",
        f"  name: {name}",
        f"  distribution: {library.distribution}",
        f'  versions: "{known[0][0].partition(",")[0]}"',
        f'  newest: "{newest}"',
        f"  exports: [{', '.join(map(_word, exports))}]",
    ]
    return "\n".join([*lines, *_source(library, newest, today)])


def _is_there(settled: list[tuple[str, Look]], name: str, instead: str, versions: str) -> bool:
    """Whether what took the place of a name is in all of the range, or is of another distribution."""
    if instead.partition(".")[0] != name.partition(".")[0]:
        return True
    return all(said[f"name {instead}"] is True for version, said in settled if holds(versions, version))


def _homes(settled: list[tuple[str, Look]], name: str) -> tuple[str, ...]:
    """The modules it was defined in, as names it can be called by."""
    return tuple(dict.fromkeys(s.home for _, said in settled if isinstance(s := said[name], Signature)))


def _reduced(settled: list[tuple[str, Look]], name: str) -> list[tuple[str, Look]]:
    """Only what matters of a signature: two that accept the same are the same, wherever they are defined."""
    found = []
    for version, said in settled:
        answer = said[name]
        if isinstance(answer, Signature):
            answer = answer._replace(keywords=tuple(sorted(answer.keywords)), home="", file="")
        found.append((version, {name: answer}))
    return found


def _call(library: Library, callee: Callee, found: list[tuple[str, Answer]], newest: str, today: str) -> str:
    accepted = [(versions, s) for versions, s in found if isinstance(s, Signature) and not s.takes_others]
    if not accepted:
        return ""
    ever = {word for _, s in accepted for word in s.keywords}
    for old, new in callee.renamed.items():
        if new not in ever:
            raise SystemExit(f"{callee.name}: {new}, which {old} is to be called, is never accepted")
    lines = [
        f"- id: {library.distribution} {callee.name}",
        f"  names: [{', '.join(_names(callee, accepted[-1][1]))}]",
        f"  distribution: {library.distribution}",
        f"  newest: {newest!r}".replace("'", '"'),
        "  accepts:",
    ]
    for versions, signature in accepted:
        lines.append(
            f'  - {{versions: "{versions}", keywords: [{", ".join(map(_word, signature.keywords))}]}}'
        )
    if callee.renamed:
        lines.append(f"  renamed: {{{', '.join(f'{old}: {new}' for old, new in callee.renamed.items())}}}")
    return "\n".join([*lines, *_source(library, newest, today)])


def _names(callee: Callee, signature: Signature) -> list[str]:
    names = list(dict.fromkeys((callee.name, *callee.names)))
    if not signature.is_of_instance:
        return names
    methods = [name.rpartition(".") for name in names if name.count(".") > 1]
    made = ("()", *(f".{maker}()" for maker in callee.makers))
    return [f"{owner}{part}.{method}" for owner, _, method in methods for part in made] or names


def _gone(library: Library, name: str, instead: str, versions: str, newest: str, today: str) -> str:
    lines = [
        f"- id: {library.distribution} {name} {versions}",
        f"  name: {name}",
        f'  instead: "{instead}"',
        f"  distribution: {library.distribution}",
        f'  versions: "{versions}"',
        f'  newest: "{newest}"',
    ]
    return "\n".join([*lines, *_source(library, newest, today)])


def _source(library: Library, newest: str, today: str) -> list[str]:
    return [
        f'  source: ["wheels of {library.distribution} {library.oldest} to {newest}"]',
        f'  checked: "{today}"',
        "  status: read",
    ]


def _word(word: str) -> str:
    return (
        f'"{word}"' if word.lower() in {"y", "n", "yes", "no", "on", "off", "true", "false", "null"} else word
    )


def main() -> None:
    """Look at every library and write the pack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", default=[], help="distributions; the pack then holds no others")
    parser.add_argument(
        "--wheels", type=Path, default=ROOT / "build" / "wheels", help="where the wheels are kept"
    )
    parser.add_argument("--output", type=Path, default=PACK)
    options = parser.parse_args()
    today = dt.datetime.now(dt.UTC).date().isoformat()
    sections: dict[str, list[str]] = {"calls": [], "gone": [], "modules": []}
    for library in WANTED:
        if not options.only or library.distribution in options.only:
            releases = Releases(library, options.wheels)
            for section, text in rows(releases, today):
                sections[section].append(text)
            print(f"{library.distribution}: {len(releases.versions)} releases")
    body = "".join(f"{name}:\n" + "\n".join(entries) + "\n" for name, entries in sections.items() if entries)
    options.output.write_text(HEAD + body)


if __name__ == "__main__":
    main()

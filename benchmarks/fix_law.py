"""Holds the fixes against BuildKit on real Dockerfiles: what the builder accepted before a fix it accepts after it.

    GROUNDTRUTH=/path/to/oracle python benchmarks/fix_law.py LIST [--most 2000] [--alone] [--show RULE]

LIST holds one path a line. All fixes, the suggested ones too, are applied together, as `dfguard fix` does; with --alone
those of every single rule as well, as the rule wrote them, without the guard that leaves out what does harm. The oracle is
that of buildkit_rows.py. Prints a row per rule, what got worse and what a second run would change again; ends with 1 when
there is any.
"""

from __future__ import annotations

import argparse
import difflib
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from buildkit_rows import ROUNDS, Missing, asked

from dfguard.config.settings import Settings
from dfguard.core.edits import compatible
from dfguard.core.record import replace
from dfguard.core.source import Source
from dfguard.discover.targets import Found, Target, target_of
from dfguard.fixing import fixed_target, with_fixes
from dfguard.lint import check_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOGETHER = "together"
EVERYTHING = Settings(select=("DFG",), ignore=("DFG6",), platform="docker", shows_maybe=True)


class Case(NamedTuple):
    """One file with fixes applied. `again` is what a second run makes of it, None where it changes nothing."""

    path: str
    rule: str
    before: str
    after: str
    fixes: int
    refused: int
    again: str | None = None


class Answer(NamedTuple):
    """What the builder says before and after; empty where it accepts the file."""

    case: Case
    before: str
    after: str

    @property
    def is_worse(self) -> bool:
        """Whether the builder refuses only what the fixes made."""
        return not self.before and bool(self.after)


def cases(path: str, *, are_alone: bool) -> list[Case]:
    """The file with all fixes, and with those of each rule when they are wanted `are_alone`."""
    target = target_of(Found(path, path), EVERYTHING)
    shown = check_target(target, EVERYTHING).shown(maybe=True)
    if not any(d.finding.fix for d in shown):
        return []
    found = list(_alone(target)) if are_alone else []
    done = fixed_target(target, EVERYTHING, suggested=True)
    if done.text != target.source.text:
        again = fixed_target(replace(target, source=Source(path, done.text)), EVERYTHING, suggested=True).text
        twice = again if again != done.text else None
        text = target.source.text
        found.append(Case(path, TOGETHER, text, done.text, len(done.fixed), len(done.refused), twice))
    return found


def _alone(target: Target) -> Iterator[Case]:
    by_rule: dict[str, list] = {}
    for diagnostic in check_target(target, EVERYTHING).shown(maybe=True):
        fix = diagnostic.finding.fix
        if fix and all(edit.place.source is target.source for edit in fix.edits):
            by_rule.setdefault(diagnostic.rule, []).append(fix)
    for rule, fixes in by_rule.items():
        chosen = compatible(dict.fromkeys(fixes))
        text = with_fixes(target.source, chosen)
        if text != target.source.text:
            yield Case(target.source.path, rule, target.source.text, text, len(chosen), 0)


def answers(script: str, share: str, one: list[Case]) -> list[Answer]:
    """What the builder says of the cases of one file."""
    path = Path(one[0].path)
    with tempfile.TemporaryDirectory(dir=share, prefix="groundtruth-") as name:
        folder = Path(name)
        (folder / "empty").mkdir()
        context = path.parent if (path.parent / ".dockerignore").exists() else folder / "empty"
        ask = partial(_asked, script, folder / "Dockerfile", context)
        error, missing = ask(one[0].before, Missing())
        return [Answer(case, error, "" if error else ask(case.after, missing)[0]) for case in one]


def _asked(script: str, file: Path, context: Path, text: str, missing: Missing) -> tuple[str, Missing]:
    """The builder's error, empty when it has none, and what had to be given for it."""
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    for _ in range(ROUNDS):
        error = (asked(script, file, context, missing).get("buildError") or {}).get("message", "")
        more = missing.with_what(error) if error else None
        if more is None:
            return error, missing
        missing = more
    return error, missing


def main() -> int:
    """Apply, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("list", type=Path)
    parser.add_argument("--most", type=int, default=2000)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--show", action="append", default=[])
    given = parser.parse_args()
    script = os.environ.get("GROUNDTRUTH", "")
    share = os.environ.get("GROUNDTRUTH_SHARE", tempfile.gettempdir())
    if not os.access(script, os.X_OK):
        sys.stderr.write(f"the oracle {script or '(GROUNDTRUTH is not set)'} is no executable file\n")
        return 2
    paths = [line for line in given.list.read_text(encoding="utf-8").splitlines() if line][: given.most]
    if not paths:
        sys.stderr.write(f"{given.list} names no file\n")
        return 2
    with multiprocessing.Pool() as pool:
        found = [
            one
            for one in pool.imap_unordered(partial(cases, are_alone=given.alone), paths, chunksize=4)
            if one
        ]
    with ThreadPoolExecutor(2) as threads:
        said = [a for many in threads.map(partial(answers, script, share), found) for a in many]
    print(f"{len(paths)} files, {len(found)} with fixes")
    return int(_told(said, given.show))


def _told(said: Iterable[Answer], shown: list[str]) -> bool:
    """Print a row per rule and what is against the law; whether anything is."""
    counts: dict[str, Counter[str]] = {}
    is_broken = False
    for answer in said:
        case = answer.case
        row = counts.setdefault(case.rule, Counter())
        is_stable = case.again is None
        row.update(files=1, fixes=case.fixes, refused=case.refused, accepted=not answer.before)
        row.update(worse=answer.is_worse, unstable=not is_stable)
        if answer.is_worse or not is_stable or case.rule in shown:
            is_broken |= answer.is_worse or not is_stable
            print(f"\n{case.path} {case.rule} {answer.after}")
            print(
                "\n".join(
                    _diff(case.before, case.after) if is_stable else _diff(case.after, case.again or "")
                )
            )
    print(
        f"{'rule':10} {'files':>6} {'fixes':>6} {'refused':>7} {'accepted':>8} {'worse':>6} {'unstable':>8}"
    )
    for rule, row in sorted(counts.items()):
        figures = (row["files"], row["fixes"], row["refused"], row["accepted"], row["worse"], row["unstable"])
        print(f"{rule:10} {'{:6} {:6} {:7} {:8} {:6} {:8}'.format(*figures)}")
    return is_broken


def _diff(before: str, after: str) -> list[str]:
    return list(difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=1))[2:]


if __name__ == "__main__":
    sys.exit(main())

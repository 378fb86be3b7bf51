"""Faults between build and run: each folder of fixtures/bad holds one, with what is expected, and its repaired twin.

`# expect: RULE severity, ...` above an instruction of the Dockerfile or above a line of a Python file; nothing else is
found. Of the repaired twin nothing at all is said, less certain findings included.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dfguard.config.settings import Settings
from dfguard.discover.targets import Found, target_of
from dfguard.lint import check_target
from dfguard.syntax.dockerfile.parser import parse

ROOT = Path(__file__).parent.parent / "fixtures" / "bad"
FOLDERS = sorted(path for path in ROOT.iterdir() if path.is_dir())
Row = tuple[str, str, str, int]


def _expected(folder: Path) -> set[Row]:
    """Rule, severity, file and line of what the comments announce; of an instruction the line of its keyword."""
    found = set()
    for path in folder.iterdir():
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines, 1):
            for rule, severity in re.findall(r"(DFG\d+) (\w+)", line) if "# expect:" in line else ():
                found.add((rule, severity, path.name, number + 1))
    return found


def _found(folder: Path, tmp_path: Path, *, maybe: bool) -> set[Row]:
    """The same of what is found when the folder is a repository of its own."""
    shutil.copytree(folder, tmp_path / "repository")
    name = str(tmp_path / "repository" / "Dockerfile")
    target = target_of(Found(name, name), Settings())
    starts = [i.span for i in parse(target.source).instructions]
    rows = set()
    for diagnostic in check_target(target, Settings()).shown(maybe=maybe):
        place, line = diagnostic.finding.place, diagnostic.finding.place.line
        if place.path == name:
            span = next(span for span in starts if span.holds(place.span))
            line = place.source.line_of(span.start)
        rows.add((diagnostic.rule, diagnostic.severity.value, Path(place.path).name, line))
    return rows


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_fault_is_found_where_it_stands(folder: Path, tmp_path: Path) -> None:
    expected = _expected(folder / "broken")
    assert expected
    assert _found(folder / "broken", tmp_path, maybe=False) == expected


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_of_the_repaired_twin_nothing_is_said(folder: Path, tmp_path: Path) -> None:
    assert _found(folder / "repaired", tmp_path, maybe=True) == set()

"""Many Dockerfiles share a workflow or a program: what is said of it is said once in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.cli.gathering import gathered
from dfguard.cli.options import read_plainly

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = "jobs:\n  a:\n    steps:\n      - run: docker build gone\n      - run: docker build gone/too\n"


@pytest.mark.parametrize("count", [1, 3])
def test_a_place_outside_the_dockerfiles_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(WORKFLOW)
    for number in range(count):
        (tmp_path / f"d{number}").mkdir()
        (tmp_path / f"d{number}/Dockerfile").write_text("FROM scratch\nCOPY gone /\n")
    told = read_plainly(["--select", "DFG602,DFG601", "--no-cache", "--maybe", "."])
    assert told is not None
    report, _ = gathered(*told)
    said = [
        (d.rule, d.finding.place.path, d.finding.place.line) for t in report.targets for d in t.diagnostics
    ]
    own = [("DFG601", f"d{number}/Dockerfile", 2) for number in range(count)]
    assert sorted(said) == [
        *own,
        ("DFG602", ".github/workflows/ci.yml", 4),
        ("DFG602", ".github/workflows/ci.yml", 5),
    ]

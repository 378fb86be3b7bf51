"""Files checked on several processors: the same report, whatever becomes of a worker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dfguard.cli import workers
from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly

if TYPE_CHECKING:
    from pathlib import Path


def _doubled(number: int) -> bytes:
    return b"%d" % (2 * number)


@pytest.mark.parametrize(
    ("count", "jobs"),
    [
        pytest.param(0, 2, id="nothing to do"),
        pytest.param(1, 4, id="more workers than pieces"),
        pytest.param(300, 3, id="many"),
        pytest.param(10_000, 2, id="more than the pipe holds numbers"),
    ],
)
def test_results_come_in_order(count: int, jobs: int) -> None:
    assert workers.spread(count, jobs, _doubled) == [b"%d" % (2 * n) for n in range(count)]


def test_a_large_result_comes_whole() -> None:
    assert workers.spread(3, 2, lambda number: b"x" * (3_000_000 + number)) == [
        b"x" * (3_000_000 + number) for number in range(3)
    ]


def test_a_worker_that_dies_takes_nothing_with_it_but_the_piece_that_killed_it() -> None:
    def work(number: int) -> bytes:
        if number == 7:
            os._exit(9)
        return b"%d" % number

    assert workers.spread(20, 2, work) == [None if n == 7 else b"%d" % n for n in range(20)]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A folder with Dockerfiles of several kinds; one of them cannot be read."""
    monkeypatch.chdir(tmp_path)
    texts = ("FROM scratch\n", "FROM python:3.11\nRUN cd /x\nCOPY gone /\n", "RUN echo\nFRM x\n", "")
    for number in range(12):
        (tmp_path / f"Dockerfile.{number}").write_text(texts[number % len(texts)])
    (tmp_path / "Dockerfile.5").write_bytes(b"FROM scratch\n" * (2 << 20))
    return [f"Dockerfile.{number}" for number in range(12)]


def _report(files: list[str], *words: str) -> tuple[int, bytes]:
    read = read_plainly([*files, "--format", "json", "--maybe", "--output", "out.json", "--no-cache", *words])
    assert read is not None
    code = run_check(*read)
    with open("out.json", "rb") as file:
        return code, file.read()


def test_the_report_is_the_same_on_one_processor_and_on_three(files: list[str]) -> None:
    assert _report(files, "--jobs", "1") == _report(files, "--jobs", "3")


def test_a_file_that_ends_its_process_is_a_fault_of_ours(
    files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import dfguard.lint

    judged = dfguard.lint._judged

    def fatal(facts: object, target: object, settings: object) -> object:
        if target.source.path == "Dockerfile.4":  # type: ignore[attr-defined]
            os._exit(9)
        return judged(facts, target, settings)  # type: ignore[arg-type]

    monkeypatch.setattr(dfguard.lint, "_judged", fatal)
    files.remove("Dockerfile.5")
    code, said = _report(files, "--jobs", "2")
    assert code == 3
    assert b"DFG000" in said
    assert said.count(b'"status": "checked"') == len(files) - 1


@pytest.mark.parametrize("told", ["0", "-1", "many"])
def test_another_number_of_jobs_is_refused(
    told: str, files: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    read = read_plainly([*files, f"--jobs={told}"])
    assert read is not None
    assert run_check(*read) == 2
    assert "--jobs" in capfd.readouterr().err

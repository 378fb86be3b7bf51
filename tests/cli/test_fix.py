"""`check --fix`, `--diff` and `fix` as a user calls them: what is written, what is not, and what is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FLATTENED = b'FROM python:3.11-slim\nRUN python -c "import os; try: os.stat(1); except OSError: pass"\n'
UPPER = b"FROM debian:12 as base\n"
MENDED = b"FROM debian:12 AS base\n"


def run(*words: str, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "dfguard", *words]
    return subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, timeout=60, check=False, env=environment
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_bytes(UPPER)
    return tmp_path


@pytest.mark.parametrize("words", [("check", "--fix"), ("fix",)], ids=["check --fix", "fix"])
def test_the_file_is_written_and_what_was_done_is_said(folder: Path, words: tuple[str, ...]) -> None:
    result = run(*words, "--select", "DFG970", "Dockerfile", cwd=folder)
    assert (result.returncode, result.stderr) == (0, b"dfguard: fixed 1 finding in 1 file\n")
    assert result.stdout.decode().splitlines()[-1] == "no findings in 1 file"
    assert (folder / "Dockerfile").read_bytes() == MENDED


def test_a_diff_writes_nothing_and_gives_one(folder: Path) -> None:
    result = run("check", "--diff", "--select", "DFG970", "Dockerfile", cwd=folder)
    assert result.returncode == 1
    assert result.stdout == b"--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1 +1 @@\n-" + UPPER + b"+" + MENDED
    assert result.stderr == b"dfguard: would fix 1 finding in 1 file\n"
    assert (folder / "Dockerfile").read_bytes() == UPPER


def test_a_diff_of_nothing_is_empty_and_gives_zero(folder: Path) -> None:
    result = run("check", "--diff", "--select", "DFG101", "Dockerfile", cwd=folder)
    assert (result.returncode, result.stdout) == (0, b"")


def test_a_file_without_a_last_newline_says_so_in_the_diff_and_stays_so(folder: Path) -> None:
    (folder / "Dockerfile").write_bytes(UPPER[:-1])
    result = run("check", "--diff", "--select", "DFG970", "Dockerfile", cwd=folder)
    assert result.stdout.count(b"\\ No newline at end of file\n") == 2
    run("fix", "--select", "DFG970", "Dockerfile", cwd=folder)
    assert (folder / "Dockerfile").read_bytes() == MENDED[:-1]


def test_standard_input_gives_the_fixed_text(folder: Path) -> None:
    result = run("check", "--fix", "--select", "DFG970", "-", cwd=folder, stdin=UPPER)
    assert (result.returncode, result.stdout) == (0, MENDED)
    assert b"no findings in 1 file" in result.stderr
    untouched = run("check", "--fix", "--select", "DFG970", "-", cwd=folder, stdin=MENDED)
    assert untouched.stdout == MENDED


def test_the_mode_stays(folder: Path) -> None:
    (folder / "Dockerfile").chmod(0o640)
    run("fix", "--select", "DFG970", "Dockerfile", cwd=folder)
    assert (folder / "Dockerfile").stat().st_mode & 0o777 == 0o640


def test_a_read_only_file_is_left_alone(folder: Path) -> None:
    (folder / "Dockerfile").chmod(0o444)
    result = run("fix", "--select", "DFG970", "Dockerfile", cwd=folder)
    assert result.returncode == 2
    assert b"Dockerfile is read-only: it is not written to" in result.stderr
    assert (folder / "Dockerfile").read_bytes() == UPPER


def test_a_link_out_of_the_repository_is_left_alone(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "Dockerfile"
    outside.write_bytes(UPPER)
    (folder / "Dockerfile").unlink()
    (folder / "Dockerfile").symlink_to(outside)
    result = run("fix", "--select", "DFG970", "Dockerfile", cwd=folder)
    assert result.returncode == 2
    assert b"leads out of the repository" in result.stderr
    assert outside.read_bytes() == UPPER


def test_a_link_inside_the_repository_stays_a_link(folder: Path) -> None:
    (folder / "Dockerfile").rename(folder / "real")
    (folder / "Dockerfile").symlink_to("real")
    assert run("fix", "--select", "DFG970", "Dockerfile", cwd=folder).returncode == 0
    assert (folder / "Dockerfile").is_symlink()
    assert (folder / "real").read_bytes() == MENDED


def test_one_file_that_cannot_be_written_does_not_stop_the_others(folder: Path) -> None:
    (folder / "Dockerfile.b").write_bytes(UPPER)
    (folder / "Dockerfile").chmod(0o444)
    result = run("fix", "--select", "DFG970", cwd=folder)
    assert result.returncode == 2
    assert (folder / "Dockerfile.b").read_bytes() == MENDED


def test_the_diff_holds_no_raw_escapes(folder: Path) -> None:
    (folder / "Dockerfile").write_bytes(b"FROM debian:12 as base\nENV A=\x1b[31m\n")
    result = run("check", "--diff", "--select", "DFG970", "Dockerfile", cwd=folder)
    assert b"\x1b" not in result.stdout
    assert b"\\x1b[31m" in result.stdout


def test_python_is_written_as_it_was_meant(folder: Path) -> None:
    (folder / "Dockerfile").write_bytes(FLATTENED)
    run("check", "--fix-suggested", "--select", "DFG101", "Dockerfile", cwd=folder)
    assert b"try:\n    os.stat(1)\nexcept OSError:\n    pass\n" in (folder / "Dockerfile").read_bytes()

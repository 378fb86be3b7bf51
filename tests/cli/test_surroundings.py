"""Hostile surroundings: each costs one sentence and its exit code, never a traceback, and the other files are checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dfguard
from dfguard.cli import given
from dfguard.cli.containment import contained_command
from dfguard.cli.options import read_plainly

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.discover.targets import Found

TEXT = "FROM debian:12\nRUN ls |\n"
SOURCE = str(Path(dfguard.__file__).parents[1])
PYPROJECT = "[tool.dfguard]\nignore = "


def _ignores(text: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / ".git").mkdir()
        (folder / ".gitignore").write_text(text)

    return make


def _file(name: str, content: bytes) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return make


def _link(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).symlink_to(name.rpartition("/")[2])


def _pipe(name: str) -> Callable[[Path], object]:
    return lambda folder: os.mkfifo(folder / name)


@pytest.mark.parametrize(
    ("make", "code", "sentence"),
    [
        pytest.param(_ignores("\\\n"), 1, "", id="a backslash alone in .gitignore"),
        pytest.param(_ignores("!\n*.log\n"), 1, "", id="an exclamation mark alone in .gitignore"),
        pytest.param(_link("Dockerfile"), 1, "", id="a Dockerfile that links to itself"),
        pytest.param(_link(".dockerignore"), 1, "", id="a .dockerignore that links to itself"),
        pytest.param(
            _file("a/pyproject.toml", f"{PYPROJECT}{'[' * 5000}".encode()),
            2,
            "not TOML: nested too deeply",
            id="deep TOML",
        ),
        pytest.param(
            _file("a/pyproject.toml", f"{PYPROJECT}{'9' * 5000}".encode()),
            2,
            "not TOML: ",
            id="a huge number",
        ),
        pytest.param(
            _file("a/pyproject.toml", PYPROJECT.encode() + b'["\xff"]'),
            2,
            "pyproject.toml:2: not UTF-8 text",
            id="TOML",
        ),
        pytest.param(
            _file("a/dfguard.yaml", b"\nignore: [\xff]\n"), 2, "dfguard.yaml:2: not UTF-8 text", id="YAML"
        ),
        pytest.param(_file("a/dfguard.yaml", b"ignore: " + b"[" * 5000), 2, "not YAML: ", id="deep YAML"),
        pytest.param(_file("docker-compose.yml", b"services:\n  a: {build: \xff}\n"), 1, "", id="compose"),
        pytest.param(_file("docker-compose.yml", b"services: " + b"[" * 5000), 1, "", id="deep compose"),
        pytest.param(
            _file(".github/workflows/a.yml", b"jobs: {a: {steps: [{run: \xff}]}}\x00"), 1, "", id="workflow"
        ),
        pytest.param(_file("docker-bake.json", b"[" * 50_000), 1, "", id="deep bake file"),
        pytest.param(
            _pipe("a/dfguard.yaml"), 2, "cannot be read: not a regular file", id="configuration is a pipe"
        ),
        pytest.param(_pipe(".dockerignore"), 1, "", id="a .dockerignore is a pipe"),
        pytest.param(
            lambda folder: (folder / "a" / "dfguard.yaml").mkdir(), 2, "not a regular file", id="a folder"
        ),
    ],
)
def test_surroundings_cost_a_sentence_and_the_others_are_checked(
    make: Callable[[Path], object],
    code: int,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(TEXT)
    make(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert _checked([".", "--no-cache"]) == code
    out, err = capsys.readouterr()
    assert "b/Dockerfile:2" in out
    assert "DFG000" not in out
    assert ("a/Dockerfile:2" in out) is (code == 1)
    assert sentence in err
    assert len(err.splitlines()) == (1 if code == 2 else 0)


def _checked(words: list[str]) -> int:
    from dfguard.cli.check import run_check

    read = read_plainly(words)
    assert read is not None
    return run_check(*read)


def test_a_fault_around_one_file_is_a_finding_there_and_the_others_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.Dockerfile").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    whole = given.settings_of

    def settings_of(one: Found, *rest: Any) -> object:
        if one.path == "a.Dockerfile":
            raise RuntimeError("a fault")
        return whole(one, *rest)

    monkeypatch.setattr("dfguard.cli.outcomes.settings_of", settings_of)
    assert _checked([".", "--no-cache"]) == 3
    out = capsys.readouterr().out
    assert "a.Dockerfile:1:1: error DFG000" in out
    assert "RuntimeError: a fault" in out
    assert "b.Dockerfile:2" in out


def test_a_fault_outside_of_all_files_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> int:
        raise RuntimeError("a fault")

    assert contained_command(broken) == 3
    assert (
        capsys.readouterr().err
        == "dfguard: dfguard crashed: RuntimeError: a fault; please report it with the files that show it\n"
    )


def test_an_interruption_is_no_traceback() -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert contained_command(interrupted) == 130


def _run(words: list[str], redirection: str, folder: Path) -> tuple[int, str]:
    """The exit code and what stands on standard error, when the shell redirects as told."""
    environment = {
        **os.environ,
        "DFGUARD_CACHE_DIR": f"{folder}-cache",
        "PYTHONPATH": SOURCE,
    }
    command = f'"$@" {redirection}'
    done = subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-m", "dfguard", *words],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize(
    "words",
    [["check", "Dockerfile"], ["rules"], ["explain", "DFG101"], ["--version"], ["inspect", "Dockerfile"]],
)
def test_standard_output_may_be_full(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(TEXT)
    for _ in range(2):
        assert _run(words, "> /dev/full", tmp_path) == (
            2,
            "dfguard: standard output cannot be written to: No space left on device\n",
        )


def test_standard_output_may_be_closed_or_its_reader_gone(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(TEXT)
    assert _run(["check", "Dockerfile"], ">&-", tmp_path) == (
        2,
        "dfguard: standard output is closed: nothing can be printed\n",
    )
    assert _run(["check", "Dockerfile"], "2>&- >/dev/null", tmp_path) == (1, "")
    assert _run(["rules"], "| true", tmp_path) == (0, "")
    assert _run(["check", "-"], "<&-", tmp_path) == (2, "dfguard: -: standard input is closed\n")


def test_the_working_directory_may_be_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    code, error = _run(["check"], "", tmp_path)
    assert code == 2
    moved = f'cd gone && rmdir ../gone && "{sys.executable}" -m dfguard check'
    environment = {
        **os.environ,
        "PYTHONPATH": SOURCE,
        "DFGUARD_CACHE_DIR": f"{tmp_path}-cache",
    }
    done = subprocess.run(
        ["sh", "-c", moved], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (
        2,
        "dfguard: the working directory cannot be used: No such file or directory\n",
    )
    assert error.startswith("dfguard: .: no Dockerfile")


def test_a_pipe_in_the_cache_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(TEXT)
    assert _run(["check", "Dockerfile"], "", tmp_path)[0] == 1
    kept = [path for path in Path(f"{tmp_path}-cache").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        path.unlink()
        os.mkfifo(path)
    assert _run(["check", "Dockerfile"], "", tmp_path) == (1, "")

"""Runs our own test scripts in real shells with a `python` that records what it is handed instead of running it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RECORDER = """#!/bin/sh
n=$(ls "$RECORD" | wc -l)
mkdir "$RECORD/$n"
for a in "$@"; do printf '%s\\0' "$a"; done > "$RECORD/$n/words"
case "$1" in /dev/fd/*) cat "$1";; *) cat;; esac > "$RECORD/$n/stdin"
"""
WRAPPER = """#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in python*|*/python*|pypy*|sh|bash|env|timeout) exec "$@";; -) exec python "$@";; esac
  shift
done
"""
PYTHONS = ("python", "python3", "python3.11", "pypy3")
WRAPPERS = (
    "sudo", "gosu", "su-exec", "conda", "mamba", "micromamba", "poetry", "uv", "pipenv", "pdm", "rye", "hatch",
    "pixi", "tini", "dumb-init", "xvfb-run",
)  # fmt: skip
SHELLS = tuple(shell for shell in ("dash", "bash") if shutil.which(shell))


def programs_in(directory: Path) -> Path:
    """The directory, filled with the recording `python`s and stand-ins for the programs that wrap one."""
    for names, text in ((PYTHONS, RECORDER), (WRAPPERS, WRAPPER)):
        for name in names:
            program = directory / name
            program.write_text(text)
            program.chmod(0o755)
    return directory


class Recorder:
    """A directory to run in, and what the recording `python` was handed there."""

    def __init__(self, root: Path, programs: Path) -> None:
        self.work, self.record, self.bin = root / "work", root / "record", programs
        self.work.mkdir()
        self.record.mkdir()

    def run(self, words: Sequence[str], variables: dict[str, str]) -> None:
        environment = {
            "PATH": f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "RECORD": str(self.record),
            "HOME": str(self.work),
            "LC_ALL": "C.UTF-8",
            **variables,
        }
        subprocess.run(
            list(words),
            cwd=self.work,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )

    def programs(self) -> list[str]:
        """What Python was handed, one text per call: the code of `-c`, or standard input."""
        return [_program(call) for call in sorted(self.record.iterdir(), key=lambda path: int(path.name))]

    def file(self, name: str) -> str | None:
        """The text of a file the script made."""
        path = self.work / name
        return path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else None


def _program(call: Path) -> str:
    words = (call / "words").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
    for i, word in enumerate(words):
        if word in {"-c", "-uc"}:
            return words[i + 1]
        if word.startswith("-c"):
            return word[2:]
    return (call / "stdin").read_bytes().decode("utf-8", "surrogateescape")


def printed(shell: str, script: str, variables: dict[str, str]) -> bytes | None:
    """What a real shell prints for one of our own scripts; None when it fails."""
    ran = subprocess.run(
        [shell, "-c", script],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
        cwd="/",
    )
    return ran.stdout if ran.returncode == 0 else None

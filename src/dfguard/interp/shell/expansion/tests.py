"""`[ … ]`, `[[ … ]]` and `test …` to true, false or unknown, and to what is known of the files on either branch.

Source: POSIX.1-2024 XCU test; bash reference manual "Bash Conditional Expressions".
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.patterns import matches_shell
from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.permissions import executable, readable, writable
from dfguard.interp.reasons import MOUNTS, Cause, causes
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.state import Shell
    from dfguard.interp.values import Value


_FILE_TESTS = frozenset(["-e", "-f", "-d", "-L", "-h", "-s", "-r", "-w", "-x", "-p", "-S", "-b", "-c"])
_STRING_TESTS = frozenset(["-n", "-z", "-v"])
_BINARY = frozenset(
    ["=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-ef", "-nt", "-ot", "<", ">"]
)
_BRINGS_WEIGHTS = MOUNTS | {Cause.PUT, Cause.BROUGHT}
_WEIGHTS = (".safetensors", ".gguf", ".ckpt", ".pth", ".pt", ".onnx", ".bin", ".msgpack", ".engine")
_NUMBERS = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


@cache
def _number() -> re.Pattern[str]:
    return re.compile(r"\s*[-+]?\d{1,18}\s*", re.ASCII)


class _Unreadable(Exception):
    """The words are no test we know."""


def evaluate(words: Sequence[Field], shell: Shell, *, is_extended: bool) -> bool | None:
    """Whether the test holds; None when it depends on what is not known. `is_extended`: it is `[[ … ]]`."""
    try:
        reader = _Reader(words, shell, is_extended=is_extended)
        result = reader.either()
        return result if reader.at == len(words) else None
    except _Unreadable:
        return None


def refined(words: Sequence[Field], shell: Shell, *, holds: bool) -> FileSystem:
    """The files as they are known once the test held, or did not; only single file tests say something."""
    files, texts = shell.files, [known(word.value) for word in words]
    while texts[:1] == ["!"]:
        texts, holds = texts[1:], not holds
    if len(texts) != 2 or texts[0] not in _FILE_TESTS or not texts[1]:
        return files
    path = _absolute(texts[1], shell.cwd)
    if path is None:
        return files
    entry = files.resolve(path) if texts[0] not in ("-L", "-h") else files.look(path)
    if entry.presence is not Presence.MAYBE:
        return files
    if holds:
        kinds = {"-f": EntryKind.FILE, "-d": EntryKind.DIRECTORY, "-L": EntryKind.LINK, "-h": EntryKind.LINK}
        return files.put(
            Entry(entry.path, kinds.get(texts[0], entry.kind), Presence.PRESENT, because=entry.because)
        )
    return files.remove(entry.path) if texts[0] == "-e" else files


def _absolute(text: str, cwd: Value) -> str | None:
    if text.startswith("/"):
        return paths.clean(text)
    folder = known(cwd)
    return None if folder is None else paths.clean(text, folder)


class _Truth(Record):
    """Three values."""

    value: bool | None


class _Reader:
    """Reads the words of one test from left to right."""

    def __init__(self, words: Sequence[Field], shell: Shell, *, is_extended: bool) -> None:
        self.words = words
        self.shell = shell
        self.is_extended = is_extended
        self.at = 0

    def text(self, ahead: int = 0) -> str | None:
        """The word `ahead`; None when it is not known; raise when there is none."""
        if self.at + ahead >= len(self.words):
            raise _Unreadable
        return known(self.words[self.at + ahead].value)

    def either(self) -> bool | None:
        left = self.both()
        while self.at < len(self.words) and self.text() in ("-o", "||"):
            self.at += 1
            right = self.both()
            left = True if left is True or right is True else None if None in (left, right) else False
        return left

    def both(self) -> bool | None:
        left = self.single()
        while self.at < len(self.words) and self.text() in ("-a", "&&"):
            self.at += 1
            right = self.single()
            left = False if left is False or right is False else None if None in (left, right) else True
        return left

    def single(self) -> bool | None:
        left = len(self.words) - self.at
        if left == 0:
            return False
        first = self.text()
        if left >= 3 and self.text(1) in _BINARY:
            return self.binary()
        if first == "!":
            self.at += 1
            inner = self.single()
            return None if inner is None else not inner
        if first == "(":
            self.at += 1
            inner = self.either()
            if self.text() != ")":
                raise _Unreadable
            self.at += 1
            return inner
        if left >= 2 and first in (_FILE_TESTS | _STRING_TESTS):
            operand = self.words[self.at + 1]
            self.at += 2
            return self.unary(first or "", operand.value)
        self.at += 1
        return None if first is None else first != ""

    def unary(self, operator: str, value: Value) -> bool | None:
        text = known(value)
        if operator in _STRING_TESTS:
            if text is None:
                has_start = bool(getattr(value, "prefix", "")) or "" not in getattr(value, "texts", ("",))
                return (operator == "-n") if has_start and operator != "-v" else None
            if operator == "-v":
                return self.shell.look(text) is not None
            return (text != "") is (operator == "-n")
        if text is None:
            return None
        path = _absolute(text, self.shell.cwd) if text else None
        if path is None:
            return None if text else False
        return _file_test(operator, path, self.shell)

    def binary(self) -> bool | None:
        left, right = self.words[self.at].value, self.words[self.at + 2]
        operator = self.text(1) or ""
        self.at += 3
        a, b = known(left), known(right.value)
        if a is None or b is None:
            return _differ(left, right.value, operator)
        if operator in _NUMBERS:
            if not _number().fullmatch(a) or not _number().fullmatch(b):
                return False
            return bool(_NUMBERS[operator](int(a), int(b)))
        if operator in ("=", "==", "!="):
            is_pattern = self.is_extended and right.pattern is not None
            equal = matches_shell(right.pattern or "", a) if is_pattern else a == b
            return equal if operator != "!=" else not equal
        if operator == "-ef":
            return _same_file(a, b, self.shell)
        return None


def _differ(left: Value, right: Value, operator: str) -> bool | None:
    """Whether two values that are not both known can be told apart: `[ "$X" = a ]` with X one of b and c."""
    from dfguard.interp.values import texts_of

    mine, other = texts_of(left), texts_of(right)
    if mine is None or other is None or set(mine) & set(other) or operator not in ("=", "==", "!="):
        return None
    return operator == "!="


def _file_test(operator: str, path: str, shell: Shell) -> bool | None:
    files = shell.files
    entry = files.look(path) if operator in ("-L", "-h") else files.resolve(path)
    if shell.user is not None:
        reachable = readable(files, paths.parent(entry.path), shell.user, needs_list=False).presence
        if reachable is Presence.ABSENT:
            return False
    if entry.presence is not Presence.PRESENT:
        return None if entry.presence is Presence.MAYBE and not _is_to_be_fetched(entry) else False
    if operator in ("-r", "-w", "-x"):
        question = {"-r": readable, "-w": writable, "-x": executable}[operator]
        verdict = (
            question(files, entry.path, shell.user).presence if shell.user is not None else Presence.MAYBE
        )
        return None if verdict is Presence.MAYBE else verdict is Presence.PRESENT
    if operator == "-s":
        return None if entry.size is None else entry.size > 0
    kinds = {"-f": EntryKind.FILE, "-d": EntryKind.DIRECTORY, "-L": EntryKind.LINK, "-h": EntryKind.LINK}
    if operator == "-e":
        return True
    if operator not in kinds or entry.kind is EntryKind.UNKNOWN:
        return None
    return entry.kind is kinds[operator]


def _is_to_be_fetched(entry: Entry) -> bool:
    """Whether nothing copies a file of weights, and neither a mount nor an earlier download is known to bring it: a script
    that asks for it goes on to fetch it.
    """
    is_left = entry.may_be_of_the_base and causes(entry.why).isdisjoint(_BRINGS_WEIGHTS)
    return is_left and entry.path.endswith(_WEIGHTS)


def _same_file(a: str, b: str, shell: Shell) -> bool | None:
    left, right = _absolute(a, shell.cwd), _absolute(b, shell.cwd)
    if left is None or right is None:
        return None
    first, second = shell.files.resolve(left), shell.files.resolve(right)
    if (
        first.presence is Presence.PRESENT
        and second.presence is Presence.PRESENT
        and first.path == second.path
    ):
        return True
    return None

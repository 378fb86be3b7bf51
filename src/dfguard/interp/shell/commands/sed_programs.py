"""The text of a sed program to its edits; what is not followed makes the whole program unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number
from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable


LONGEST_PATTERN = 120
MOST_REPEATS = 2


class _NotFollowed(Exception):
    """The program is more than we read."""


class Edit(Record):
    """One sed command: `address` is `/re/`, a number or `$` (empty: every line), `is_negated` for `!`."""

    address: str
    name: str
    pattern: str = ""
    replacement: str = ""
    flags: str = ""
    text: str = ""
    is_negated: bool = False


def read_programs(programs: Iterable[str | None], *, is_extended: bool) -> list[Edit] | None:
    """The edits of all programs of a call in order; None when one of them is not known or not followed."""
    edits: list[Edit] = []
    try:
        for program in programs:
            if program is None:
                return None
            _parse(program, edits, is_extended=is_extended)
    except (_NotFollowed, re.error, IndexError):
        return None
    except OverflowError:  # a repetition beyond what Python's expressions count
        return None
    return edits


def _parse(program: str, edits: list[Edit], *, is_extended: bool) -> None:
    at = 0
    while at < len(program):
        if program[at] in " \t\n;":
            at += 1
            continue
        address, at = _address(program, at, is_extended=is_extended)
        while program[at : at + 1] in (" ", "!"):
            at += 1
        is_negated = "!" in program[at - 1 : at]
        name = program[at : at + 1]
        at += 1
        if name == "s":
            edit, at = _substitution(program, at, is_extended=is_extended)
            edits.append(Edit(address, "s", *edit, is_negated=is_negated))
        elif name and name in "dpq":
            edits.append(Edit(address, name, is_negated=is_negated))
        elif name and name in "aic":
            end = len(program)
            text = program[at:end].lstrip(" \t").removeprefix("\\").lstrip("\n")
            edits.append(Edit(address, name, text=text, is_negated=is_negated))
            at = end
        else:
            raise _NotFollowed


def _address(program: str, at: int, *, is_extended: bool) -> tuple[str, int]:
    if program[at] == "$":
        return "$", at + 1
    if is_number(program[at]):
        end = at
        while end < len(program) and is_number(program[end]):
            end += 1
        address = program[at:end]
        at = end
    elif program[at] in "/\\":
        mark = program[at] if program[at] == "/" else program[at + 1]
        start = at + 1 if mark == "/" else at + 2
        text, at = _until(program, start, mark)
        address = "/" + _pattern(text, is_extended=is_extended)
    else:
        return "", at
    if program[at : at + 1] == ",":
        raise _NotFollowed
    return address, at


def _until(program: str, at: int, mark: str) -> tuple[str, int]:
    """The text up to an unescaped mark and the index behind it; an escaped mark is the mark."""
    text = ""
    while at < len(program):
        if program[at] == "\\" and at + 1 < len(program):
            text += mark if program[at + 1] == mark and mark not in "|(){}+?" else program[at : at + 2]
            at += 2
            continue
        if program[at] == mark:
            return text, at + 1
        text += program[at]
        at += 1
    raise _NotFollowed


def _substitution(program: str, at: int, *, is_extended: bool) -> tuple[tuple[str, str, str], int]:
    mark = program[at]
    pattern, at = _until(program, at + 1, mark)
    replacement, at = _until(program, at, mark)
    flags = ""
    while at < len(program) and program[at] in "gpiI0123456789":
        flags += program[at]
        at += 1
    if set(flags) - set("giI"):
        raise _NotFollowed
    read = _pattern(pattern, is_extended=is_extended)
    written = _replacement(replacement)
    groups = [int(number) for number in re.findall(r"\\g<(\d)>", written)]
    if not read or max(groups, default=0) > re.compile(read).groups:
        raise _NotFollowed
    return (read, written, flags), at


def _pattern(text: str, *, is_extended: bool) -> str:
    """A POSIX expression as a Python one; few repetitions, so that no text takes long to match."""
    if len(text) > LONGEST_PATTERN or "[[:" in text:
        raise _NotFollowed
    out, at, repeats = "", 0, 0
    while at < len(text):
        character = text[at]
        if character == "\\" and at + 1 < len(text):
            following = text[at + 1]
            if following in "(){}|+?" and not is_extended:
                out += following
            elif following in "nt":
                out += f"\\{following}"
            elif following.isalnum():
                raise _NotFollowed
            else:
                out += re.escape(following)
            at += 2
            continue
        if character == "[":
            end = text.find("]", at + 2 + (text[at + 1 : at + 2] == "^"))
            if end < 0:
                raise _NotFollowed
            out += _bracket(text[at + 1 : end])
            at = end + 1
            continue
        is_anchor = (character == "^" and at == 0) or (character == "$" and at + 1 == len(text))
        if character in "(){}|+?" and not is_extended:
            out += re.escape(character)
        elif character in ".*" or is_anchor or (is_extended and character in "(){}|+?^$"):
            out += character
        else:
            out += re.escape(character)
        repeats += character in "*+{"
        at += 1
    if repeats > MOST_REPEATS or re.search(r"\)[*+{?]", out):
        raise _NotFollowed
    re.compile(out)
    return out


def _bracket(inside: str) -> str:
    """The members of a bracket expression: single characters, and ranges."""
    start, members, at = "", "", 0
    if inside.startswith("^"):
        start, inside = "^", inside[1:]
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            members += f"{re.escape(inside[at])}-{re.escape(inside[at + 2])}"
            at += 3
        else:
            members += re.escape(inside[at])
            at += 1
    return f"[{start}{members}]"


def _replacement(text: str) -> str:
    out, at = "", 0
    while at < len(text):
        character = text[at]
        if character == "\\" and at + 1 < len(text):
            following = text[at + 1]
            if is_number(following):
                out += f"\\g<{following}>"
            elif following in "nt":
                out += {"n": "\n", "t": "\t"}[following]
            elif following.isalpha():
                raise _NotFollowed
            else:
                out += following.replace("\\", "\\\\")
            at += 2
            continue
        out += "\\g<0>" if character == "&" else character
        at += 1
    return out

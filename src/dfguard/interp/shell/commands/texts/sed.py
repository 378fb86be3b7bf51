"""sed on known text, where the program is simple enough to be sure; what is not followed makes the whole program unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number, whole_number
from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.shell.commands.texts.filters import inputs
from dfguard.interp.shell.effects.file_actions import write_file
from dfguard.interp.shell.effects.reach import may_write
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.interp.shell.call import CommandCall, Operand
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


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


LONGEST_INPUT = 100_000
LONGEST_LINE = 2000


@command("sed")
def sed(call: CommandCall) -> Outcome:
    """`sed [-i] [-e program] [program] files`: s, d, p, a, i, c, q with simple patterns; else the text is not known."""
    parsed = call.options(
        "n,quiet,silent e=,expression= f=,file= E,regexp-extended r i,in-place s,separate z u posix"
    )
    is_in_place, suffix = _in_place(call)
    operands = list(parsed.operands)
    programs = [known(field.value) for field in parsed.values("e")]
    if not programs and not parsed.has("f"):
        programs = [known(operands.pop(0).value)] if operands else [None]
    for program in programs:
        _written(call, program or "")
    edits = (
        read_programs(programs, is_extended=parsed.has("E") or parsed.has("r"))
        if not parsed.has("f")
        else None
    )
    if not is_in_place:
        whole = inputs(call, operands)
        return call.outcome(_run(edits, whole.value, parsed) if whole is not None else None)
    for operand in call.operands(operands):
        _edit_file(call, operand, edits, parsed, suffix)
    return call.outcome()


def _written(call: CommandCall, program: str) -> None:
    """Files that a `w` command may write."""
    folder = known(call.shell.cwd)
    for found in re.finditer(r"(?:^|[;}/|#,\s\d])w\s*([^\s;}]+)", program):
        if found[1].startswith("/") or folder is not None:
            may_write(call, (paths.clean(found[1], folder or "/"),))


def _in_place(call: CommandCall) -> tuple[bool, str]:
    """Whether files are changed, and the suffix of the copy that is kept (`-i.bak`)."""
    for text in call.texts():
        if text and re.match(r"-[nErsz]*i|--in-place", text):
            suffix = text.partition("=")[2] if text.startswith("--") else text[text.index("i") + 1 :]
            return True, suffix
    return False, ""


def _edit_file(
    call: CommandCall, operand: Operand, edits: list[Edit] | None, parsed: Parsed, suffix: str
) -> None:
    entry = call.files.resolve(operand.path) if operand.path else None
    if entry is None:
        call.unsure(operand.why)
        return
    if entry.presence is Presence.ABSENT:
        call.fail(f"{operand.text} does not exist")
        return
    if entry.presence is Presence.MAYBE:
        call.unsure()
    before = entry.content
    after = (
        _run(edits, before.value, parsed)
        if before is not None and entry.presence is Presence.PRESENT
        else None
    )
    if suffix and "*" not in suffix and operand.path:
        from dfguard.core.record import replace

        kept = replace(entry, path=f"{entry.path}{suffix}", written_by=operand.place)
        call.apply(operand, lambda files: files.put(kept))
    write_file(call, operand, call.made(after) if after is not None else None)


def _run(edits: list[Edit] | None, text: str, parsed: Parsed) -> str | None:
    if edits is None or len(text) > LONGEST_INPUT:
        return None
    lines = text.splitlines(keepends=True)
    if any(len(line) > LONGEST_LINE for line in lines):
        return None
    out: list[str] = []
    for number, line in enumerate(lines, 1):
        state = _Line(line, number, is_last=number == len(lines))
        for edit in edits:
            if not state.is_deleted and _applies(edit, state) is not edit.is_negated:
                state.change(edit)
        out += state.before
        if not state.is_deleted and not parsed.has("n"):
            out.append(state.body + (state.end or ("\n" if state.after else "")))
        out += state.after
        if state.stops:
            break
    return "".join(out)


class _Line:
    """One line while the commands run over it."""

    def __init__(self, line: str, number: int, *, is_last: bool) -> None:
        self.body, self.end = (line[:-1], "\n") if line.endswith("\n") else (line, "")
        self.number = number
        self.is_last = is_last
        self.before: list[str] = []
        self.after: list[str] = []
        self.is_deleted = self.stops = False

    def change(self, edit: Edit) -> None:
        """Run one command."""
        match edit.name:
            case "s":
                flags = re.IGNORECASE if {"i", "I"} & set(edit.flags) else 0
                count = 0 if "g" in edit.flags else 1
                self.body = re.sub(edit.pattern, edit.replacement, self.body, count=count, flags=flags)
            case "d":
                self.is_deleted = True
            case "p":
                self.before.append(f"{self.body}\n")
            case "i":
                self.before.append(f"{edit.text}\n")
            case "a":
                self.after.append(f"{edit.text}\n")
            case "c":
                self.body, self.end = edit.text, "\n"
            case "q":
                self.stops = True


def _applies(edit: Edit, line: _Line) -> bool:
    if not edit.address:
        return True
    if edit.address == "$":
        return line.is_last
    if edit.address.startswith("/"):
        return re.search(edit.address[1:], line.body) is not None
    return line.number == whole_number(edit.address)

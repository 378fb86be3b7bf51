"""sed on known text, where the program is simple enough to be sure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.shell.commands.sed_programs import Edit, read_programs
from dfguard.interp.shell.commands.text import inputs
from dfguard.interp.shell.file_actions import write_file
from dfguard.interp.shell.reach import may_write
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Call, Operand
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


LONGEST_INPUT = 100_000
LONGEST_LINE = 2000


@command("sed")
def sed(call: Call) -> Outcome:
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


def _written(call: Call, program: str) -> None:
    """Files that a `w` command may write."""
    folder = known(call.shell.cwd)
    for found in re.finditer(r"(?:^|[;}/|#,\s\d])w\s*([^\s;}]+)", program):
        if found[1].startswith("/") or folder is not None:
            may_write(call, (paths.clean(found[1], folder or "/"),))


def _in_place(call: Call) -> tuple[bool, str]:
    """Whether files are changed, and the suffix of the copy that is kept (`-i.bak`)."""
    for text in call.texts():
        if text and re.match(r"-[nErsz]*i|--in-place", text):
            suffix = text.partition("=")[2] if text.startswith("--") else text[text.index("i") + 1 :]
            return True, suffix
    return False, ""


def _edit_file(call: Call, operand: Operand, edits: list[Edit] | None, parsed: Parsed, suffix: str) -> None:
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

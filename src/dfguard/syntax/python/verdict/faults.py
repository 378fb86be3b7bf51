"""What CPython says against code to a `PythonFault` that says what is really the matter.

CPython names the place where it gave up. The cause may be a lost line feed, a line feed written as an escape that the shell left
alone, indentation, Python 2, or a Python newer than ours.

A header (`try:`, `for x in y:`) must begin a logical line. Where a `;`, another header or lost line feed stands before it, no
version of Python takes the code. That is only asked of refused code: `for x in y: a(); b()` is legal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.syntax.python.program import PythonFault
from dfguard.syntax.python.tree import Positions
from dfguard.syntax.python.verdict.newer_python import newer_syntax
from dfguard.syntax.python.verdict.tokens import TokenKind, items, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.syntax.python.verdict.tokens import CodeItem


class Flattened(Record):
    """The first header that cannot stand where it stands: half-open index range, and what is wrong with its place."""

    start: int
    end: int
    message: str


def flattened(code: str) -> Flattened | None:
    """The first header of the code that follows a `;`, another header or a statement on one logical line."""
    previous: CodeItem | None = None
    for item in items(code):
        if item.is_header and item.before and previous is not None:
            return Flattened(item.start, item.end, _message(code, item, previous))
        previous = item
    return None


def _message(code: str, item: CodeItem, previous: CodeItem) -> str:
    header = _shown(code, item)
    match item.before:
        case ";":
            return f"`{header}` cannot follow `;` on one line"
        case ":":
            return f"`{header}` cannot follow `{_shown(code, previous)}` on one line"
        case _:
            return f"`{header}` needs a line of its own"


def _shown(code: str, item: CodeItem) -> str:
    text = " ".join(code[item.start : item.end].split())
    return text if len(text) <= 40 else f"{text[:36]} ...:"


_LONGEST = 60_000
"""Longer code is not taken apart: what a shell hands over is short, and a file is rarely flattened."""


def reported(code: str, error: SyntaxError, *, counts_bytes: bool) -> PythonFault:
    """The fault as CPython reports it. `counts_bytes`: the column counts bytes (the compiler) and not characters."""
    positions, column = Positions(code), (error.offset or 1) - 1
    place = positions.index if counts_bytes else positions.index_of_character
    index = min(place(error.lineno or 1, max(column, 0)), len(code))
    message = re.sub(r" ?\(detected at line \d+\)| on line \d+|\.$", "", error.msg or "invalid syntax")
    message = message[:1].lower() + message[1:]
    if old := _python2(message, code, index):
        return PythonFault(f"python 2 code: {old}", index, is_python2=True)
    return PythonFault(
        message, index, is_indent=isinstance(error, IndentationError) and not code[:index].strip()
    )


def explained(code: str, fault: PythonFault, judge: Callable[[str], PythonFault | None]) -> PythonFault:
    """The fault with its cause. `judge` says what CPython makes of other code: None when it compiles."""
    if fault.is_indent:
        return _indented(code, judge)
    if len(code) > _LONGEST:
        return _newer(code) or fault
    escape = next((token for token in tokens(code) if token.kind is TokenKind.ESCAPE), None)
    if escape is not None:
        fault = replace(fault, has_escaped_newline=True)
        if fault.index in range(escape.start, escape.end + 1):
            message = "`\\n` outside every string is no line feed"
            fault = replace(fault, message=message, index=escape.start)
    if (found := flattened(code)) is not None:
        header = (found.start, found.end)
        return replace(
            fault,
            message=found.message,
            index=found.start,
            is_flattened=True,
            header=header,
            is_python2=False,
        )
    return fault if fault.is_python2 else _newer(code) or fault


def _newer(code: str) -> PythonFault | None:
    if (newer := newer_syntax(code)) is None:
        return None
    version, name, index = newer
    return PythonFault(f"{name} needs python {version[0]}.{version[1]}", index, required=version)


def _indented(code: str, judge: Callable[[str], PythonFault | None]) -> PythonFault:
    """The fault of the code without the indentation that all its lines share, or that the indentation is all."""
    first = len(code) - len(code.lstrip())
    own = PythonFault("the first statement is indented", first, is_indent=True)
    margin = common_margin(code)
    if not margin:
        return own
    kept = without_margin(code, margin)
    inner = judge(kept)
    if inner is None or inner.required:
        return own
    before, after = Positions(kept), Positions(code)

    def back(index: int) -> int:
        line, column = before.place(index)
        return after.index_of_character(line, column + len(margin))

    header = inner.header and (back(inner.header[0]), back(inner.header[1]))
    return replace(inner, index=back(inner.index), header=header, is_indent=True)


def common_margin(code: str) -> str:
    """The white space all lines begin with; lines of white space alone do not count."""
    margins = {line[: len(line) - len(line.lstrip(" \t"))] for line in _lines(code) if line.strip()}
    shortest, longest = min(margins, default=""), max(margins, default="")
    return next(
        (shortest[:at] for at, character in enumerate(shortest) if longest[at] != character), shortest
    )


def without_margin(code: str, margin: str) -> str:
    """The code with that white space less on every line; blank lines lose what they have."""
    return "".join(
        line[len(margin) :] if line.startswith(margin) else line.lstrip(" \t") for line in _lines(code)
    )


def _lines(code: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", code)


_SIGNS: tuple[tuple[str, str], ...] = (
    (r"except[^:,()\n]+,\s*[a-z_]\w*\s*:", "`except E, e` is `except E as e` in python 3"),
    (r"raise\s+[\w.]+\s*,", "`raise E, message` is `raise E(message)` in python 3"),
    (r"print\s*>>", "`print >>file` is `print(file=)` in python 3"),
    (r"<>", "`<>` is `!=` in python 3"),
    (r"`[^`\n]*`", "backticks are `repr()` in python 3"),
    (r"\b[uU][rR][\"']", "`ur` strings do not exist in python 3"),
    (r"\b\d+[lL]\b", "numbers have no `L` in python 3"),
)


def _python2(message: str, code: str, index: int) -> str:
    """What makes the code Python 2 at the place where Python 3 gave up; empty when nothing there does."""
    if match := re.match(r"missing parentheses in call to '(print|exec)'", message):
        return f"`{match[1]}` is a function in python 3"
    if message.startswith("leading zeros in decimal"):
        return "octal numbers begin with `0o` in python 3"
    start = max(code.rfind("\n", 0, index) + 1, index - 200)
    line, at = code[start : index + 200].split("\n", maxsplit=1)[0], index - start
    for pattern, meaning in _SIGNS:
        if any(match.start() <= at <= match.end() for match in re.finditer(pattern, line)):
            return meaning
    return ""

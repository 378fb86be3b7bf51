"""A script to the scripts of the shells that it starts with text (`bash -c '…'`, `bash <<EOF`, `su -c`), and to all calls."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.syntax.shell.calls import Call, calls, unwrapped
from dfguard.syntax.shell.nested import FIRST_STAND_IN, nested_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.dockerfile.document import Instruction
    from dfguard.syntax.shell.nodes import Script

SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh", "su", "runuser", "eval"})


def all_calls(script: Script) -> Iterator[Call]:
    """The calls of a script; those that a shell makes which it starts follow the call of that shell, as wrapped ones."""
    for call in calls(script):
        yield call
        inner = _inner(script, call)
        for nested in all_calls(inner) if inner else ():
            yield replace(nested, is_wrapped=True)


def whole_scripts(script: Script) -> Iterator[Script]:
    """The scripts of the shells that a script starts, as far as their text is known as a whole."""
    for call in calls(script):
        inner = _inner(script, call)
        if inner:
            if not any(ord(c) >= FIRST_STAND_IN for c in inner.text.value):
                yield inner
            yield from whole_scripts(inner)


def _inner(script: Script, call: Call) -> Script | None:
    if call.name not in SHELLS or call.command is None:
        return None
    return nested_script(call.command, dialect=script.dialect, depth=script.depth)


def json_calls(instruction: Instruction) -> Iterator[Call]:
    """The call of a JSON form, and those that its program makes of its words (`sudo`)."""
    if not instruction.arguments:
        return
    name, *rest = (word.value for word in instruction.arguments)
    places = tuple(word.place() for word in instruction.arguments)
    call: Call | None = Call(posixpath.basename(name), tuple(rest), places)
    while call:
        yield call
        call = unwrapped(call)

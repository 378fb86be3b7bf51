"""`grep`: the lines of a known text that hold a plain pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.source import TextBuilder
from dfguard.interp.shell.commands.text import inputs
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.core.source import Text
    from dfguard.interp.shell.call import Call
    from dfguard.interp.shell.state import Outcome


@command("grep", "egrep", "fgrep")
def grep(call: Call) -> Outcome:
    """`grep [-qvicFx] pattern files` for patterns that are plain text, with `^` and `$`."""
    parsed = call.options(
        "q,quiet,silent v,invert-match i,ignore-case c,count F,fixed-strings x w s E n e= r R l o h H P A= B= C= m="
    )
    operands = list(parsed.operands)
    pattern = parsed.text("e") if parsed.has("e") else known(operands.pop(0).value) if operands else None
    whole = inputs(call, operands)
    names = {name for name, _ in parsed.options}
    matches = _line_test(pattern, names)
    if whole is None or matches is None or names - set("qvicFxsE"):
        call.unsure()
        return call.outcome(None, status=None if call.status in (0, None) else call.status)
    lines = whole.value.splitlines(keepends=True)
    chosen = [line for line in lines if matches(line.rstrip("\n")) is not ("v" in names)]
    if call.status == 0 and not chosen:
        return call.outcome("0\n" if "c" in names else "", status=1)
    if "q" in names:
        return call.outcome("", status=0 if chosen else call.status)
    return call.outcome(f"{len(chosen)}\n" if "c" in names else _kept(whole, lines, chosen))


def _kept(whole: Text, lines: list[str], chosen: list[str]) -> Text:
    """The chosen lines with their origins."""
    builder = TextBuilder(whole)
    at, waiting = 0, list(reversed(chosen))
    for line in lines:
        if waiting and waiting[-1] is line:
            waiting.pop()
            builder.keep(at, at + len(line))
        at += len(line)
    return builder.text()


def _line_test(pattern: str | None, names: set[str]) -> Callable[[str], bool] | None:
    if pattern is None:
        return None
    start, end = False, False
    if "F" not in names:
        start, end = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith("\\$")
        pattern = pattern[start : len(pattern) - end]
        if re.search(r"[\\*\[\].+?(){}|^$]" if "E" in names else r"[\\*\[\].^$]", pattern):
            return None
    whole = "x" in names
    wanted = pattern.lower() if "i" in names else pattern

    def test(line: str) -> bool:
        line = line.lower() if "i" in names else line
        if whole or (start and end):
            return line == wanted
        if start:
            return line.startswith(wanted)
        return line.endswith(wanted) if end else wanted in line

    return test

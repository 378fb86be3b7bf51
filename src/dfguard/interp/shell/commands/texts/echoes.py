"""echo, printf, seq, yes: what they write, character by character where it is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.source import Span
from dfguard.interp.filesystem.entries import together
from dfguard.interp.shell.registry import command
from dfguard.interp.values import Unknown, known
from dfguard.syntax.shell.escapes import Printer, ReceivedWord, echo_parts, printf_parts
from dfguard.syntax.shell.nodes import Dialect, Literal, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dfguard.core.source import Text
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.state import Outcome
    from dfguard.syntax.shell.nodes import Part


_ENDLESS = 4096
_BYTE = re.compile("[\udc80-\udcff]")
"""A byte that is no character."""
_UNKNOWN = Parameter("", Span(0, 0), is_quoted=True)
"""Stands for a word of which the text is not known."""


@command("echo")
def echo(call: CommandCall) -> Outcome:
    """`echo words`, as the shell does it: see `_printed`."""
    fields = _globbed(call)
    if any(field.text is None for field in fields):
        return call.outcome(None)
    feed = call.made("\n")
    return _printed(call, lambda printer: echo_parts(_arguments(call, fields), feed, printer))


def _printed(call: CommandCall, parts: Callable[[Printer], tuple[Part, ...] | None]) -> Outcome:
    """What the shell's own printer writes. Where the kind of shell is not known, only what they agree on is."""
    found: list[Text | None] = []
    for printer in _printers(call):
        written = parts(printer)
        texts = [part.text for part in written or () if isinstance(part, Literal)]
        is_known = written is not None and len(texts) == len(written)
        found.append(together(texts or [call.made("")]) if is_known else None)
    first = found[0]
    if first is None or any(text is None or text.value != first.value for text in found):
        return call.outcome(None)
    return call.outcome(None if _BYTE.search(first.value) else first)


def _printers(call: CommandCall) -> tuple[Printer, ...]:
    if call.shell.dialect is Dialect.BASH:
        return (Printer.BASH,)
    return tuple(p for p in Printer if call.shell.flavour == p.value) or tuple(Printer)


def _arguments(call: CommandCall, fields: Iterable[Field]) -> list[ReceivedWord]:
    blank = call.made(" ")
    return [ReceivedWord((_UNKNOWN if f.text is None else Literal(f.text, True),), blank) for f in fields]


def _globbed(call: CommandCall) -> list[Field]:
    """The arguments with patterns replaced by what they match."""
    from dfguard.core.record import replace
    from dfguard.interp.values import Known, Unknown

    found: list[Field] = []
    for field in call.arguments:
        if field.pattern is None:
            found.append(field)
            continue
        for operand in call.operands([field]):
            is_known = operand.text is not None and operand.is_certain
            value = Known(operand.text or "", operand.because) if is_known else Unknown(operand.why)
            shown = call.made(operand.text or "") if is_known else None
            found.append(replace(field, value=value, text=shown, pattern=None))
    return found


@command("printf")
def printf(call: CommandCall) -> Outcome:
    """`printf format words`: the format is used as often as there are words."""
    if call.texts()[:1] == ["-v"] and len(call.arguments) > 1:
        return _into_variable(call)
    return _printed(call, lambda printer: printf_parts(_arguments(call, call.arguments), printer))


def _into_variable(call: CommandCall) -> Outcome:
    """`printf -v NAME format words`, which bash alone knows."""
    name = known(call.arguments[1].value)
    if name is None:
        call.shell.is_open = True
    else:
        call.shell.variables[name] = Unknown("printf -v makes it")
    return call.outcome("", status=None)


@command("seq")
def seq(call: CommandCall) -> Outcome:
    """`seq last`, `seq first last`, `seq first step last`."""
    texts = call.texts()
    if (
        not texts
        or any(text is None or not re.fullmatch(r"-?\d{1,9}", text) for text in texts)
        or len(texts) > 3
    ):
        return call.outcome(None)
    numbers = [int(text or 0) for text in texts]
    first, step, last = {1: (1, 1, numbers[-1]), 2: (numbers[0], 1, numbers[-1])}.get(
        len(numbers), (numbers[0], numbers[1] if len(numbers) > 1 else 1, numbers[-1])
    )
    if step == 0 or (last - first) / step > 100_000:
        return call.outcome(None)
    return call.outcome("".join(f"{n}\n" for n in range(first, last + (1 if step > 0 else -1), step)))


@command("yes")
def yes(call: CommandCall) -> Outcome:
    """`yes [word]`: without end; as much as any reader here takes."""
    texts = call.texts()
    if None in texts:
        return call.outcome(None)
    return call.outcome(f"{' '.join(text or '' for text in texts) or 'y'}\n" * _ENDLESS)

"""echo, printf, seq, yes: what they write, character by character where it is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.interp.filesystem.contents import appended, together
from dfguard.interp.shell.commands.printing import escaped, formatted
from dfguard.interp.shell.registry import command
from dfguard.interp.values import Unknown, known
from dfguard.syntax.shell.nodes import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.source import Text
    from dfguard.interp.shell.call import Call
    from dfguard.interp.shell.state import Outcome
    from dfguard.interp.shell.words import Field


_OPTIONS = re.compile(r"-[neE]+")
_ENDLESS = 4096


@command("echo")
def echo(call: Call) -> Outcome:
    """`echo words`. Shells differ: dash reads backslash escapes always, bash and busybox only after `-e`.

    Where the kind of shell is not known and it matters, the output is not known.
    """
    fields = _globbed(call)
    flavour = _flavour(call)
    has_newline, reads_escapes = True, flavour == "dash"
    while fields:
        text = known(fields[0].value)
        if text is None or not _OPTIONS.fullmatch(text) or fields[0].pattern is not None:
            break
        if flavour == "dash" and text != "-n":
            break
        if not flavour and text != "-n":
            return call.outcome(None)
        has_newline = has_newline and "n" not in text
        reads_escapes = reads_escapes or "e" in text
        fields = fields[1:]
    whole = _joined(call, fields)
    if whole is not None and "\\" in whole.value:
        if not flavour and escaped(whole, stops=True).text.value != whole.value:
            return call.outcome(None)
        if reads_escapes:
            read = escaped(whole, stops=True)
            whole, has_newline = read.text, has_newline and not read.is_cut
    return call.outcome(appended(whole, call.made("\n")) if has_newline else whole)


def _globbed(call: Call) -> list[Field]:
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


def _flavour(call: Call) -> str:
    """`bash`, `busybox` or `dash`; empty when not known."""
    return "bash" if call.shell.dialect is Dialect.BASH else call.shell.flavour


def _joined(call: Call, fields: Iterable[Field]) -> Text | None:
    texts: list[Text | None] = []
    for field in fields:
        texts += [call.made(" "), field.text] if texts else [field.text]
    return together(texts) if texts else call.made("")


@command("printf")
def printf(call: Call) -> Outcome:
    """`printf format words`: the format is used as often as there are words."""
    if call.texts()[:1] == ["-v"] and len(call.arguments) > 1:
        return _into_variable(call)
    fields = [field for field in call.arguments if known(field.value) != "--"]
    if not fields or fields[0].text is None:
        return call.outcome(None)
    words = [field.text for field in fields[1:]]
    is_bash = call.shell.dialect is Dialect.BASH
    return call.outcome(formatted(fields[0].text, words, call.made(""), is_bash=is_bash))


def _into_variable(call: Call) -> Outcome:
    """`printf -v NAME format words`, which bash alone knows."""
    name = known(call.arguments[1].value)
    if name is None:
        call.shell.is_open = True
    else:
        call.shell.variables[name] = Unknown("printf -v makes it")
    return call.outcome("", status=None)


@command("seq")
def seq(call: Call) -> Outcome:
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
def yes(call: Call) -> Outcome:
    """`yes [word]`: without end; as much as any reader here takes."""
    texts = call.texts()
    if None in texts:
        return call.outcome(None)
    return call.outcome(f"{' '.join(text or '' for text in texts) or 'y'}\n" * _ENDLESS)

"""RUN, CMD, ENTRYPOINT, HEALTHCHECK and ONBUILD instructions to the `Script` a shell is given for them.

After moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go `dispatchRun` @73ed6825: the shell form goes to
SHELL with the joined text; a here-document alone is the script itself, or a file that is run when it begins
with `#!`; any other here-documents are put behind the command line again for the shell to read. The exec form is
one command whose words no shell touches.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.source import Span, Text
from dfguard.core.texts import joined, made_up, without_tabs
from dfguard.syntax.shell.grammar.script import dialect_of, parse
from dfguard.syntax.shell.nodes import Command, Dialect, Literal, Script, Sequence, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.syntax.dockerfile.document import Heredoc, Instruction

DEFAULT_SHELL = ("/bin/sh", "-c")
_OPTION = re.compile(r"-|/[A-Za-z]\Z")


def run_script(
    instruction: Instruction, shell: Iterable[str] = DEFAULT_SHELL, *, dialect: Dialect | None = None
) -> Script | None:
    """The script an instruction runs; None for one that runs none (`HEALTHCHECK NONE` too).

    `shell` is what SHELL says at this place; `dialect` overrules what its name says (an `sh` that is bash).
    A script for something else than a POSIX shell has the dialect OTHER and names its `interpreter`.
    """
    keyword, arguments = instruction.keyword, instruction.arguments
    if keyword == "ONBUILD":
        return run_script(instruction.trigger, shell, dialect=dialect) if instruction.trigger else None
    if keyword == "HEALTHCHECK":
        if not arguments or arguments[0].value.upper() != "CMD":
            return None
        arguments = arguments[1:]
    elif keyword not in {"RUN", "CMD", "ENTRYPOINT"}:
        return None
    if instruction.is_json:
        return _exec_form(instruction.rest, arguments)
    if not arguments:
        return None
    words = tuple(shell)
    if not instruction.heredocs:
        return _for_shell(arguments[0], words, dialect)
    if _is_sole(instruction):
        return _sole(instruction.heredocs[0], words, dialect)
    return _for_shell(_reassembled(instruction), words, dialect)


def _exec_form(rest: Text, arguments: tuple[Text, ...]) -> Script:
    words = tuple(Word(argument, (Literal(argument, True),)) for argument in arguments)
    span = rest.span()
    whole = Span(arguments[0].span().start, arguments[-1].span().end) if words else span
    items = (Command(whole, words, is_exec_form=True),) if words else ()
    return Script(rest, Dialect.POSIX, Sequence(span, items))


def _for_shell(text: Text, shell: tuple[str, ...], dialect: Dialect | None) -> Script:
    spoken = dialect or dialect_of(shell)
    script = parse(text, spoken)
    return script if spoken is not Dialect.OTHER else replace(script, interpreter=_interpreter(shell))


def _interpreter(words: tuple[str, ...]) -> str | None:
    """The last word that is no option: `pwsh -Command`, `cmd /S /C`, `/usr/bin/env python3 -u`."""
    return next((word for word in reversed(words) if not _OPTION.match(word)), None)


def _is_sole(instruction: Instruction) -> bool:
    """Whether the command line is one here-document operator and nothing else."""
    whole = instruction.rest.span()
    return len(instruction.heredocs) == 1 and instruction.heredocs[0].operator == whole


def _sole(heredoc: Heredoc, shell: tuple[str, ...], dialect: Dialect | None) -> Script:
    body = without_tabs(heredoc.body) if heredoc.strips_tabs else heredoc.body
    if not body.value.startswith("#!"):
        return _for_shell(body, shell, dialect)
    words = tuple(body.value[2:].split("\n", 1)[0].split())
    return _for_shell(body, words, None)


def _reassembled(instruction: Instruction) -> Text:
    source = instruction.source
    pieces = [instruction.rest]
    for heredoc in instruction.heredocs:
        start, end = heredoc.body.offset(0), heredoc.body.span().end
        pieces += [made_up("\n", source, start), heredoc.body, made_up(heredoc.name, source, end)]
    return joined(pieces)

"""Shell text, and what instructions hold of it, to a `Script`: `lexer` makes tokens of it, `quoting` reads what is inside a word,
`structure` says how the commands nest.

RUN, CMD, ENTRYPOINT, HEALTHCHECK and ONBUILD after moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go `dispatchRun`
@73ed6825: the shell form goes to SHELL with the joined text; a here-document alone is the script itself, or a file that is run
when it begins with `#!`; any other here-documents are put behind the command line again for the shell to read. The exec form is
one command whose words no shell touches.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.source import Span
from dfguard.core.texts import joined, made_up, without_tabs
from dfguard.syntax.shell.grammar.lexer import Lexer
from dfguard.syntax.shell.grammar.pieces import MOST_TOKENS, Work
from dfguard.syntax.shell.grammar.quoting import Cook
from dfguard.syntax.shell.grammar.simple_commands import Commands
from dfguard.syntax.shell.grammar.structure import DEEP, Assembler
from dfguard.syntax.shell.nodes import Command, Dialect, Literal, Script, Sequence, UnreadNode, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dfguard.core.source import Text
    from dfguard.syntax.dockerfile.document import Heredoc, Instruction
    from dfguard.syntax.shell.nodes import Part


MOST_NESTED = 20
"""Compound commands and substitutions inside one another; what lies deeper is Opaque."""
_SCRIPT_COST = 6

_POSIX_SHELLS = frozenset({"sh", "dash", "ash", "busybox", "posh", "yash"})
_BASH_SHELLS = frozenset({"bash", "zsh", "ksh", "ksh93", "mksh", "rbash"})


def dialect_of(words: Iterable[str]) -> Dialect:
    """The dialect of a shell given as words: SHELL's (`/bin/bash -o pipefail -c`) or a `#!` line's, split.

    The first word that names a shell decides (`conda run -n x bash -c`); OTHER when none does.
    """
    for word in words:
        name = posixpath.basename(word.replace("\\", "/")).lower().removesuffix(".exe")
        if name in _POSIX_SHELLS:
            return Dialect.POSIX
        if name in _BASH_SHELLS:
            return Dialect.BASH
    return Dialect.OTHER


def parse(
    text: Text,
    dialect: Dialect,
    *,
    depth: int = 0,
    holes: Mapping[str, Part] | None = None,
    work: Work | None = None,
) -> Script:
    """The script that stands in a text. Never fails: what cannot be read is Opaque, and its span is in `broken`.

    `depth` is how many shells and substitutions are around it; `holes` are stand-in characters of the text with
    the expansion an outer shell puts there (see `shell.nested`); `work` is what is left for it (all of it).
    """
    value, work = text.value, work or Work()
    shebang = value[2:].split("\n", 1)[0].strip() if value.startswith("#!") else None
    if dialect is Dialect.OTHER:
        return _unread(text, dialect, "not a POSIX shell", shebang, depth)
    if depth > MOST_NESTED or not work.take(_SCRIPT_COST):
        return _unread(text, dialect, DEEP, shebang, depth)
    lexer = Lexer(value, dialect).read()
    work.take(MOST_TOKENS - lexer.left)
    known = holes or {}
    cook = Cook(
        text, lexer, known, lambda inner: parse(inner, dialect, depth=depth + 1, holes=known, work=work), work
    )
    assembler = Assembler(Commands(lexer, cook), lexer.stretches, MOST_NESTED - depth)
    body = assembler.script()
    if lexer.broken_at is not None and lexer.open is not None:
        rest = text.span(lexer.broken_at)
        assembler.broken.append(rest)
        body = Sequence(text.span(), (*body.items, UnreadNode(rest, lexer.open.value)))
    return Script(text, dialect, body, tuple(assembler.broken), shebang, None, depth)


def _unread(text: Text, dialect: Dialect, why: str, shebang: str | None, depth: int) -> Script:
    span = text.span()
    broken: tuple[Span, ...] = () if dialect is Dialect.OTHER else (span,)
    return Script(text, dialect, Sequence(span, (UnreadNode(span, why),)), broken, shebang, None, depth)


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

"""Commands that print what they are told to what they print: echo, printf, cat and tee of here-documents.

A text is given as the parts of a word: literals, and the expansions the shell fills in. None is «we cannot tell».
`echo` differs: dash's reads escapes and knows only `-n`; those of bash and ash read them behind `-e` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.texts import made_up
from dfguard.syntax.shell.nodes import (
    AndOr,
    Command,
    Dialect,
    Group,
    Literal,
    Node,
    Part,
    Pipeline,
    Redirect,
    Sequence,
)
from dfguard.syntax.shell.wrappers import peel, program_name

if TYPE_CHECKING:
    from dfguard.syntax.shell.nodes import Word

Parts = tuple[Part, ...]

_SILENT = frozenset({":", "true", "set", "export", "cd", "mkdir", "umask", "chmod", "touch", "unset"})


def stdin_redirect(command: Command) -> Redirect | None:
    """The last redirection of standard input."""
    return next(
        (r for r in reversed(command.redirects) if r.operator[0] == "<" and r.descriptor in {None, 0}), None
    )


def stdin_of(
    command: Command, pipe_from: Node | None, dialect: Dialect, *, escapes: bool | None = None
) -> Parts | None:
    """What a command reads from standard input; `pipe_from` is the node before the pipe. For `escapes` see `output_of`."""
    redirect = stdin_redirect(command)
    if redirect is None:
        return output_of(pipe_from, dialect, escapes=escapes) if pipe_from else None
    if redirect.operator in {"<<", "<<-"}:
        return redirect.content.parts if redirect.content else None
    if redirect.operator == "<<<" and redirect.target:
        feed = made_up("\n", redirect.target.raw.source, redirect.span.end)
        return (*redirect.target.parts, Literal(feed, True))
    return None


def output_of(
    node: Node, dialect: Dialect, *, escapes: bool | None = None, pipe_from: Node | None = None
) -> Parts | None:
    """What a node writes to the pipe behind it; None when something else than printing happens in it.

    `escapes` is whether a plain `echo` reads backslash escapes; None: as dash does for POSIX, as bash does else.
    """
    match node:
        case Command():
            return (
                None
                if _leaves_pipe(node.redirects)
                else printed(node, dialect, escapes=escapes, pipe_from=pipe_from)
            )
        case Group(_, body, _, redirects):
            return None if redirects else output_of(body, dialect, escapes=escapes)
        case Sequence(_, items):
            return _together(tuple(items), dialect, escapes=escapes)
        case AndOr(_, "&&", left, right):
            return _together((left, right), dialect, escapes=escapes)
        case Pipeline(_, parts, False):
            before = parts[0] if len(parts) == 2 else Pipeline(node.span, parts[:-1])
            return output_of(parts[-1], dialect, escapes=escapes, pipe_from=before)
        case _:
            return None


def _leaves_pipe(redirects: tuple[Redirect, ...]) -> bool:
    return any(r.operator[0] in ">&" and r.descriptor in {None, 1} for r in redirects)


def _together(nodes: tuple[Node, ...], dialect: Dialect, *, escapes: bool | None) -> Parts | None:
    parts: list[Part] = []
    for node in nodes:
        found = output_of(node, dialect, escapes=escapes)
        if found is None:
            return None
        parts += found
    return tuple(parts)


def printed(
    command: Command, dialect: Dialect, *, escapes: bool | None = None, pipe_from: Node | None = None
) -> Parts | None:
    """What a command writes to its standard output, wherever that leads."""
    words = peel(command.words).words
    name = program_name(words[0]) if words else ""
    is_dash = dialect is Dialect.POSIX if escapes is None else escapes
    if name in {"echo", "printf"}:
        return _echoed(name, words, is_dash=is_dash)
    if name in _SILENT:
        return ()
    if name == "tee" or (name == "cat" and _reads_stdin(words[1:])):
        return stdin_of(command, pipe_from, dialect, escapes=escapes)
    return None


def _echoed(name: str, words: tuple[Word, ...], *, is_dash: bool) -> Parts | None:
    """What the shell's own echo or printf writes."""
    from dfguard.syntax.shell.escapes import Printer, ReceivedWord, echo_parts, printf_parts

    printer = Printer.DASH if is_dash else Printer.BASH
    arguments = [
        ReceivedWord(word.parts, made_up(" ", word.raw.source, max(word.span.start - 1, 0)))
        for word in words[1:]
    ]
    if name == "printf":
        return printf_parts(arguments, printer)
    return echo_parts(arguments, made_up("\n", words[-1].raw.source, words[-1].span.end), printer)


def _reads_stdin(arguments: tuple[Word, ...]) -> bool:
    return all(word.literal in {"-", "/dev/stdin"} for word in arguments[:1]) and len(arguments) < 2

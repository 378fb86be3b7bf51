"""A snippet in double quotes, or in a heredoc that expands, to what the shell takes out of the Python."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.python.modules import read_snippet
from dfguard.interp.state.lookup import build_variables
from dfguard.syntax.shell.nodes import Command, For, Literal
from dfguard.syntax.shell.visitor import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import Step
    from dfguard.syntax.python.program import Snippet
    from dfguard.syntax.shell.nodes import Script, Word

_FILLS = frozenset(
    {"read", "mapfile", "readarray", "getopts", "source", ".", "eval", "export", "declare", "local", "printf"}
)


class Taken(Record):
    """Something of the Python that the shell takes. `is_quote`: quotes that end the shell's own; else a variable that
    nothing sets, `text` as written. `is_certain`: nothing unknown could have set it.
    """

    place: Place
    text: str
    is_quote: bool
    is_certain: bool = True


def taken(step: Step, snippet: Snippet) -> Iterator[Taken]:
    """What the shell takes out of one snippet of the step, in the order of the text."""
    script = step.effects.script
    if script is None or snippet.command.source is not script.source:
        return
    yield from _unset(step, script, snippet)
    if snippet.shell_quote == '"':
        yield from _eaten(script, snippet)


@cache
def _plain() -> re.Pattern[str]:
    return re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")


def _unset(step: Step, script: Script, snippet: Snippet) -> Iterator[Taken]:
    variables = build_variables(step.before)
    is_known = not step.before.environment.is_open or step.before.base is not None
    assigned: set[str] | None = None
    for start, end in snippet.holes:
        place = snippet.code.place(start, end)
        found = _plain().fullmatch(place.text)
        name = (found[1] or found[2]) if found else None
        if name is None or name in variables or name in _OF_SHELLS:
            continue
        if assigned is None:
            assigned = set(_assigned(script))
        if name not in assigned and "*" not in assigned:
            yield Taken(place, place.text, is_quote=False, is_certain=is_known or not name.isupper())


_OF_SHELLS = frozenset(
    """
    HOME PWD OLDPWD IFS PATH PPID UID EUID USER HOSTNAME SHELL TERM LANG RANDOM SECONDS LINENO OPTARG OPTIND _
    SHLVL BASH_VERSION BASH BASH_SOURCE BASHPID HTTP_PROXY HTTPS_PROXY NO_PROXY FTP_PROXY ALL_PROXY http_proxy
    https_proxy no_proxy ftp_proxy all_proxy REPLY PIPESTATUS FUNCNAME OSTYPE HOSTTYPE MACHTYPE GROUPS
    DIRSTACK
    """.split()
)


def _assigned(script: Script) -> Iterator[str]:
    """The variables that the script may set; `*` when that cannot be told."""
    for met in nodes_of(script):
        match met.node:
            case Command():
                yield from (assignment.name for assignment in met.node.assignments)
                if met.node.name in _FILLS or (met.node.words and met.node.name is None):
                    yield "*"
            case For():
                yield met.node.name


def _eaten(script: Script, snippet: Snippet) -> Iterator[Taken]:
    """Names that the code has only because quotes around them ended the shell's own: `"print("hello")"`."""
    undefined = read_snippet(snippet).undefined
    if not undefined:
        return
    for start, end in _unquoted(script, snippet):
        names = [use for use in undefined if start <= use.span.start and use.span.end <= end]
        text = script.source.text
        if names and text[start - 1 : start] == '"' and text[end : end + 1] == '"':
            place = snippet.code.place(0)
            yield Taken(
                type(place)(script.source, type(place.span)(start - 1, end + 1)),
                text[start - 1 : end + 1],
                is_quote=True,
            )


def _unquoted(script: Script, snippet: Snippet) -> Iterator[tuple[int, int]]:
    """The stretches of the snippet's word that stand between two quoted ones, as offsets of the source."""
    whole = snippet.code.span()
    for word in _words(script):
        span = word.raw.span()
        if not (span.start <= whole.start and whole.end <= span.end):
            continue
        for part in word.parts:
            if isinstance(part, Literal) and not part.is_quoted and part.text.value.strip():
                inside = part.text.span()
                yield inside.start, inside.end


def _words(script: Script) -> Iterator[Word]:
    for met in nodes_of(script):
        if isinstance(met.node, Command):
            yield from met.node.words

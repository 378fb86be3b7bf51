"""Shell text to a `Script`: `lexer` makes tokens of it, `quoting` reads what is inside a word, `structure` says how the
commands nest.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.syntax.shell.grammar.braces import Work
from dfguard.syntax.shell.grammar.lexer import Lexer
from dfguard.syntax.shell.grammar.parts import MOST_TOKENS
from dfguard.syntax.shell.grammar.quoting import Cook
from dfguard.syntax.shell.grammar.simple_commands import Commands
from dfguard.syntax.shell.grammar.structure import DEEP, Assembler
from dfguard.syntax.shell.nodes import Dialect, Script, Sequence, UnreadNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dfguard.core.source import Span, Text
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

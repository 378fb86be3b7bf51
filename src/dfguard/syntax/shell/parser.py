"""Shell text to a `Script`: the door to tree-sitter, which is loaded when the first compound command is met.

Words, operators and here-documents are read by `shell_lexer` and `quoting`; how compound commands nest is what
tree-sitter-bash says (`shell_grammar`). A script that has none is put together without it, by the same code.
"""

from __future__ import annotations

import posixpath
from functools import cache
from typing import TYPE_CHECKING, Any

from dfguard.syntax.shell.budget import Work
from dfguard.syntax.shell.grammar import Grammar, masked, read_tree
from dfguard.syntax.shell.lexer import MOST_TOKENS
from dfguard.syntax.shell.nodes import Dialect, Opaque, Part, Script, Sequence
from dfguard.syntax.shell.shell_lexer import Lexer
from dfguard.syntax.shell.simple_commands import Commands
from dfguard.syntax.shell.structure import Assembler
from dfguard.syntax.shell.words import Cook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dfguard.core.source import Span, Text

MOST_NESTED = 20
"""Compound commands and substitutions inside one another; what lies deeper is Opaque."""
MOST_AT_ONCE = 10_000
"""Tokens of one compound command: tree-sitter's recovery from errors takes time by the square of the length."""
DEEP = "nested too deeply"
LONG = "a compound command of too many words"
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
    the expansion an outer shell puts there (see `syntax.nesting`); `work` is what is left for it (all of it).
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
    assembler = Assembler(Commands(lexer, cook), _grammar(lexer, depth))
    body = assembler.sequence(0, len(lexer.tokens))
    if lexer.broken_at is not None:
        rest = text.span(lexer.broken_at)
        assembler.broken.append(rest)
        body = Sequence(text.span(), (*body.items, Opaque(rest, lexer.why)))
    return Script(text, dialect, body, tuple(assembler.broken), shebang, None, depth)


def _grammar(lexer: Lexer, depth: int) -> Grammar:
    """How the compound commands of a script nest; each stretch is read for itself, so that an error stays in it."""
    grammar = Grammar({}, [])
    for stretch in lexer.stretches:
        if not stretch.is_compound:
            continue
        tokens = lexer.tokens[stretch.first : stretch.after]
        if stretch.deepest + depth > MOST_NESTED:
            grammar.errors.append((stretch.first, stretch.after, DEEP))
        elif len(tokens) > MOST_AT_ONCE:
            grammar.errors.append((stretch.first, stretch.after, LONG))
        else:
            text = masked(tokens)
            read_tree(_parser().parse(text.text), text, stretch.first, grammar)
    return grammar


def _unread(text: Text, dialect: Dialect, why: str, shebang: str | None, depth: int) -> Script:
    span = text.span()
    broken: tuple[Span, ...] = () if dialect is Dialect.OTHER else (span,)
    return Script(text, dialect, Sequence(span, (Opaque(span, why),)), broken, shebang, None, depth)


@cache
def _parser() -> Any:
    """The parser, made once.

    The packages' own `__init__` take 20 ms (they import `typing` and `importlib.resources`) and are not needed;
    where the extension modules are not found in the usual place they are imported after all.
    """
    try:
        binding, language = _extension("tree_sitter"), _extension("tree_sitter_bash")
    except (ImportError, AttributeError, OSError):
        import tree_sitter as binding
        import tree_sitter_bash as language
    return binding.Parser(binding.Language(language.language()))


def _extension(package: str) -> Any:
    from importlib.machinery import PathFinder

    outer = PathFinder.find_spec(package)
    inner = PathFinder.find_spec(f"{package}._binding", outer.submodule_search_locations if outer else None)
    if inner is None or inner.loader is None:
        raise ImportError(package)
    module = inner.loader.create_module(inner)
    if module is None:
        raise ImportError(package)
    inner.loader.exec_module(module)
    return module

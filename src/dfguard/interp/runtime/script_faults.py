"""A shell script of the image to what keeps it from running: syntax, line endings, quotes that were escaped too often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.syntax.shell import dialect_of, parse
from dfguard.syntax.shell.grammar.lexer import Lexer
from dfguard.syntax.shell.grammar.pieces import RESERVED, Open
from dfguard.syntax.shell.nodes import Command, Dialect, Test
from dfguard.syntax.shell.visitor import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Text
    from dfguard.syntax.shell.nodes import Word

LONGEST = 200_000
_NO_SHELL_READS = (Open.SINGLE_QUOTE, Open.DOUBLE_QUOTE, Open.SUBSTITUTION)
_OPENERS = {"if": "fi", "case": "esac", "for": "done", "while": "done", "until": "done", "select": "done"}
_TAKES_PATHS = frozenset(
    """
    cd exec python python3 source . mkdir cp mv ln cat ls rm chmod export pip pip3 bash sh test [ touch tar
    tee
    """.split()
)


class ScriptFault(Record):
    """What is wrong at a place of the script; `is_certain` False where a shell might still cope. `is_literal_quote`: a quote
    that was escaped once too often.
    """

    place: Place
    message: str
    is_certain: bool = True
    is_literal_quote: bool = False


def syntax_faults(content: Text, dialect: Dialect) -> Iterator[ScriptFault]:
    """Why a shell cannot read the script to its end: a quote that stays open, compound commands that do not close.

    Of constructs that only the grammar complains about nothing is said unless the reserved words are unbalanced, too.
    """
    if len(content.value) > LONGEST:
        return
    crlf = _carriage_return(content)
    if crlf is not None:
        yield crlf
        return
    script = parse(content, dialect)
    if not script.broken:
        return
    lexer = Lexer(content.value, dialect).read()
    if lexer.broken_at is not None:
        if lexer.open in _NO_SHELL_READS:
            at = min(lexer.broken_at, max(len(content.value) - 1, 0))
            yield ScriptFault(content.place(at, at + 1), f"the shell cannot read it: {lexer.open.value}")
        return
    unbalanced = _unbalanced(lexer)
    if unbalanced is not None:
        start, end, message = unbalanced
        yield ScriptFault(content.place(start, end), f"the shell cannot read it: {message}")


def _carriage_return(content: Text) -> ScriptFault | None:
    """A script whose compound commands end in a carriage return, which makes `then` another word."""
    for word in ("then", "do", "fi", "done", "else", "esac"):
        at = content.value.find(f"\n{word}\r\n")
        at = at + 1 if at >= 0 else content.value.find(f"; {word}\r\n")
        if at >= 0:
            start = content.value.find("\r", at)
            message = "lines end in a carriage return (Windows line endings), so that the shell does not know its own words"
            return ScriptFault(content.place(start, start + 1), message)
    return None


def _unbalanced(lexer: Lexer) -> tuple[int, int, str] | None:
    stack: list[tuple[str, int, int]] = []
    for token in lexer.tokens:
        if token.kind != RESERVED:
            continue
        if token.text in _OPENERS:
            stack.append((token.text, token.start, token.end))
        elif token.text in {"fi", "esac", "done"}:
            if not stack:
                return token.start, token.end, f"`{token.text}` closes nothing"
            opener, start, end = stack.pop()
            if _OPENERS[opener] != token.text:
                return start, end, f"this `{opener}` has no `{_OPENERS[opener]}`"
    return (
        (stack[-1][1], stack[-1][2], f"this `{stack[-1][0]}` has no `{_OPENERS[stack[-1][0]]}`")
        if stack
        else None
    )


def escaped_quotes(content: Text, dialect: Dialect) -> Iterator[ScriptFault]:
    r"""The words `\"/path\"` of a script: outside of quotes a backslash makes the quote a character of the word.

    Only where that cannot be meant: in tests, assignments, and arguments that are paths.
    """
    script = parse(content, dialect)
    for met in nodes_of(script, is_nested=False):
        node = met.node
        if isinstance(node, Test):
            yield from _literal_quotes(node.words, "is compared with its quotes")
        elif isinstance(node, Command):
            for assignment in node.assignments:
                if assignment.value is not None:
                    yield from _literal_quotes(
                        (assignment.value,), f"{assignment.name} gets the quotes as well"
                    )
            if (node.name or "").rpartition("/")[2] in _TAKES_PATHS:
                yield from _literal_quotes(node.words[1:], f"{node.name} gets the quotes as well")


def _literal_quotes(words: tuple[Word, ...], what: str) -> Iterator[ScriptFault]:
    for word in words:
        raw = word.raw.value
        if raw.startswith('\\"') and len(raw) > 4 and raw.endswith('\\"'):
            yield ScriptFault(
                word.raw.place(),
                f"{raw[2:-2]} {what}: the quotes are literal, they were escaped once too often",
                is_literal_quote=True,
            )


def dialect_of_content(content: Text, program: str) -> Dialect:
    """Which shell reads the script: the one named, else that of its `#!` line, else POSIX."""
    if program:
        return dialect_of((program,))
    first = content.value.partition("\n")[0]
    return dialect_of(first[2:].split()) if first.startswith("#!") else Dialect.POSIX


def lost_lines(texts: list[tuple[str, str, Place, str]]) -> Iterator[Place]:
    """The echoes of a chain that builds a file and that print to the log instead.

    `texts` are (file it writes to or empty, its text, its place, its program) of the commands of a step, in order.
    """
    for before, middle, after in zip(texts, texts[1:], texts[2:], strict=False):
        if {before[3], middle[3], after[3]} != {"echo"} or middle[0] or not before[0]:
            continue
        if before[0] == after[0] and _is_code(middle[1]):
            yield middle[2]


_STARTS = frozenset(
    """
    python python3 exec export cd if then else elif fi for while do done case esac source . echo mkdir bash sh
    set pip pip3 nginx service sleep cp mv rm ln chmod test [ [[ return exit eval trap wait kill nohup uvicorn
    gunicorn jupyter
    """.split()
)


def _is_code(text: str) -> bool:
    """Whether the text reads like a line of a script rather than a message."""
    words = text.split()
    if not words:
        return False
    first = words[0]
    if first.startswith(("./", "/", "#!")) or (words[-1].endswith((";", "{")) and len(words) > 1):
        return True
    name, sign, _ = first.partition("=")
    return first in _STARTS or bool(sign and name.isidentifier())


def whole(text: Text) -> Place:
    """The first character of a text, where it stands."""
    return Place(text.source, Span(text.offset(0), text.offset(0) + 1))

"""One word of an instruction to a small tree of literals, quotes and variables; nothing is looked up here.

The rules are those of BuildKit's own lexer (moby/buildkit frontend/dockerfile/shell/lex.go@73ed6825), which are
not a shell's: single quotes are literal; in double quotes the escape character works before `"`, `$` and itself;
elsewhere it takes the next character; `${name}` knows `- + ?` (with or without `:`), `# ## % %% / //`.
All indexes are 0-based into `LexedWord.raw.value` and half-open.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.core.source import Text


DEEPEST = 50


class LiteralPiece(Record):
    """`value` is what the characters `start <= index < end` stand for. `is_quoted`: white space in it does not split."""

    value: str
    start: int
    end: int
    is_quoted: bool = False


class QuotedPiece(Record):
    """A double-quoted stretch; the quotes are part of the range and not of the pieces."""

    pieces: tuple[Piece, ...]
    start: int
    end: int


class VariablePiece(Record):
    """`$name` or `${name...}`. `operator` is empty or one of `- :- + :+ ? :? # % / //` (whether `##` or `%%` is
    meant shows in the operand, as in BuildKit); `replacement` belongs to `/` and `//`.
    """

    name: str
    start: int
    end: int
    operator: str = ""
    operand: tuple[Piece, ...] = ()
    replacement: tuple[Piece, ...] = ()


Piece = LiteralPiece | QuotedPiece | VariablePiece


class LexedWord(Record):
    """A lexed word: its text as written and its pieces, adjacent and in order."""

    raw: Text
    pieces: tuple[Piece, ...]


class BadWord(Record):
    """Why a word cannot be lexed, and at which index that shows. `is_refused` is False where only we give up
    (nested too deeply) and BuildKit would go on; `is_open_quote`: a quote is not closed.
    """

    raw: Text
    message: str
    index: int
    is_refused: bool = True
    is_open_quote: bool = False


class _LexError(Exception):
    def __init__(
        self, message: str, index: int, *, is_refused: bool = True, is_open_quote: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.index = index
        self.is_refused = is_refused
        self.is_open_quote = is_open_quote


def parse(text: Text, escape: str, *, keeps_quotes: bool = False) -> LexedWord | BadWord:
    """The tree of a word. `keeps_quotes`: quotes are ordinary characters (BuildKit's raw mode for heredoc bodies)."""
    value = text.value
    if not _special(escape).search(value):
        return LexedWord(text, (LiteralPiece(value, 0, len(value)),) if value else ())
    try:
        reader = _Reader(value, escape, keeps_quotes=keeps_quotes)
        return LexedWord(text, reader.sequence("", keeps_escapes=False))
    except _LexError as refusal:
        return BadWord(text, refusal.message, refusal.index, refusal.is_refused, refusal.is_open_quote)


def lex(value: str, escape: str, *, keeps_escapes: bool) -> tuple[Piece, ...] | None:
    """The pieces of a plain string, None when it cannot be lexed; with `keeps_escapes` escapes stay in the values."""
    try:
        return _Reader(value, escape, keeps_quotes=False).sequence("", keeps_escapes=keeps_escapes)
    except _LexError:
        return None


@cache
def _special(escape: str) -> re.Pattern[str]:
    return re.compile(f"[$'\"<{re.escape(escape)}]")


@cache
def _plain(special: str) -> re.Pattern[str]:
    return re.compile(f"[^{re.escape(special)}]+")


@cache
def _name() -> re.Pattern[str]:
    return re.compile(r"\d+|[@*#?$!-]|[^\W\d]\w*")


_HEREDOC = r"<<?[\t\r ]*"


def _no_modifier(operator: str) -> str:
    return f"BuildKit knows no modifier {operator}" if operator else "the } of the variable is missing"


class _Reader:
    """Walks over one string; `at` is the index of the next character."""

    def __init__(self, value: str, escape: str, *, keeps_quotes: bool) -> None:
        self.value = value
        self.escape = escape
        self.quotes = "" if keeps_quotes else "'\""
        self.at = 0
        self.depth = 0

    def sequence(self, stop: str, *, keeps_escapes: bool) -> tuple[Piece, ...]:
        """Pieces up to `stop` (taken, too) or, when that is empty, to the end."""
        pieces: list[Piece] = []
        value, size, plain = self.value, len(self.value), _plain(f"$<{self.quotes}{self.escape}{stop}")
        while self.at < size:
            start = self.at
            if found := plain.match(value, start):
                self.at = found.end()
                pieces.append(LiteralPiece(found[0], start, self.at))
                continue
            character = value[start]
            if character == stop:
                self.at += 1
                return tuple(pieces)
            if character == "$":
                pieces.append(self.dollar())
            elif character == "<":
                pieces.append(self.less_than())
            elif character in self.quotes:
                pieces.append(self.single() if character == "'" else self.double(keeps_escapes=keeps_escapes))
            else:
                pieces.append(self.escaped(keeps_escapes=keeps_escapes))
        if stop:
            raise _LexError(f"the {stop} of the variable is missing", size)
        return tuple(pieces)

    def less_than(self) -> LiteralPiece:
        """`<`, or `<<` with the blanks behind it, which do not split: a heredoc's name may follow them."""
        start, found = self.at, re.compile(_HEREDOC).match(self.value, self.at)
        text = found[0] if found and found[0].startswith("<<") else "<"
        self.at += len(text)
        return LiteralPiece(text, start, self.at, len(text) > 1)

    def escaped(self, *, keeps_escapes: bool) -> LiteralPiece:
        """The escape character and the one behind it; alone at the end it vanishes."""
        start = self.at
        self.at = min(start + 2, len(self.value))
        return LiteralPiece(
            self.value[start if keeps_escapes else start + 1 : self.at], start, self.at, is_quoted=True
        )

    def single(self) -> LiteralPiece:
        start = self.at
        end = self.value.find("'", start + 1)
        if end < 0:
            raise _LexError("the single quote is not closed", start, is_open_quote=True)
        self.at = end + 1
        return LiteralPiece(self.value[start + 1 : end], start, self.at, is_quoted=True)

    def double(self, *, keeps_escapes: bool) -> QuotedPiece:
        start, value, size = self.at, self.value, len(self.value)
        self.at += 1
        pieces: list[Piece] = []
        plain = _plain(f'$"{self.escape}')
        while self.at < size:
            at = self.at
            if found := plain.match(value, at):
                self.at = found.end()
                pieces.append(LiteralPiece(found[0], at, self.at, is_quoted=True))
            elif value[at] == '"':
                self.at += 1
                return QuotedPiece(tuple(pieces), start, self.at)
            elif value[at] == "$":
                pieces.append(self.dollar())
            else:
                pieces.append(self.escaped_in_quotes(keeps_escapes=keeps_escapes))
        raise _LexError("the double quote is not closed", start, is_open_quote=True)

    def escaped_in_quotes(self, *, keeps_escapes: bool) -> LiteralPiece:
        start, following = self.at, self.value[self.at + 1 : self.at + 2]
        is_taken = bool(following) and following in f'"${self.escape}'
        self.at += 2 if is_taken else 1
        kept = self.escape if keeps_escapes or (following and not is_taken) else ""
        if keeps_escapes and following and not is_taken:
            kept += self.escape
        return LiteralPiece(kept + (following if is_taken else ""), start, self.at, is_quoted=True)

    def dollar(self) -> LiteralPiece | VariablePiece:
        start = self.at
        self.at += 1
        if self.value[self.at : self.at + 1] != "{":
            name = self.name()
            return VariablePiece(name, start, self.at) if name else LiteralPiece("$", start, self.at)
        self.at += 1
        following = self.value[self.at : self.at + 1]
        if not following:
            raise _LexError("the } of the variable is missing", start)
        if following in "{}:":
            raise _LexError("the variable has no name", start)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _LexError("nested too deeply to follow", start, is_refused=False)
        variable = self.braced(start, self.name())
        self.depth -= 1
        return variable

    def name(self) -> str:
        found = _name().match(self.value, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found[0]

    def braced(self, start: int, name: str) -> VariablePiece:
        """What follows the name of `${name`."""
        operator = self.value[self.at : self.at + 1]
        self.at += 1
        if operator == "}":
            return VariablePiece(name, start, self.at)
        if operator == "/":
            return self.substitution(start, name)
        if operator == ":":
            operator += self.value[self.at : self.at + 1]
            self.at += 1
            if operator in {":#", ":%"}:
                raise _LexError(_no_modifier(operator), start)
        elif operator not in {"+", "-", "?", "#", "%"}:
            raise _LexError(_no_modifier(operator), start)
        operand = self.operand("}", start, keeps_escapes=operator in {"#", "%"})
        if operator not in {"-", ":-", "+", ":+", "?", ":?", "#", "%"}:
            raise _LexError(_no_modifier(operator), start)
        return VariablePiece(name, start, self.at, operator, operand)

    def substitution(self, start: int, name: str) -> VariablePiece:
        operator = "//" if self.value[self.at : self.at + 1] == "/" else "/"
        self.at += len(operator) - 1
        pattern = self.operand("/", start, keeps_escapes=True)
        replacement = self.operand("}", start, keeps_escapes=True)
        return VariablePiece(name, start, self.at, operator, pattern, replacement)

    def operand(self, stop: str, start: int, *, keeps_escapes: bool) -> tuple[Piece, ...]:
        try:
            return self.sequence(stop, keeps_escapes=keeps_escapes)
        except _LexError as refusal:
            if refusal.is_refused and refusal.index >= len(self.value):
                raise _LexError(f"the {stop} of the variable is missing", start) from refusal
            raise

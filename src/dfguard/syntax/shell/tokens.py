"""The tokens of a shell script, and what the lexer says about them; no reading happens here."""

from __future__ import annotations

from dfguard.core.record import Record

WORD, OPERATOR, REDIRECT, RESERVED, ARITHMETIC, TEST = range(6)
"""Kinds of tokens: a word, a control operator or line feed, a redirection's operator, a reserved word where it is
one, `((…))`, `[[ … ]]`."""

JOINING = frozenset({"&&", "||", "|", "|&"})
"""Operators behind which a list or pipeline goes on, line feeds or not."""


class Token:
    """One token: `kind` is WORD ... TEST, `start` and `end` are half-open indexes; `text` is empty for words.

    Not a Record: a script makes thousands, and none leaves the parser.
    """

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: int, start: int, end: int, text: str = "") -> None:
        """See the class."""
        self.kind = kind
        self.start = start
        self.end = end
        self.text = text


class Stretch(Record):
    """The tokens `first <= index < after` between two separators outside every compound command: a syntax error in
    it says nothing about the next one.
    """

    first: int
    after: int

"""The tokens of a shell script, what the lexer says about them, and its here-documents.

Of a here-document: where its body ends, and whether its text is expanded (POSIX.1-2024 2.7.4).
"""

from __future__ import annotations

import re

from dfguard.core.record import Record

WORD, OPERATOR, REDIRECT, RESERVED, ARITHMETIC, TEST = range(6)
"""Kinds of tokens: a word, a control operator or line feed, a redirection's operator, a reserved word where it is
one, `((…))`, `[[ … ]]`."""

JOINING = frozenset({"&&", "||", "|", "|&"})
"""Operators behind which a list or pipeline goes on, line feeds or not."""


class ShellToken:
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


_QUOTING = re.compile(r"""\\(.)|['"]""")


class Pending(Record):
    """A here-document whose body has not begun: the index of its operator and its delimiter as written."""

    operator: int
    delimiter: str
    strips_tabs: bool


class HereDocumentBody(Record):
    """A body: indexes of its first character and of its terminator line (or the end of the text)."""

    start: int
    end: int
    expands: bool
    strips_tabs: bool


def read_body(text: str, start: int, pending: Pending) -> tuple[HereDocumentBody, int]:
    """The body that begins at the line start `start`, and the index behind its terminator line.

    Without a terminator it goes to the end. Where the delimiter is not quoted, a line that ends with a backslash
    hides the line behind it.
    """
    delimiter = _QUOTING.sub(r"\1", pending.delimiter)
    expands = delimiter == pending.delimiter
    i, is_continued = start, False
    while i < len(text):
        end = text.find("\n", i)
        end = len(text) if end < 0 else end
        line = text[i:end].removesuffix("\r")
        if not is_continued and (line.lstrip("\t") if pending.strips_tabs else line) == delimiter:
            return HereDocumentBody(start, i, expands, pending.strips_tabs), min(end + 1, len(text))
        is_continued = expands and (len(line) - len(line.rstrip("\\"))) % 2 == 1
        i = end + 1
    return HereDocumentBody(start, len(text), expands, pending.strips_tabs), len(text)

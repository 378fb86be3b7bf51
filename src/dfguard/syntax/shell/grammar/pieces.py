"""The pieces of a shell script (tokens, here-documents, words and what is quoted or expanded in them), where each ends, and a
bound on the work that one script may cost.

A part of a word is `'…'`, `"…"`, `` `…` ``, `$(…)`, `${…}`, `$((…))`, `<(…)` or `=(…)`. The functions that look for its end take
what scans the text, the index of the part's first character and the nesting depth, and give the index behind the part; they
raise `Unclosed` when there is no end, or when the nesting is deeper than anybody writes. Here-documents: POSIX.1-2024 2.7.4.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Protocol

from dfguard.core.record import Record

MOST_WORK = 30_000


class Work:
    """What is left of the work for one script and everything nested in it.

    A unit is a token, a part of a word, or a character of a word whose braces are expanded: some ten
    microseconds. A file of a thousand lines needs about ten thousand. What is met when nothing is left is
    read as something unknown.
    """

    __slots__ = ("left",)

    def __init__(self, left: int = MOST_WORK) -> None:
        """All of it is left."""
        self.left = left

    def take(self, units: int) -> bool:
        """Use some; whether there was any left."""
        self.left -= units
        return self.left > 0


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


MOST_DEEP = 40
MOST_TOKENS = 20_000

BLANKS = re.compile(r"(?:[ \t]|\\\n|\r(?=\n))*")
"""What separates words: blanks, line feeds behind a backslash, a carriage return that ends a line."""

_PLAIN = re.compile(r"""[^ \t\r\n\\'"`$&|;<>()]*""")
_ENDS_WORD = frozenset(" \t\n&|;<>()")
_IN_DOUBLE = re.compile(r'[^"\\`$]*')
_IN_BACKTICKS = re.compile(r"[^`\\]*")
_IN_BRACES = re.compile(r"""[^}\\'"`$]*""")
_IN_ARITHMETIC = re.compile(r"""[^()'"\\]*""")
_IN_ANSI = re.compile(r"[^'\\]*")
_IN_ARRAY = re.compile(r"""[^()\\'"`$#]*""")
_PATTERN_OPERATOR = re.compile(r"[A-Za-z0-9_@*!?]+(?:\[[^\]]*\])?[#%/]")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=")


class Open(Enum):
    """What keeps a text from being read to its end; the value says it, lower case."""

    SINGLE_QUOTE = "a single quote is not closed"
    DOUBLE_QUOTE = "a double quote is not closed"
    ANSI_QUOTE = "a $' is not closed"
    BACKTICK = "a backtick is not closed"
    SUBSTITUTION = "a $( is not closed"
    BRACE = "a ${ is not closed"
    ARITHMETIC = "a $[ is not closed"
    PARENTHESIS = "a ( is not closed"
    TEST = "a [[ is not closed"
    CHARACTER = "an unexpected character"
    DEEP = "nested too deeply"
    LONG = f"a script of more than {MOST_TOKENS:,} words"


class Unclosed(Exception):
    """Something that was opened is not closed, or the text is more than is read."""

    def __init__(self, what: Open) -> None:
        super().__init__(what.value)
        self.what = what


class Scanner(Protocol):
    """What the end of a part depends on: the text, whether bash reads it, how many `((` are still looked into, and how the
    commands inside a substitution are read.
    """

    text: str
    is_bash: bool
    attempts: int

    def commands_end(self, start: int, depth: int) -> int:
        """The index of the unmatched `)` that ends the commands from `start` on; raise Unclosed without one."""


def is_assignment(word: str) -> bool:
    """Whether the text begins with `NAME=`, `NAME+=` or `NAME[...]=`."""
    return _ASSIGNMENT.match(word) is not None


def is_name(word: str) -> bool:
    """Whether the text may be the name of a function: a word with nothing to expand, quote or assign."""
    return not any(c in word for c in "$'\"`\\={}")


def part_end(lexer: Scanner, i: int, depth: int, *, in_double: bool = False) -> int:
    r"""The end of the part at `i`, which stands at one of ``\\ ' " ` $``; `in_double`: inside double quotes."""
    text, c = lexer.text, lexer.text[i]
    if depth > MOST_DEEP:
        raise Unclosed(Open.DEEP)
    if c == "\\":
        return min(i + 2, len(text))
    if c == "'":
        return _closing(text, i, "'", Open.SINGLE_QUOTE)
    if c == '"':
        return double_end(lexer, i, depth)
    if c == "`":
        return backtick_end(lexer, i)
    following = text[i + 1 : i + 2]
    if following == "(":
        end = arithmetic_end(lexer, i + 1) if text.startswith("((", i + 1) else None
        return lexer.commands_end(i + 2, depth + 1) + 1 if end is None else end
    if following == "{":
        return brace_end(lexer, i, depth, in_double=in_double)
    if following == "'" and lexer.is_bash and not in_double:
        return _escaped_end(text, i + 2, _IN_ANSI, "'", Open.ANSI_QUOTE)
    if following == "[" and lexer.is_bash:
        return _closing(text, i + 1, "]", Open.ARITHMETIC)
    return i + 1


def _closing(text: str, i: int, mark: str, what: Open) -> int:
    end = text.find(mark, i + 1)
    if end < 0:
        raise Unclosed(what)
    return end + 1


def _escaped_end(text: str, i: int, run: re.Pattern[str], mark: str, what: Open) -> int:
    while True:
        i = run.match(text, i).end()  # type: ignore[union-attr]  # it matches the empty string
        if text.startswith(mark, i):
            return i + 1
        if i >= len(text):
            raise Unclosed(what)
        i += 2


def double_end(lexer: Scanner, i: int, depth: int) -> int:
    """The end of the double-quoted part at `i`."""
    text = lexer.text
    i += 1
    while True:
        i = _IN_DOUBLE.match(text, i).end()  # type: ignore[union-attr]
        if i >= len(text):
            raise Unclosed(Open.DOUBLE_QUOTE)
        if text[i] == '"':
            return i + 1
        i = part_end(lexer, i, depth + 1, in_double=True)


def backtick_end(lexer: Scanner, i: int) -> int:
    """The end of the backtick part at `i`."""
    return _escaped_end(lexer.text, i + 1, _IN_BACKTICKS, "`", Open.BACKTICK)


def brace_end(lexer: Scanner, i: int, depth: int, *, in_double: bool) -> int:
    """The end of the `${…}` at `i`. Inside double quotes a single quote is an ordinary character, except in the
    pattern of `# % /`.
    """
    text = lexer.text
    is_plain_quote = in_double and not _PATTERN_OPERATOR.match(text, i + 2)
    i += 2
    while True:
        i = _IN_BRACES.match(text, i).end()  # type: ignore[union-attr]
        if i >= len(text):
            raise Unclosed(Open.BRACE)
        if text[i] == "}":
            return i + 1
        if text[i] == "'" and is_plain_quote:
            i += 1
        else:
            i = part_end(lexer, i, depth + 1, in_double=is_plain_quote)


def arithmetic_end(lexer: Scanner, i: int) -> int | None:
    """The end of the `((…))` at `i`; None when its closing parentheses do not stand together (nested subshells).

    A script may hold many `((` that turn out to be something else: after some attempts no more are made, so
    that the time stays in proportion to the length.
    """
    if lexer.attempts <= 0:
        return None
    text, opened, at = lexer.text, 2, i + 2
    while opened:
        at = _IN_ARITHMETIC.match(text, at).end()  # type: ignore[union-attr]
        c = text[at : at + 1]
        if not c:
            lexer.attempts -= 1
            return None
        at += 1
        if c == "\\":
            at += 1
        elif c in "'\"":
            at = text.find(c, at) + 1 or len(text)
        else:
            opened += 1 if c == "(" else -1
            if opened == 1 and not text.startswith(")", at):
                lexer.attempts -= 1
                return None
    return at


def process_end(lexer: Scanner, i: int, depth: int) -> int:
    """The end of the `<(…)` or `>(…)` at `i`."""
    if depth > MOST_DEEP:
        raise Unclosed(Open.DEEP)
    return lexer.commands_end(i + 2, depth + 1) + 1


def array_end(lexer: Scanner, i: int, depth: int) -> int:
    """The end of the parenthesis at `i` that holds array elements or an extended glob."""
    text, opened = lexer.text, 0
    while True:
        i = _IN_ARRAY.match(text, i).end()  # type: ignore[union-attr]
        c = text[i : i + 1]
        if not c:
            raise Unclosed(Open.PARENTHESIS)
        if c in "()":
            opened += 1 if c == "(" else -1
            i += 1
            if not opened:
                return i
        elif c == "#":
            i = text.find("\n", i) if text[i - 1] in " \t\n" else i + 1
            i = len(text) if i < 0 else i
        else:
            i = part_end(lexer, i, depth + 1)


def word_end(lexer: Scanner, start: int, depth: int) -> int:
    """The index behind the word that starts at `start`; raise Unclosed when a quote in it is not closed."""
    text, i = lexer.text, start
    while True:
        i = _PLAIN.match(text, i).end()  # type: ignore[union-attr]  # it matches the empty string
        c = text[i : i + 1]
        if c == "\\" and text.startswith("\n", i + 1):
            after = BLANKS.match(text, i).end()  # type: ignore[union-attr]
            if after >= len(text) or text[after - 1] != "\n" or text[after] in _ENDS_WORD:
                return i
            i = after
        elif c and c in "\\'\"`$":
            i = part_end(lexer, i, depth)
        elif c in {"<", ">"} and text.startswith("(", i + 1):
            i = process_end(lexer, i, depth)
        elif c == "(" and i > start and _is_inside(lexer, start, i):
            i = array_end(lexer, i, depth)
        elif c == "\r" and not text.startswith("\n", i + 1):
            i += 1
        else:
            return i


def _is_inside(lexer: Scanner, start: int, i: int) -> bool:
    """Whether the `(` at `i` belongs to the word that began at `start`: an array or an extended glob."""
    before = lexer.text[i - 1]
    return (before == "=" and is_assignment(lexer.text[start:i])) or (lexer.is_bash and before in "?*+@!")

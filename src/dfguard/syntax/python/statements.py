"""Python code to the statements and headers it is made of, line by line, whether or not they may stand on one line.

An item is a simple statement, or the header of a compound statement up to and with its colon. Items are told apart
by `;`, by line feeds outside brackets, by the colon of a header, and by a keyword that can only begin a statement.
"""

from __future__ import annotations

from keyword import kwlist

from dfguard.core.record import Record
from dfguard.syntax.python.tokens import Token, TokenKind, tokens

OPENERS = frozenset(["if", "for", "while", "try", "with", "def", "class", "match"])
CLAUSES = frozenset(["elif", "else", "except", "finally", "case"])
_SOFT = frozenset(["match", "case"])
# These can stand inside an expression or begin a statement; the others can only begin one.
_INSIDE = frozenset(["if", "else", "for", "async"]) | _SOFT
_OPENING = frozenset(["(", "[", "{"])


class Item(Record):
    """The characters `start <= index < end` of the code, without surrounding space and without the `;` behind.

    `keyword` is the header's keyword (`async def` gives `def`), `@` for a decorator, empty for a simple statement.
    `before` says what stands between the item and the one before it: a line feed (or nothing) is empty, else `;`,
    `:` (the item before is a header) or a space (nothing but white space: a line feed was lost).
    `word` is the first token of a simple statement.
    """

    start: int
    end: int
    keyword: str
    before: str
    word: str = ""

    @property
    def is_header(self) -> bool:
        """Whether a body must follow."""
        return self.keyword not in {"", "@"}


def items(code: str, line_starts: frozenset[int] = frozenset()) -> list[Item]:
    """The items of the code, up to the first thing that cannot be read (a string that never ends).

    `line_starts`: indexes of tokens that stood first on a physical line before the lines were joined; a statement
    may begin there although no `;` stands before it.
    """
    reader = _Reader(_readable(code), line_starts)
    found: list[Item] = []
    while (item := reader.item()) is not None:
        found.append(item)
    return found


def _readable(code: str) -> list[Token]:
    found = []
    for token in tokens(code):
        if token.kind is TokenKind.BROKEN:
            break
        if token.kind is not TokenKind.COMMENT and not (token.kind is TokenKind.NEWLINE and token.depth):
            found.append(token)
    return found


class _Reader:
    """Takes the items off the tokens, one after the other."""

    def __init__(self, found: list[Token], line_starts: frozenset[int]) -> None:
        self._tokens = found
        self._colons = _colons(found)
        self._at = 0
        self._before = ""
        self._line_starts = line_starts

    def item(self) -> Item | None:
        """The next item, None at the end."""
        while (token := self._token()) and (token.kind is TokenKind.NEWLINE or token.text == ";"):
            self._before = "" if token.kind is TokenKind.NEWLINE else self._before or ";"
            self._at += 1
        if token is None:
            return None
        first, before = self._at, self._before
        if keyword := self._keyword(first):
            self._at = self._colons[first] + 1
            self._before = ":"
        elif token.text == "@":
            keyword = "@"
            self._at = self._end(first)
        else:
            self._at = self._end(first)
        last = self._tokens[self._at - 1]
        return Item(token.start, last.end, keyword, before, "" if keyword else token.text)

    def _token(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _keyword(self, at: int) -> str:
        """The keyword of the header that begins at this token, empty when none does."""
        token = self._tokens[at]
        if token.depth or token.text not in OPENERS | CLAUSES | {"async"}:
            return ""
        behind = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        if token.text in _SOFT and (behind is None or behind.text in {"=", ".", ",", ":", ")", ";", ":="}):
            return ""
        if self._colons[at] < 0:
            return ""
        if token.text == "async":
            return behind.text if behind and behind.text in {"def", "for", "with"} else ""
        return token.text

    def _end(self, first: int) -> int:
        """The token behind a simple statement or decorator that begins at this one; remembers what ends it."""
        for index in range(first + 1, len(self._tokens)):
            token = self._tokens[index]
            if token.kind is TokenKind.NEWLINE:
                self._before = ""
                return index
            if token.depth == 0 and (token.text == ";" or self._begins_statement(index)):
                self._before = ";" if token.text == ";" else " "
                return index
        return len(self._tokens)

    def _begins_statement(self, at: int) -> bool:
        """Whether a token amid a statement must be the first of another one, with white space alone between them."""
        token, behind = self._tokens[at], self._tokens[at - 1]
        if token.start in self._line_starts and _ends_operand(behind) and _begins_operand(token):
            return True
        if token.kind is not TokenKind.NAME or behind.text == "." or not self._keyword(at):
            return False
        if behind.text == "async":
            return False
        if token.text not in _INSIDE:
            return True
        if token.text in {"for", "async"}:
            return _ends_operand(behind)
        if token.text == "else":
            return self._tokens[at + 1].text == ":"
        between = self._tokens[at : self._colons[at]] if token.text == "if" else ()
        return bool(between) and all(token.text != "else" for token in between)


def _colons(found: list[Token]) -> list[int]:
    """For each token the index of the colon of the header that would begin there; -1 when its line ends first."""
    colons, lambdas, owned = [-1] * len(found), 0, set[int]()
    for index, token in enumerate(found):
        if token.kind is TokenKind.NEWLINE or (token.text == ";" and not token.depth):
            lambdas = 0
        elif not token.depth and token.text == "lambda":
            lambdas += 1
        elif not token.depth and token.text == ":" and lambdas:
            lambdas -= 1
            owned.add(index)
    following = -1
    for index in range(len(found) - 1, -1, -1):
        token = found[index]
        if token.kind is TokenKind.NEWLINE or (token.text == ";" and not token.depth):
            following = -1
        elif token.text == ":" and not token.depth and index not in owned:
            following = index
        colons[index] = following
    return colons


_OPERATOR_WORDS = frozenset(kwlist) - {"True", "False", "None", "pass", "break", "continue"}
_JOINING_WORDS = frozenset(["and", "or", "in", "is", "as"])


def _ends_operand(token: Token) -> bool:
    if token.kind is TokenKind.NAME:
        return token.text not in _OPERATOR_WORDS
    return token.kind in {TokenKind.NUMBER, TokenKind.STRING} or token.text in {")", "]", "}", "..."}


def _begins_operand(token: Token) -> bool:
    if token.kind is TokenKind.NAME:
        return token.text not in _JOINING_WORDS
    return token.text == "@"

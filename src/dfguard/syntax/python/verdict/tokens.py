"""Python code to tokens and to the statements and headers they make, however broken the code is.

Brackets need not match and strings need not end. Used where Python itself has refused the code; `tokenize` stops at the first
thing it cannot read and differs from version to version (3.12 splits f-strings). Here an f-string is one token up to the
next quote of its kind, as every Python before 3.12 reads it.

An item is a simple statement, or the header of a compound statement up to and with its colon. Items are told apart
by `;`, by line feeds outside brackets, by the colon of a header, and by a keyword that can only begin a statement.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache, lru_cache
from keyword import kwlist

from dfguard.core.record import Record


class TokenKind(Enum):
    """What a token is. ESCAPE is a backslash with an `n` or `t` behind it outside every string; BROKEN is a string that
    never ends (up to the end of its line or of the code) or a character Python has no use for.
    """

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    OPERATOR = "operator"
    NEWLINE = "newline"
    COMMENT = "comment"
    ESCAPE = "escape"
    BROKEN = "broken"


class Token(Record):
    """The characters `start <= index < end` of the code. `depth` counts the brackets open before the token; a closing
    bracket has the depth of its opening one. Line feeds inside brackets are NEWLINE tokens, too, with a depth above 0.
    """

    kind: TokenKind
    start: int
    end: int
    text: str
    depth: int


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(
        r"(?P<space>[ \t\f]+|\\(?:\r\n|\r|\n)|\ufeff)"
        r"|(?P<comment>#[^\r\n]*)"
        r"|(?P<newline>\r\n|\r|\n)"
        r"|(?P<string>(?i:br|rb|fr|rf|tr|rt|[rbuft])?(?P<quote>'''|\"\"\"|'|\"))"
        r"|(?P<name>[^\W\d]\w*)"
        r"|(?P<number>\d[\w.]*|\.\d\w*)"
        r"|(?P<escape>\\[nt])"
        r"|(?P<operator>\*\*=|//=|>>=|<<=|\.\.\.|:=|->|==|!=|<=|>=|<>|\*\*|//|<<|>>|[-+*/%@&|^]=|[-+*/%@&|^~<>=.,:;()\[\]{}`])"
        r"|(?P<broken>.)",
        re.DOTALL,
    )


@cache
def _rest_of_string(quote: str) -> re.Pattern[str]:
    # Not possessive: before 3.11.5 a possessive group goes on behind its last try that failed (gh-106052).
    mark = quote[0]
    if len(quote) == 3:
        plain = rf"[^{mark}\\]*"
        return re.compile(rf"{plain}(?:(?:\\.|{mark}(?!{mark}{mark})){plain})*{quote}", re.DOTALL)
    plain = rf"[^{mark}\\\r\n]*"
    return re.compile(rf"{plain}(?:\\(?:\r\n|.){plain})*{mark}", re.DOTALL)


_KINDS = {kind.value: kind for kind in TokenKind}


@lru_cache(maxsize=4)
def tokens(code: str) -> tuple[Token, ...]:
    """The tokens of the code in order; spaces and line continuations are left out."""
    found: list[Token] = []
    at, depth, pattern = 0, 0, _pattern()
    while match := pattern.match(code, at):
        kind, at = str(match.lastgroup), match.end()
        if match["quote"]:
            kind, at = _string(code, match)
        if kind == "space":
            continue
        text = code[match.start() : at]
        depth -= depth > 0 and text in {")", "]", "}"}
        found.append(Token(_KINDS[kind], match.start(), at, text, depth))
        depth += text in {"(", "[", "{"}
    return tuple(found)


def _string(code: str, match: re.Match[str]) -> tuple[str, int]:
    """Kind and end of the string whose opening quote was matched."""
    quote = match["quote"]
    if end := _rest_of_string(quote).match(code, match.end()):
        return "string", end.end()
    if len(quote) == 3:
        return "broken", len(code)
    ends = [at for at in (code.find("\n", match.end()), code.find("\r", match.end())) if at >= 0]
    return "broken", min(ends, default=len(code))


OPENERS = frozenset(["if", "for", "while", "try", "with", "def", "class", "match"])
CLAUSES = frozenset(["elif", "else", "except", "finally", "case"])
_SOFT = frozenset(["match", "case"])
# These can stand inside an expression or begin a statement; the others can only begin one.
_INSIDE = frozenset(["if", "else", "for", "async"]) | _SOFT
_OPENING = frozenset(["(", "[", "{"])


class CodeItem(Record):
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


def items(code: str, line_starts: frozenset[int] = frozenset()) -> list[CodeItem]:
    """The items of the code, up to the first thing that cannot be read (a string that never ends).

    `line_starts`: indexes of tokens that stood first on a physical line before the lines were joined; a statement
    may begin there although no `;` stands before it.
    """
    reader = _Reader(_readable(code), line_starts)
    found: list[CodeItem] = []
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

    def item(self) -> CodeItem | None:
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
        return CodeItem(token.start, last.end, keyword, before, "" if keyword else token.text)

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

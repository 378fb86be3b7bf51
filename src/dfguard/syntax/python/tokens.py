"""Python code to tokens, however broken the code is: brackets need not match and strings need not end.

Used where Python itself has refused the code; `tokenize` stops at the first thing it cannot read and differs
from version to version (3.12 splits f-strings). Here an f-string is one token up to the next quote of its kind,
as every Python before 3.12 reads it.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache, lru_cache

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

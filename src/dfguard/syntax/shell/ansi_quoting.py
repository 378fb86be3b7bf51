"""The inside of bash's `$'…'` to the characters it stands for (bash manual, "ANSI-C Quoting")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.texts import joined, made_up

if TYPE_CHECKING:
    from dfguard.core.source import Text

_ESCAPE = re.compile(r"\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|c[\s\S]|[\s\S])")
SINGLE = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip


def unescaped(text: Text) -> Text:
    """The text with its escapes decoded; each decoded character maps to the backslash of its escape.

    A null character ends the string, as it does in bash.
    """
    pieces, done = [], 0
    for found in _ESCAPE.finditer(text.value):
        pieces.append(text.cut(done, found.start()))
        decoded = _decoded(found.group()[1:])
        done = found.end()
        if decoded == "\0":
            return joined(pieces)
        pieces.append(made_up(decoded, text.source, text.offset(found.start())))
    return joined([*pieces, text.cut(done)])


def _decoded(escape: str) -> str:
    kind = escape[0]
    if kind in "01234567":
        return _byte(int(escape, 8) & 0xFF)
    if kind == "x" and len(escape) > 1:
        return _byte(int(escape[1:], 16))
    if kind in "uU" and len(escape) > 1:
        code = int(escape[1:], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    if kind == "c" and len(escape) > 1:
        return chr(ord(escape[1]) & 0x1F)
    return SINGLE.get(kind, "\\" + escape)


def _byte(code: int) -> str:
    return chr(code) if code < 0x80 else chr(0xDC00 + code)

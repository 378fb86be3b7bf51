"""The text behind a keyword to the strings of its JSON form.

BuildKit takes what `encoding/json` reads as an array of strings; any other text, even one with a small slip in it,
silently is no JSON form (moby/buildkit frontend/dockerfile/parser/line_parsers.go@73ed6825, `parseJSON`).
"""

from __future__ import annotations

import re
from functools import cache

from dfguard.core.source import Text, TextBuilder
from dfguard.syntax.dockerfile.space import SPACE

_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@cache
def _string() -> re.Pattern[str]:
    # Not possessive: before 3.11.5 a possessive group goes on behind its last try that failed (gh-106052).
    plain = r'[^"\\\x00-\x1f]*'
    return re.compile(rf'"({plain}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{{4}}){plain})*)"')


@cache
def _gap() -> re.Pattern[str]:
    return re.compile(r"[ \t\n\r]*+([\[\],]?)[ \t\n\r]*+")


def strings(rest: Text) -> tuple[Text, ...] | str | None:
    """The strings of the array, cooked; None when the text is no JSON array; and for an array that holds something
    else than strings, which BuildKit refuses, the message that says so.
    """
    value = rest.value
    start = len(value) - len(value.lstrip(SPACE))
    if not value.startswith("[", start):
        return None
    spans = _spans(value, start)
    if spans is not None:
        return tuple(_cooked(rest, low, high) for low, high in spans)
    if _is_array(value[start:]):
        return "the JSON form holds strings only"
    return None


def _spans(value: str, at: int) -> list[tuple[int, int]] | None:
    """The index ranges of the strings, without their quotes; None when it is no array of strings."""
    spans: list[tuple[int, int]] = []
    gap = _gap().match(value, at)
    while gap and gap[1] in {"[", ","}:
        found = _string().match(value, gap.end())
        if not found:
            closing = _gap().match(value, gap.end())
            is_empty = gap[1] == "[" and closing and closing[1] == "]" and closing.end() == len(value)
            return spans if is_empty else None
        spans.append(found.span(1))
        gap = _gap().match(value, found.end())
        if gap and gap[1] == "[":
            return None
    return spans if gap and gap[1] == "]" and gap.end() == len(value) else None


def _is_array(value: str) -> bool:
    import json

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return isinstance(json.loads(value, parse_constant=refuse), list)
    except (ValueError, RecursionError):
        return False


def _cooked(rest: Text, low: int, high: int) -> Text:
    value = rest.value
    if value.find("\\", low, high) < 0:
        return rest.cut(low, high)
    builder = TextBuilder(rest)
    while (at := value.find("\\", low, high)) >= 0:
        builder.keep(low, at)
        if value[at + 1] != "u":
            builder.put(_ESCAPES[value[at + 1]], at)
            low = at + 2
            continue
        code, low = int(value[at + 2 : at + 6], 16), at + 6
        if 0xD800 <= code < 0xDC00 and (second := _low_surrogate(value, low)):
            code, low = 0x10000 + ((code - 0xD800) << 10) + second - 0xDC00, low + 6
        builder.put("\ufffd" if 0xD800 <= code < 0xE000 else chr(code), at)
    builder.keep(low, high)
    return builder.text()


def _low_surrogate(value: str, at: int) -> int:
    """The second half of a surrogate pair that is escaped at `at`, 0 when there is none."""
    digits = value[at + 2 : at + 6] if value.startswith("\\u", at) else ""
    code = int(digits, 16) if re.fullmatch(r"[0-9a-fA-F]{4}", digits) else 0
    return code if 0xDC00 <= code < 0xE000 else 0

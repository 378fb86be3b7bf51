"""Backslash escapes and printf formats to texts that know where each of their characters came from."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import Record
from dfguard.core.source import TextBuilder
from dfguard.interp.filesystem.contents import LONGEST_TEXT, appended

if TYPE_CHECKING:
    from dfguard.core.source import Text

_LETTERS = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "e": "\x1b",
    '"': '"',
}
_MOST_ROUNDS = 2000


class Escaped(Record):
    r"""A text whose escapes were read; `is_cut`: a `\c` ended it."""

    text: Text
    is_cut: bool = False


@cache
def _escape() -> re.Pattern[str]:
    return re.compile(r"\\(?:([abefnrtv\\\"c])|x([0-9a-fA-F]{1,2})|(0?[0-7]{1,3}))")


def escaped(text: Text, *, stops: bool, reads_quotes: bool = False) -> Escaped:
    r"""The text with `\n`, `\t`, `\0101`, `\x41` … read; with `stops` a `\c` ends it. `reads_quotes`: `\"` is a quote, which
    holds for the format of bash's printf alone (tried with dash 0.5.12, bash 5.2).

    Source: POSIX.1-2024 XCU echo and printf; `\x` and `\e` as bash and busybox.
    """
    builder = TextBuilder(text)
    done = 0
    for found in _escape().finditer(text.value):
        builder.keep(done, found.start())
        done = found.end()
        if found[1] == "c":
            if stops:
                return Escaped(builder.text(), is_cut=True)
            builder.keep(found.start(), found.end())
        elif found[1] == '"' and not reads_quotes:
            builder.keep(found.start(), found.end())
        elif found[1]:
            builder.put(_LETTERS[found[1]], found.start())
        else:
            number = int(found[2], 16) if found[2] else int(found[3], 8)
            builder.put(chr(number & 0xFF), found.start())
    builder.keep(done, len(text.value))
    return Escaped(builder.text())


@cache
def _directive() -> re.Pattern[str]:
    return re.compile(r"%(%|([-+ 0#]*)(\*|\d*)(?:\.(\*|\d*))?([a-zA-Z]))", re.ASCII)


def formatted(template: Text, words: list[Text | None], empty: Text, *, is_bash: bool = False) -> Text | None:
    """What `printf template words` writes; None when a part is not known or not understood."""
    parts = _parts(template, reads_quotes=is_bash)
    if parts is None:
        return None
    takes = sum(1 for part in parts if isinstance(part, re.Match) and part[1] != "%")
    whole: Text | None = empty
    waiting = list(words)
    for _ in range(_MOST_ROUNDS):
        for part in parts:
            if not isinstance(part, re.Match):
                whole = appended(whole, part)
            elif part[1] == "%":
                whole = appended(whole, template.cut(part.start(), part.start() + 1))
            else:
                word = waiting.pop(0) if waiting else empty
                shown = _shown(part, word, template)
                if shown is None or whole is None:
                    return None
                whole = appended(whole, shown)
        if not waiting or not takes:
            return whole
    return None


def _parts(template: Text, *, reads_quotes: bool) -> list[Text | re.Match[str]] | None:
    """Plain stretches with their escapes read, and directives."""
    parts: list[Text | re.Match[str]] = []
    done = 0
    for found in _directive().finditer(template.value):
        parts += [
            escaped(template.cut(done, found.start()), stops=False, reads_quotes=reads_quotes).text,
            found,
        ]
        done = found.end()
        if "*" in (found[3] or "", found[4] or ""):
            return None
    rest = template.cut(done)
    if "%" in rest.value:
        return None
    return [*parts, escaped(rest, stops=False, reads_quotes=reads_quotes).text]


def _shown(directive: re.Match[str], word: Text | None, template: Text) -> Text | None:
    if word is None:
        return None
    flags, width, precision, kind = directive[2], directive[3], directive[4], directive[5]
    if kind in "sb" and not width and precision is None:
        return escaped(word, stops=False).text if kind == "b" else word
    text = _converted(kind, word.value, precision)
    if text is None:
        return None
    if kind in "di" and "+" in flags and not text.startswith("-"):
        text = f"+{text}"
    size = whole_number(width or "0")
    if size is None or size > LONGEST_TEXT:
        return None
    if "-" in flags:
        text = text.ljust(size)
    elif "0" in flags and kind in "dixXou":
        sign, digits = (text[0], text[1:]) if text[:1] in ("-", "+") else ("", text)
        text = sign + digits.rjust(size - len(sign), "0")
    else:
        text = text.rjust(size)
    builder = TextBuilder(word if word.value else template)
    builder.put(text, 0 if word.value else directive.start())
    return builder.text()


def _converted(kind: str, value: str, precision: str | None) -> str | None:
    if kind == "s":
        most = whole_number(precision or "0") if precision is not None else len(value)
        return value if most is None else value[:most]
    if kind == "c":
        return value[:1]
    if kind in "dixXou" and precision is None:
        number = value.strip() or "0"
        if not re.fullmatch(r"[-+]?(0[xX][0-9a-fA-F]{1,15}|\d{1,18})", number, re.ASCII):
            return None
        return format(int(number, 0 if "x" in number.lower() else 10), {"i": "d", "u": "d"}.get(kind, kind))
    return None

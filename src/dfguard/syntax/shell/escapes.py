r"""The words of `echo` and `printf` to what they print: options, `\n` and its like, `%s`.

POSIX.1-2024 `echo` and `printf`, as dash 0.5.12 and bash 5.2 apply them (compared with both in the tests).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.texts import joined, made_up
from dfguard.syntax.shell.nodes import Literal, Part, Word

if TYPE_CHECKING:
    from dfguard.core.source import Text

_BASH_OPTIONS = re.compile(r"-[neE]+")
_OCTAL = r"0[0-7]{0,3}|[1-7][0-7]{0,2}"
_WIDE = r"x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}"
_DASH_ESCAPE = re.compile(rf"\\(?:{_OCTAL}|[abcefnrtv\\])")
_ECHO_ESCAPE = re.compile(rf"\\(?:0[0-7]{{0,3}}|{_WIDE}|[abceEfnrtv\\])")
_B_ESCAPE = re.compile(rf"""\\(?:{_OCTAL}|{_WIDE}|[abceEfnrtv\\"'?])""")
_CONVERSION = r"%(?:%|[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z])"
_DASH_FORMAT = re.compile(rf"\\(?:[0-7]{{1,3}}|[abefnrtv\\])|{_CONVERSION}")
_FORMAT = re.compile(rf"""\\(?:[0-7]{{1,3}}|{_WIDE}|[abeEfnrtv\\"'?])|{_CONVERSION}""")
_LETTERS = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"', "'": "'", "?": "?",
}  # fmt: skip
MOST_ROUNDS = 2_000


def echo_text(arguments: tuple[Word, ...], program: Word, *, is_dash: bool) -> tuple[Part, ...]:
    r"""What `echo` prints. dash's reads escapes always and knows only `-n`; the others read them behind `-e`."""
    reads, has_feed, i = is_dash, True, 0
    if is_dash and arguments and arguments[0].literal == "-n":
        has_feed, i = False, 1
    while not is_dash and i < len(arguments) and _BASH_OPTIONS.fullmatch(arguments[i].literal or ""):
        for letter in (arguments[i].literal or "")[1:]:
            has_feed = has_feed and letter != "n"
            reads = letter == "e" if letter in "eE" else reads
        i += 1
    escape = (_DASH_ESCAPE if is_dash else _ECHO_ESCAPE) if reads else None
    parts: list[Part] = []
    for number, word in enumerate(arguments[i:]):
        if number:
            parts.append(Literal(made_up(" ", word.raw.source, max(word.span.start - 1, 0)), True))
        for part in word.parts:
            if not isinstance(part, Literal) or escape is None or "\\" not in part.text.value:
                parts.append(part)
                continue
            text, is_cut = _decoded(part.text, escape)
            parts.append(Literal(text, True))
            if is_cut:
                return tuple(parts)
    if has_feed:
        last = arguments[-1] if arguments else program
        parts.append(Literal(made_up("\n", last.raw.source, last.span.end), True))
    return tuple(parts)


def _decoded(text: Text, escape: re.Pattern[str]) -> tuple[Text, bool]:
    r"""The text with its escapes decoded, and whether a `\c` ended all output."""
    pieces, done = [text.cut(0, 0)], 0
    for found in escape.finditer(text.value):
        pieces.append(text.cut(done, found.start()))
        if found.group() == "\\c":
            return joined(pieces), True
        pieces.append(made_up(_character(found.group()[1:]), text.source, text.offset(found.start())))
        done = found.end()
    return joined([*pieces, text.cut(done)]), False


def _character(escape: str) -> str:
    if escape[0] in "01234567":
        return _byte(int(escape, 8) & 0xFF)
    if escape[0] == "x":
        return _byte(int(escape[1:], 16))
    if escape[0] in "uU":
        code = int(escape[1:], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return _LETTERS[escape]


def _byte(code: int) -> str:
    return chr(code) if code < 0x80 else chr(0xDC00 + code)


def printf_text(arguments: tuple[Word, ...], *, is_dash: bool) -> tuple[Part, ...] | None:
    r"""What `printf` prints; None for a format that is not known or that does more than `%s %b %d %i %%`.

    dash knows neither `\x41` nor `\"` in a format.
    """
    if arguments and arguments[0].literal == "--":
        arguments = arguments[1:]
    elif arguments and (arguments[0].literal or "").startswith("-"):
        return None
    if not arguments or arguments[0].literal is None:
        return None
    texts = [part.text for part in arguments[0].parts if isinstance(part, Literal)]
    form, values, parts = joined(texts), arguments[1:], []
    for _ in range(MOST_ROUNDS):
        round_ = _Round(form, values, is_dash=is_dash)
        found = round_.run()
        if found is None:
            return None
        parts += found
        values = round_.values
        if not values or not round_.used or round_.is_over:
            return tuple(parts)
    return None


class _Round:
    """One pass over the format: it takes from `values` what its conversions need."""

    def __init__(self, form: Text, values: tuple[Word, ...], *, is_dash: bool) -> None:
        self.form, self.values, self.is_dash = form, values, is_dash
        self.used, self.is_over = 0, False

    def run(self) -> list[Part] | None:
        form, done = self.form, 0
        parts: list[Part] = []
        for found in (_DASH_FORMAT if self.is_dash else _FORMAT).finditer(form.value):
            if found.start() > done:
                parts.append(Literal(form.cut(done, found.start()), True))
            done = found.end()
            written = found.group()
            if written[0] == "\\" or written == "%%":
                character = "%" if written == "%%" else _character(written[1:])
                parts.append(Literal(made_up(character, form.source, form.offset(found.start())), True))
                continue
            value = self._value(written)
            if value is None:
                return None
            parts += value
            if self.is_over:
                return parts
        if done < len(form.value):
            parts.append(Literal(form.cut(done), True))
        return parts

    def _value(self, conversion: str) -> tuple[Part, ...] | None:
        if conversion not in {"%s", "%b", "%d", "%i"}:
            return None
        self.used += 1
        if not self.values:
            return () if conversion in {"%s", "%b"} else None
        word, self.values = self.values[0], self.values[1:]
        if conversion == "%s":
            return word.parts
        if conversion == "%b":
            return self._decoded(word)
        return word.parts if (word.literal or "").isdecimal() else None

    def _decoded(self, word: Word) -> tuple[Part, ...]:
        r"""The argument of `%b`; a `\c` in it ends all output."""
        parts: list[Part] = []
        for part in word.parts:
            if not isinstance(part, Literal):
                parts.append(part)
                continue
            text, self.is_over = _decoded(part.text, _DASH_ESCAPE if self.is_dash else _B_ESCAPE)
            parts.append(Literal(text, True))
            if self.is_over:
                break
        return tuple(parts)

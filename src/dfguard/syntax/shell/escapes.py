r"""The words of `echo` and `printf` to what they print: options, `\n` and its like, `%s`, `%03d`.

POSIX.1-2024 `echo` and `printf`, as dash 0.5.12 and bash 5.2 apply them (compared with both in the tests). What is not
written there in so many words, or differs by locale, is not known.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import Record
from dfguard.core.texts import joined, made_up
from dfguard.syntax.shell.nodes import Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dfguard.core.source import Text
    from dfguard.syntax.shell.nodes import Part

    Parts = tuple[Part, ...]


class Printer(Enum):
    """Whose `echo` and `printf`. Busybox's is known as far as it agrees with one of the others."""

    DASH = "dash"
    BASH = "bash"
    BUSYBOX = "busybox"


class ReceivedWord(Record):
    """A word as the program receives it; `blank` is the space in front of it."""

    parts: tuple[Part, ...]
    blank: Text

    @property
    def literal(self) -> str | None:
        """The whole word; None when an expansion is in it."""
        texts = [part.text.value for part in self.parts if isinstance(part, Literal)]
        return "".join(texts) if len(texts) == len(self.parts) else None


_OPTIONS = re.compile(r"-[neE]+")
_OCTAL = r"0[0-7]{0,3}|[1-7][0-7]{0,2}"
_WIDE = r"x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}"
_CONVERSION = r"%(?:%|[-+ 0]*\d*(?:\.\d*)?[sbcdiuoxX])"
_BUSYBOX = r"x[0-9A-Fa-f]{1,2}|[abfnrtv\\]"
_ECHO = {
    Printer.DASH: re.compile(rf"\\(?:{_OCTAL}|[abcefnrtv\\])"),
    Printer.BASH: re.compile(rf"\\(?:0[0-7]{{0,3}}|{_WIDE}|[abceEfnrtv\\])"),
    Printer.BUSYBOX: re.compile(rf"\\(?:0[0-7]{{0,3}}|{_BUSYBOX}|c)"),
}
_ARGUMENT = {
    Printer.DASH: _ECHO[Printer.DASH],
    Printer.BASH: re.compile(rf"""\\(?:{_OCTAL}|{_WIDE}|[abceEfnrtv\\"'?])"""),
    Printer.BUSYBOX: re.compile(rf"\\(?:{_OCTAL}|{_BUSYBOX}|c)"),
}
"""The escapes that `%b` reads."""
_FORMAT = {
    Printer.DASH: re.compile(rf"\\(?:[0-7]{{1,3}}|[abefnrtv\\])|{_CONVERSION}"),
    Printer.BASH: re.compile(rf"""\\(?:[0-7]{{1,3}}|{_WIDE}|[abeEfnrtv\\"'?])|{_CONVERSION}"""),
    Printer.BUSYBOX: re.compile(rf"\\(?:[0-7]{{1,3}}|{_BUSYBOX})|{_CONVERSION}"),
}
_LETTERS = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"', "'": "'", "?": "?",
}  # fmt: skip
_BYTES = re.compile("[\udc80-\udcff]+")
_NUMBER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]{1,15}|0[0-7]{0,20}|[1-9][0-9]{0,17})")
MOST_ROUNDS = 2_000
LONGEST_FIELD = 1 << 16


def echo_parts(arguments: Sequence[ReceivedWord], feed: Text, printer: Printer) -> Parts | None:
    r"""What `echo` prints, `feed` being its line feed; None for escapes of which nothing is known. dash's reads escapes
    always and knows only `-n`; the others read them after `-e`.
    """
    reads, has_feed, i = printer is Printer.DASH, True, 0
    while i < len(arguments):
        option = arguments[i].literal or ""
        if not _OPTIONS.fullmatch(option) or (printer is Printer.DASH and (i or option != "-n")):
            break
        for letter in option[1:]:
            has_feed = has_feed and letter != "n"
            reads = letter == "e" if letter in "eE" else reads
        i += 1
    parts: list[Part] = []
    for number, argument in enumerate(arguments[i:]):
        if number:
            parts.append(Literal(argument.blank, True))
        read = _read(argument.parts, _ECHO[printer], printer) if reads else (argument.parts, False)
        if read is None:
            return None
        parts += read[0]
        if read[1]:
            return whole(parts)
    return whole([*parts, Literal(feed, True)] if has_feed else parts)


def _read(parts: Parts, escape: re.Pattern[str], printer: Printer) -> tuple[Parts, bool] | None:
    r"""The parts with their escapes read, and whether a `\c` ended all output; None when one is not known."""
    found: list[Part] = []
    for part in parts:
        if not isinstance(part, Literal) or "\\" not in part.text.value:
            found.append(part)
            continue
        pieces, done, text = [part.text.cut(0, 0)], 0, part.text
        for match in escape.finditer(text.value):
            pieces.append(text.cut(done, match.start()))
            if _is_vague(pieces[-1].value, printer):
                return None
            if match.group() == "\\c":
                return (*found, Literal(joined(pieces), True)), True
            pieces.append(made_up(_character(match.group()[1:]), text.source, text.offset(match.start())))
            done = match.end()
        if _is_vague(text.value[done:], printer):
            return None
        found.append(Literal(joined([*pieces, text.cut(done)]), True))
    return tuple(found), False


def _is_vague(rest: str, printer: Printer) -> bool:
    """Whether what is no escape of the others may be one of busybox."""
    return printer is Printer.BUSYBOX and "\\" in rest


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


def whole(parts: Sequence[Part]) -> Parts:
    """The parts with adjacent literals of one source put together, and bytes that make up characters read as these."""
    found: list[Part] = []
    waiting: list[Text] = []
    for part in parts:
        is_next = isinstance(part, Literal) and (not waiting or waiting[0].source is part.text.source)
        if waiting and not is_next:
            found.append(Literal(_characters(joined(waiting)), True))
            waiting = []
        if isinstance(part, Literal):
            waiting.append(part.text)
        else:
            found.append(part)
    return (*found, Literal(_characters(joined(waiting)), True)) if waiting else tuple(found)


def _characters(text: Text) -> Text:
    pieces, done = [text.cut(0, 0)], 0
    for match in _BYTES.finditer(text.value):
        read = match.group().encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        if read != match.group():
            pieces += [
                text.cut(done, match.start()),
                made_up(read, text.source, text.offset(match.start())),
            ]
            done = match.end()
    return joined([*pieces, text.cut(done)]) if done else text


def printf_parts(arguments: Sequence[ReceivedWord], printer: Printer) -> Parts | None:
    r"""What `printf` prints; None for a format that is not known, or that asks for what is not."""
    if arguments and arguments[0].literal == "--":
        arguments = arguments[1:]
    elif arguments and (arguments[0].literal or "").startswith("-"):
        return None
    if not arguments or arguments[0].literal is None:
        return None
    texts = [part.text for part in arguments[0].parts if isinstance(part, Literal)]
    if not texts:
        return ()
    form, values = joined(texts), list(arguments[1:])
    parts: list[Part] = []
    for _ in range(MOST_ROUNDS):
        before = len(values)
        for found in _round(form, values, printer):
            if found is None:
                return None
            parts += found[0]
            if found[1]:
                return whole(parts)
        if not values or len(values) == before:
            return whole(parts)
    return None


def _round(form: Text, values: list[ReceivedWord], printer: Printer) -> Iterator[tuple[Parts, bool] | None]:
    """One pass over the format, which takes what its conversions need from `values`; with each piece whether it ends all
    output. None when something is not known.
    """
    done = 0
    for found in _FORMAT[printer].finditer(form.value):
        yield _plain(form, done, found.start(), printer)
        done, written = found.end(), found.group()
        if written[0] == "\\" or written == "%%":
            character = "%" if written == "%%" else _character(written[1:])
            yield (Literal(made_up(character, form.source, form.offset(found.start())), True),), False
        else:
            yield _converted(written, values.pop(0) if values else None, form, found.start(), printer)
    yield _plain(form, done, len(form.value), printer)


def _plain(form: Text, start: int, end: int, printer: Printer) -> tuple[Parts, bool] | None:
    text = form.cut(start, end)
    if "%" in text.value or _is_vague(text.value, printer):
        return None
    return ((Literal(text, True),) if text.value else ()), False


def _converted(
    written: str, value: ReceivedWord | None, form: Text, at: int, printer: Printer
) -> tuple[Parts, bool] | None:
    """One conversion of one word (None: there is none left)."""
    kind = written[-1]
    if written == "%s":
        return (value.parts if value else ()), False
    if written == "%b":
        return _read(value.parts, _ARGUMENT[printer], printer) if value else ((), False)
    text = value.literal if value else ""
    if text is None:
        return None
    shown = _number(written, text if value else "0") if kind in "diuoxX" else _field(written, text)
    origin = next((part.text for part in value.parts if isinstance(part, Literal)), form) if value else form
    offset = origin.offset(0) if origin is not form else form.offset(at)
    return None if shown is None else ((Literal(made_up(shown, origin.source, offset), True),), False)


def _size(digits: str) -> int | None:
    number = whole_number(digits or "0")
    return number if number is not None and number <= LONGEST_FIELD else None


def _taken_apart(written: str) -> tuple[str, int | None, int | None, bool]:
    """Flags, width, precision and whether there is one, of a conversion."""
    flags = written[1:-1][: len(written[1:-1]) - len(written[1:-1].lstrip("-+ 0"))]
    width, point, precision = written[1 + len(flags) : -1].partition(".")
    return flags, _size(width), _size(precision), bool(point)


def _field(written: str, text: str) -> str | None:
    """A word for `%5s`, `%-5.2s`, `%c`; bytes and characters must be the same."""
    flags, width, precision, has_precision = _taken_apart(written)
    if width is None or precision is None or set(flags) - {"-"} or not text.isascii() or written[-1] == "b":
        return None
    if written[-1] == "c":
        if not text or has_precision:
            return None
        text = text[0]
    elif has_precision:
        text = text[:precision]
    return text.ljust(width) if "-" in flags else text.rjust(width)


def _number(written: str, text: str) -> str | None:
    """A word for `%d`, `%03x` …, as C reads and prints a 64-bit integer."""
    flags, width, precision, has_precision = _taken_apart(written)
    kind = written[-1]
    if width is None or precision is None or not _NUMBER.fullmatch(text):
        return None
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    base = 16 if digits[:2] in {"0x", "0X"} else 8 if digits[0] == "0" else 10
    number = int(digits, base) * (-1 if sign == "-" else 1)
    if not -(1 << 63) <= number < 1 << 63 or (has_precision and not number and not precision):
        return None
    if kind in "di":
        mark = "-" if number < 0 else "+" if "+" in flags else " " if " " in flags else ""
    else:
        mark, number = "", number % (1 << 64)
    shown = format(abs(number), {"i": "d", "u": "d"}.get(kind, kind)).rjust(precision, "0")
    if "-" in flags:
        return f"{mark}{shown}".ljust(width)
    if "0" in flags and not has_precision:
        return mark + shown.rjust(width - len(mark), "0")
    return f"{mark}{shown}".rjust(width)

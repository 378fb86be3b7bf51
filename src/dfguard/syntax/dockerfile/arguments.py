"""The text behind keyword and flags to arguments, pairs and JSON forms, and what BuildKit refuses about them.

After moby/buildkit frontend/dockerfile/parser/line_parsers.go and instructions/parse.go @73ed6825. BuildKit takes for
JSON what `encoding/json` reads as an array of strings; any other text, even one with a small slip in it, silently is no
JSON form (`parseJSON`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import TextBuilder
from dfguard.syntax.dockerfile.document import Fault, FaultKind, Pair
from dfguard.syntax.dockerfile.lines import BLANKS, SPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.source import Text


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


class Arguments(Record):
    """`faults` are what BuildKit's parser stumbles over, before anything looks at what the arguments mean."""

    items: tuple[Text, ...] = ()
    is_json: bool = False
    pairs: tuple[Pair, ...] = ()
    faults: tuple[Fault, ...] = ()


def read(keyword: str, rest: Text, escape: str) -> Arguments:
    """The arguments of an instruction; those of ONBUILD are all of the text."""
    if not rest.value:
        return Arguments()
    return _READERS[keyword](rest, escape)


def _whole(rest: Text, _escape: str) -> Arguments:
    return Arguments((rest,))


def _separated(rest: Text, _escape: str) -> Arguments:
    at, items = 0, []
    for gap in BLANKS.finditer(rest.value):
        items.append(rest.cut(at, gap.start()))
        at = gap.end()
    return Arguments((*items, rest.cut(at)))


def _json_or_whole(rest: Text, escape: str) -> Arguments:
    return _json_or(_whole, rest, escape)


def _json_or_separated(rest: Text, escape: str) -> Arguments:
    return _json_or(_separated, rest, escape)


def _json_or(other: Callable[[Text, str], Arguments], rest: Text, escape: str) -> Arguments:
    items = strings(rest)
    if items is None:
        return other(rest, escape)
    if isinstance(items, str):
        return Arguments((rest,), faults=(Fault(FaultKind.PARSE, rest.place(), items),))
    return Arguments(items, is_json=True)


def _health(rest: Text, escape: str) -> Arguments:
    """The type word, then JSON or the whole text."""
    kind = re.match(rf"[^{SPACE}]+", rest.value)
    if kind is None:
        return Arguments()
    behind = rest.value[kind.end() :]
    tail = rest.cut(kind.end() + len(behind) - len(behind.lstrip(SPACE)))
    inner = _json_or_whole(tail, escape) if tail.value else Arguments()
    return Arguments((rest.cut(0, kind.end()), *inner.items), inner.is_json, (), inner.faults)


@cache
def _word(escape: str) -> re.Pattern[str]:
    # Not possessive: before 3.11.5 a possessive group goes on behind its last try that failed (gh-106052).
    e = re.escape(escape)
    return re.compile(
        rf"""(?:[^{SPACE}'"{e}]++|{e}.|'[^']*+'?|"[^"{e}]*(?:{e}.[^"{e}]*)*(?:"|(?P<dangling>{e})?\Z))+""",
        re.DOTALL,
    )


def _words(rest: Text, escape: str) -> tuple[Text, ...]:
    """Words with their quotes (`parseWords`); an escape character alone at the very end is dropped."""
    return tuple(
        rest.cut(found.start(), found.end() - len(found["dangling"] or ""))
        for found in _word(escape).finditer(rest.value)
    )


def _pairs(keyword: str) -> Callable[[Text, str], Arguments]:
    """The reader of ENV and LABEL: `key=value` words, or the legacy `key rest of the line`."""

    def read_pairs(rest: Text, escape: str) -> Arguments:
        words = _words(rest, escape)
        if words and "=" not in words[0].value:
            gap = BLANKS.search(rest.value)
            if gap is None:
                message = f"{keyword} needs a name and a value"
                return Arguments((rest,), faults=(Fault(FaultKind.PARSE, rest.place(), message),))
            pair = Pair(rest.cut(0, gap.start()), rest.cut(gap.end()), is_legacy=True)
            return Arguments((rest,), pairs=(pair,))
        whole = tuple(word for word in words if "=" in word.value)
        faults = tuple(_bad_words(words))
        return Arguments(words, pairs=tuple(_pair(word) for word in whole), faults=faults)

    return read_pairs


def _arg(rest: Text, escape: str) -> Arguments:
    words = _words(rest, escape)
    return Arguments(words, pairs=tuple(_pair(word) for word in words))


def _pair(word: Text) -> Pair:
    equals = word.value.find("=")
    return Pair(word, None) if equals < 0 else Pair(word.cut(0, equals), word.cut(equals + 1))


def _bad_words(words: tuple[Text, ...]) -> Iterator[Fault]:
    for word in words:
        if "=" not in word.value:
            message = f"{word.value} has no = and is neither a name nor a value"
            yield Fault(FaultKind.PARSE, word.place(), message)


_READERS: dict[str, Callable[[Text, str], Arguments]] = {
    "ADD": _json_or_separated,
    "ARG": _arg,
    "CMD": _json_or_whole,
    "COPY": _json_or_separated,
    "ENTRYPOINT": _json_or_whole,
    "ENV": _pairs("ENV"),
    "EXPOSE": _separated,
    "FROM": _separated,
    "HEALTHCHECK": _health,
    "LABEL": _pairs("LABEL"),
    "MAINTAINER": _whole,
    "ONBUILD": _whole,
    "RUN": _json_or_whole,
    "SHELL": _json_or_whole,
    "STOPSIGNAL": _whole,
    "USER": _whole,
    "VOLUME": _json_or_separated,
    "WORKDIR": _whole,
}

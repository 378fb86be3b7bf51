"""The text behind keyword and flags to arguments and pairs, and what BuildKit refuses about them.

After moby/buildkit frontend/dockerfile/parser/line_parsers.go and instructions/parse.go @73ed6825.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.dockerfile.document import Fault, FaultKind, Pair
from dfguard.syntax.dockerfile.json_form import strings
from dfguard.syntax.dockerfile.space import BLANKS, SPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.source import Text


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

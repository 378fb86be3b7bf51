"""The programs of an image to the secrets that stand in their text: tokens, and values for when a variable is not set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.syntax.python.program import Constant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Source
    from dfguard.interp.runtime.code import RunningCode
    from dfguard.knowledge.secrecy import Secrecy, Token
    from dfguard.syntax.python.program import PythonCall

_READS = frozenset({"os.getenv", "os.environ.get", "os.environ.setdefault"})
_NAME_AND_DEFAULT = 2


class Default(Record):
    """`os.getenv("S3_SECRET_KEY", "...")`: `place` is the value that stands in for the variable of that name."""

    name: str
    place: Place


def tokens_of(sources: Iterable[Source], secrecy: Secrecy) -> Iterator[tuple[Token, Place]]:
    """What has the shape of a token in the files, and where it stands."""
    for source in dict.fromkeys(sources):
        for token in secrecy.tokens(source.text):
            yield token, Place(source, Span(token.start, token.end))


def secret_defaults(code: Iterable[RunningCode], secrecy: Secrecy) -> Iterator[Default]:
    """The values of no known shape that Python falls back on where a variable with a secret's name is not set."""
    seen = set()
    for one in code:
        for call in one.program.calls:
            default = _default(call, secrecy) if call.name in _READS else None
            if default is not None:
                place = Place(one.program.source, default[1])
                if place not in seen:
                    seen.add(place)
                    yield Default(default[0], place)


def _default(call: PythonCall, secrecy: Secrecy) -> tuple[str, Span] | None:
    if len(call.arguments) != _NAME_AND_DEFAULT:
        return None
    name, value = call.arguments
    if not (isinstance(name.value, Constant) and isinstance(value.value, Constant)):
        return None
    variable, text = name.value.value, value.value.value
    if not (isinstance(variable, str) and isinstance(text, str) and secrecy.is_secret_name(variable)):
        return None
    if not secrecy.is_random(text) or not secrecy.is_secret_value(variable, text):
        return None
    return None if any(secrecy.tokens(text)) else (variable, value.span)

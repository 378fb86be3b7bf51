"""An outline to the permission bits that it asks for: chmod, install -m, mkdir -m, COPY --chmod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem.modes import ModeChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.text.outline import Outline
    from dfguard.core.source import Place
    from dfguard.syntax.shell.calls import Call

_WITH_MODE = ("install", "mkdir")


class ModeWord(Record):
    """A mode as written, the bits it sets whatever was there before, and what it is for (words of the command)."""

    place: Place
    bits: int
    targets: tuple[str, ...]


def mode_words(outline: Outline) -> Iterator[ModeWord]:
    """Every mode that is written down, commands first."""
    for _, call in outline.calls("chmod"):
        operands = call.operands()
        if operands and not any(word.startswith("--reference") for word in call.arguments):
            yield from _read(operands[0], tuple(word for word, _ in operands[1:]))
    for _, call in outline.calls(*_WITH_MODE):
        for word in _after_option(call):
            yield from _read(word, tuple(text for text, _ in call.operands(frozenset(["-m", "--mode"]))))
    for site in outline.of("COPY", "ADD"):
        flag = site.instruction.flag("chmod")
        if flag and flag.value:
            yield from _read((flag.value.value, flag.value.place()), ())


def _after_option(call: Call) -> Iterator[tuple[str, Place]]:
    for word, place in zip(call.arguments, call.places[1:], strict=True):
        if word.startswith(("--mode=", "-m=")):
            yield word.partition("=")[2], place
    pairs = zip(call.arguments, call.arguments[1:], call.places[2:], strict=False)
    yield from ((word, place) for before, word, place in pairs if before in {"-m", "--mode"})


def _read(word: tuple[str, Place], targets: tuple[str, ...]) -> Iterator[ModeWord]:
    bits = ModeChange(word[0]).applied(0, is_directory=False)
    if bits is not None:
        yield ModeWord(word[1], bits, targets)

"""A command's arguments to its options and operands, after GNU getopt's rules: permuted, clustered, `--` ends them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.values import known, prefix_of, rest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.interp.shell.expansion.words import Field


class Parsed(Record):
    """Options in order, by their first spelling; `operands` is everything else. `unknown` are options not in the
    specification, as written.
    """

    options: tuple[tuple[str, Field | None], ...]
    operands: tuple[Field, ...]
    unknown: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether the option is given."""
        return any(option == name for option, _ in self.options)

    def value(self, name: str) -> Field | None:
        """The value of the last option of that name."""
        return next((value for option, value in reversed(self.options) if option == name), None)

    def values(self, name: str) -> tuple[Field, ...]:
        """The values of all options of that name."""
        return tuple(value for option, value in self.options if option == name and value is not None)

    def text(self, name: str) -> str | None:
        """The value as text; None when the option is missing or its value not known."""
        field = self.value(name)
        return known(field.value) if field is not None else None


@lru_cache(maxsize=256)
def _specification(text: str) -> dict[str, tuple[str, bool]]:
    """Spelling to (first spelling, takes a value): `p,parents m=,mode=`."""
    spellings: dict[str, tuple[str, bool]] = {}
    for option in text.split():
        names = option.split(",")
        first = names[0].rstrip("=")
        for name in names:
            spellings[name.rstrip("=")] = (first, name.endswith("="))
    return spellings


def parse(arguments: Sequence[Field], specification: str, *, permutes: bool = True) -> Parsed:
    """Take the arguments apart. The specification lists options by blanks, spellings of one by commas, `=` after each
    spelling that takes a value: `p,parents m=,mode=`. Without `permutes` the first operand ends the options.
    """
    spellings = _specification(specification)
    options: list[tuple[str, Field | None]] = []
    operands: list[Field] = []
    unknown: list[str] = []
    waiting = list(reversed(arguments))
    while waiting:
        field = waiting.pop()
        start = prefix_of(field.value)
        if start == "--" and known(field.value) == "--":
            operands += reversed(waiting)
            break
        if not start.startswith("-") or start == "-":
            operands.append(field)
            if not permutes:
                operands += reversed(waiting)
                break
        elif start.startswith("--"):
            _long(field, start, spellings, waiting, options, unknown)
        else:
            _short(field, start, spellings, waiting, options, unknown)
    return Parsed(tuple(options), tuple(operands), tuple(unknown))


def _long(
    field: Field,
    start: str,
    spellings: dict[str, tuple[str, bool]],
    waiting: list[Field],
    options: list[tuple[str, Field | None]],
    unknown: list[str],
) -> None:
    name, equals, _ = start[2:].partition("=")
    first, takes = spellings.get(name, (name, False))
    if name not in spellings:
        unknown.append(start)
    if equals:
        options.append((first, cut(field, len(name) + 3)))
    elif takes and waiting:
        options.append((first, waiting.pop()))
    else:
        options.append((first, None))


def _short(
    field: Field,
    start: str,
    spellings: dict[str, tuple[str, bool]],
    waiting: list[Field],
    options: list[tuple[str, Field | None]],
    unknown: list[str],
) -> None:
    whole = start[1:]
    for at, letter in enumerate(whole, 1):
        first, takes = spellings.get(letter, (letter, False))
        if letter not in spellings:
            unknown.append(f"-{letter}")
        if not takes:
            options.append((first, None))
        elif at < len(whole) or known(field.value) is None:
            options.append((first, cut(field, at + 1)))
            return
        else:
            options.append((first, waiting.pop() if waiting else None))


def cut(field: Field, start: int) -> Field:
    """The field without its first characters, which are known."""
    if known(field.value) is None:
        return replace(field, value=rest_of(field.value, start), text=None, pattern=None)
    shown = field.text.cut(start) if field.text is not None else None
    pattern = field.pattern[start:] if field.pattern is not None else None
    return replace(field, value=rest_of(field.value, start), text=shown, pattern=pattern)

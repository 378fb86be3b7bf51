"""Code that Python refused to the compound statement that was joined to another statement on one line, if that is why.

A header (`try:`, `for x in y:`) must begin a logical line. Where a `;`, another header or lost line feed stands
before it, no version of Python takes the code. Only called on refused code: `for x in y: a(); b()` is legal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.python.statements import items

if TYPE_CHECKING:
    from dfguard.syntax.python.statements import Item


class Flattened(Record):
    """The first header that cannot stand where it stands: half-open index range, and what is wrong with its place."""

    start: int
    end: int
    message: str


def flattened(code: str) -> Flattened | None:
    """The first header of the code that follows a `;`, another header or a statement on one logical line."""
    previous: Item | None = None
    for item in items(code):
        if item.is_header and item.before and previous is not None:
            return Flattened(item.start, item.end, _message(code, item, previous))
        previous = item
    return None


def _message(code: str, item: Item, previous: Item) -> str:
    header = _shown(code, item)
    match item.before:
        case ";":
            return f"`{header}` cannot follow `;` on one line"
        case ":":
            return f"`{header}` cannot follow `{_shown(code, previous)}` on one line"
        case _:
            return f"`{header}` needs a line of its own"


def _shown(code: str, item: Item) -> str:
    text = " ".join(code[item.start : item.end].split())
    return text if len(text) <= 40 else f"{text[:36]} ...:"

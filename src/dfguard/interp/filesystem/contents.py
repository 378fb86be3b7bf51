"""The texts of files and outputs put together, each character with its origin, and no longer than is worth keeping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.texts import joined

if TYPE_CHECKING:
    from dfguard.core.source import Text

LONGEST_TEXT = 1 << 18


def size_of(text: Text | None) -> int | None:
    """The bytes of a text."""
    return None if text is None else len(text.value.encode("utf-8", "surrogateescape"))


def appended(before: Text | None, after: Text | None) -> Text | None:
    """One text behind the other, each character with its origin where both stand in one source."""
    if before is None or after is None or len(before.value) + len(after.value) > LONGEST_TEXT:
        return None
    if not before.value or not after.value:
        return after if not before.value else before
    if before.source is after.source:
        return joined([before, after])
    return replace(before, value=before.value + after.value)

"""The texts of files and outputs put together, each character with its origin, and no longer than is worth keeping."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.texts import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.core.source import Text

LONGEST_TEXT = 1 << 18


def size_of(text: Text | None) -> int | None:
    """The bytes of a text."""
    return None if text is None else len(text.value.encode("utf-8", "surrogateescape"))


def together(texts: Sequence[Text | None]) -> Text | None:
    """All texts, one behind the other, as `appended` puts two together; of none None. Takes linear time."""
    parts = [text for text in texts if text is not None]
    if len(parts) < len(texts) or not parts or sum(len(part.value) for part in parts) > LONGEST_TEXT:
        return None
    filled = [part for part in parts if part.value]
    if not filled:
        return parts[-1]
    if all(part.source is filled[0].source for part in filled):
        return joined(filled)
    return reduce(lambda before, after: appended(before, after) or before, filled)


def appended(before: Text | None, after: Text | None) -> Text | None:
    """One text behind the other, each character with its origin where both stand in one source."""
    if before is None or after is None or len(before.value) + len(after.value) > LONGEST_TEXT:
        return None
    if not before.value or not after.value:
        return after if not before.value else before
    if before.source is after.source:
        return joined([before, after])
    return replace(before, value=before.value + after.value)

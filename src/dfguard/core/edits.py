"""Edits to text: all of a fix or none, applied from the end, never overlapping."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.findings import Edit, Fix
    from dfguard.core.source import Source


def overlap(left: Edit, right: Edit) -> bool:
    """Whether the two edits touch the same characters of the same source, or insert at the same offset."""
    if left.place.source is not right.place.source:
        return False
    a, b = left.place.span, right.place.span
    return a.touches(b) or a.start == b.start


def apply_edits(source: Source, edits: Iterable[Edit]) -> str:
    """The text with the edits of this source applied; edits of other sources are left out.

    Raises ValueError when two edits overlap: nothing is applied then.
    """
    own = sorted(
        (e for e in edits if e.place.source is source), key=lambda e: (e.place.span.start, e.place.span.end)
    )
    for left, right in pairwise(own):
        if overlap(left, right):
            raise ValueError(f"overlapping edits in {source.path} at offset {right.place.span.start}")
    text = source.text
    for edit in reversed(own):
        text = text[: edit.place.span.start] + edit.text + text[edit.place.span.end :]
    return text


def compatible(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """The fixes that can be applied together: in the given order, each that overlaps an earlier one left out."""
    taken: list[Fix] = []
    for fix in fixes:
        edits = [e for other in taken for e in other.edits]
        if not any(overlap(a, b) for a in fix.edits for b in edits):
            taken.append(fix)
    return tuple(taken)

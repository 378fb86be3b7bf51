"""A misspelt name and the known ones to the one that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_EDITS = 2


def nearest(name: str, options: Iterable[str]) -> str:
    """The option at the smallest edit distance of at most two; empty when there is none or when the name itself is
    among them. Of several the first, one with the same first letter before the others. BuildKit's suggestions use
    the same distance (moby/buildkit util/suggest@73ed6825).
    """
    best, least = "", (MOST_EDITS, True)
    for option in options:
        if option == name:
            return ""
        if abs(len(option) - len(name)) > least[0]:
            continue
        rank = (_distance(name, option), option[:1] != name[:1])
        if rank < least or (not best and rank == least):
            best, least = option, rank
    return best


def _distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return row[-1]

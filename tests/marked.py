"""Source text with «guillemets» to plain text and the half-open index ranges they enclosed."""

from __future__ import annotations


def unmark(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text without guillemets, and the ranges in the order of their beginnings."""
    clean: list[str] = []
    opened: list[int] = []
    ranges: list[tuple[int, int]] = []
    for character in text:
        if character == "«":
            opened.append(len(clean))
        elif character == "»":
            ranges.append((opened.pop(), len(clean)))
        else:
            clean.append(character)
    return "".join(clean), tuple(sorted(ranges))

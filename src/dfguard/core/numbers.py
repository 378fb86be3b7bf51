"""Digits in a text to a number: ASCII ones only, and no more of them than any program takes."""

from __future__ import annotations

MOST_DIGITS = 18
"""What fits into the 64 bits that programs count with."""


def is_number(text: str) -> bool:
    """Whether the text is digits alone. Other scripts' digits and superscripts, which Python takes for digits, are none."""
    return text.isascii() and text.isdigit()


def whole_number(text: str, base: int = 10) -> int | None:
    """The number that the digits write; None for anything else: a sign, no digit, one that the base does not have, too many.

    `base` is 8 or 10.
    """
    if not is_number(text) or len(text) > MOST_DIGITS or (base == 8 and set(text) & {"8", "9"}):
        return None
    return int(text, base)


def is_index(text: str, count: int) -> bool:
    """Whether the digits write a number below `count`."""
    number = whole_number(text)
    return number is not None and number < count

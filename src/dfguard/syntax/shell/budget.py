"""A bound on the work one script may cost, whatever it holds."""

from __future__ import annotations

MOST_WORK = 30_000


class Work:
    """What is left of the work for one script and everything nested in it.

    A unit is a token, a part of a word, or a character of a word whose braces are expanded: some ten
    microseconds. A file of a thousand lines needs about ten thousand. What is met when nothing is left is
    read as something unknown.
    """

    __slots__ = ("left",)

    def __init__(self, left: int = MOST_WORK) -> None:
        """All of it is left."""
        self.left = left

    def take(self, units: int) -> bool:
        """Use some; whether there was any left."""
        self.left -= units
        return self.left > 0

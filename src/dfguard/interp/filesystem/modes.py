"""The mode operand of chmod (`755`, `u+x,go-w`, `a+rX`) to a function from permission bits to permission bits.

Source: POSIX.1-2024 XCU chmod; a clause without who obeys the umask, which is 022 in every build container.
"""

from __future__ import annotations

import re
from functools import cache

from dfguard.core.record import Record

UMASK = 0o022
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}


@cache
def _clause() -> re.Pattern[str]:
    return re.compile(r"([ugoa]*)([-+=])([rwxXst]*|[ugo])(?=[-+=,]|$)")


class ModeChange(Record):
    """One mode operand. `is_understood` is False for text that is none: the mode is then not known afterwards."""

    text: str

    @property
    def octal(self) -> int | None:
        """The bits of a numeric mode, None for a symbolic one."""
        digits = self.text.lstrip("=")
        return (
            int(digits, 8) if digits and len(digits) <= 5 and all(c in "01234567" for c in digits) else None
        )

    @property
    def is_understood(self) -> bool:
        """Whether the text is a mode at all."""
        return self.octal is not None or self._parts() is not None

    def applied(self, mode: int | None, *, is_directory: bool) -> int | None:
        """The mode afterwards; None when it depends on a mode that is not known."""
        if self.octal is not None:
            return self.octal
        parts = self._parts()
        if parts is None or mode is None:
            return None
        for who, operator, what in parts:
            mode = _applied(mode, who, operator, what, is_directory=is_directory)
        return mode

    def _parts(self) -> list[tuple[str, str, str]] | None:
        parts: list[tuple[str, str, str]] = []
        for clause in self.text.split(","):
            at, who = 0, ""
            while at < len(clause):
                found = _clause().match(clause, at)
                if found is None:
                    return None
                who = found[1] or who
                parts.append((who, found[2], found[3]))
                at = found.end()
            if not clause:
                return None
        return parts


def _applied(mode: int, who: str, operator: str, what: str, *, is_directory: bool) -> int:
    mask = 0
    for letter in who or "a":
        mask |= _WHO[letter]
    if what in ("u", "g", "o"):
        shift = {"u": 6, "g": 3, "o": 0}[what]
        bits = (mode >> shift & 7) * 0o111
    else:
        bits = sum(_BITS[letter] for letter in set(what) if letter in _BITS)
        if "X" in what and (is_directory or mode & 0o111):
            bits |= 0o111
    bits &= mask
    if not who:
        bits &= ~UMASK
    if operator == "+":
        return mode | bits
    if operator == "-":
        return mode & ~bits
    kept = mode & ~mask | (mode & 0o6000 if is_directory and "s" not in what else 0)
    return kept | bits

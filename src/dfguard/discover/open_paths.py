"""Paths of which a part is not known, or will only be known later."""

from __future__ import annotations

import posixpath
import re
from functools import cache

UNKNOWN = "\ufdd0"
"""Stands in a path for a part that is not known (a code point that no text holds)."""


def stand_in(number: int, length: int) -> str:
    """Characters that stand in a text for something of that length, of which its reader knows the value."""
    return chr(_FIRST_STAND_IN + number % _STAND_INS) * length


def filled(path: str, values: list[str]) -> str:
    """A path with the value of each stand-in put in."""
    return _stand_ins().sub(lambda found: values[ord(found[1]) - _FIRST_STAND_IN], path)


_FIRST_STAND_IN, _STAND_INS = 0xE000, 0x1900


@cache
def _stand_ins() -> re.Pattern[str]:
    return re.compile("([\ue000-\uf8ff])\\1*")


def is_open(path: str) -> bool:
    """Whether some of a path is not known, or not yet."""
    return UNKNOWN in path or _stand_ins().search(path) is not None


def joined(directory: str, path: str) -> str:
    """A path from a directory; what is absolute lies nowhere that we know."""
    return UNKNOWN + path if path.startswith(("/", "~")) else posixpath.join(directory, path)

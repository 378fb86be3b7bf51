"""A text to the same text without the secrets in it, for whatever is printed: messages and lines of sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.knowledge.secrecy import Secrecy

MASK = "*"
_VISIBLE = 2
_ADDRESS = re.compile(r"://[^\s/:@\"']*:([^\s/@\"'$]+)@")
_VALUE = r"(\"[^\"]*\"|'[^']*'|[^\s;&|\"']+)"
_ASSIGNED = re.compile(rf"\b([A-Za-z_][A-Za-z0-9_]*)={_VALUE}")
# As programs write it: `KEY = "..."`, `os.environ["KEY"] = "..."`, `{"KEY": "..."}`, `os.getenv("KEY", "...")`.
_IN_CODE = re.compile(r"\b([A-Za-z_][A-Za-z0-9_]*)[\"']?\]?\s*[=:,]\s*(\"[^\"]*\"|'[^']*')")
_LEGACY = re.compile(rf"^\s*ENV\s+([A-Za-z_][A-Za-z0-9_]*)\s+{_VALUE}", re.IGNORECASE)


def shielded(text: str, secrecy: Secrecy) -> str:
    """The text with tokens cut to their prefix and two characters, and without the passwords in addresses; its length
    stays the same.
    """
    for token in secrecy.tokens(text):
        text = _masked(text, token.start + len(token.shape.prefix) + _VISIBLE, token.end)
    return _without(text, ((m.start(1), m.end(1)) for m in _ADDRESS.finditer(text)) if "://" in text else ())


def shielded_line(line: str, secrecy: Secrecy) -> str:
    """A line of a source as `shielded` gives it, without the values that secret names are given in it, too."""
    found = (*_ASSIGNED.finditer(line), *_LEGACY.finditer(line), *_IN_CODE.finditer(line))
    values = ((m.start(2), m.end(2)) for m in found if _is_given_away(m.group(1), m.group(2), secrecy))
    return shielded(_without(line, values), secrecy)


def _is_given_away(name: str, value: str, secrecy: Secrecy) -> bool:
    return "$" not in value and secrecy.is_secret_name(name) and secrecy.is_secret_value(name, value)


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = _masked(text, start, end)
    return text


def _masked(text: str, start: int, end: int) -> str:
    return text[:start] + MASK * (end - start) + text[end:]

"""Texts of files to HTML that shows them as they are: escaped, and nothing invisible left in them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dfguard.reports.report import printable

if TYPE_CHECKING:
    from dfguard.inspection.terms import Mark, Verdict


def shown(text: str) -> str:
    """The text for an element or a quoted attribute; control and bidirectional characters are written out."""
    return escape(printable(text.expandtabs(4)), quote=True)


def element(name: str, text: str, kind: str = "") -> str:
    """An element around a text that is still to be escaped."""
    attribute = f' class="{kind}"' if kind else ""
    return f"<{name}{attribute}>{shown(text)}</{name}>"


def code(text: str) -> str:
    """The text as code."""
    return element("code", text)


def mark(value: Mark | Verdict) -> str:
    """The chip of a mark or verdict."""
    return f'<span class="mark {value.value}">{value.value}</span>'


def places(texts: list[str]) -> str:
    """A quiet list of remarks; nothing for none."""
    items = "".join(element("li", text) for text in texts if text)
    return f'<ul class="places">{items}</ul>' if items else ""

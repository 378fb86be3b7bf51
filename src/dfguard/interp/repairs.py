"""Broken Python in a Dockerfile to the fix that repairs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfguard.core.findings import Fix
    from dfguard.syntax.program import Snippet


def unflattened(snippet: Snippet) -> Fix | None:
    """The snippet rewritten as a heredoc with one statement per line; None when no rewrite parses."""
    return None


def dedented(snippet: Snippet) -> Fix | None:
    """The snippet without the white space that all its lines share; None when that cannot be cut out of the text."""
    from dfguard.core.findings import Edit, Fix
    from dfguard.syntax.python import check

    code = snippet.code
    margin = _margin(code.value)
    if not margin:
        return None
    edits = []
    at = 0
    for line in code.value.splitlines(keepends=True):
        if line.startswith(margin):
            place = code.place(at, at + len(margin))
            if place.text != margin:
                return None
            edits.append(Edit(place, ""))
        at += len(line)
    kept = "".join(line.removeprefix(margin) for line in code.value.splitlines(keepends=True))
    if not edits or check(kept) is not None:
        return None
    return Fix("begin the code at the margin", tuple(edits), is_safe=True)


def _margin(code: str) -> str:
    from dfguard.syntax.python_faults import common_margin

    return common_margin(code)

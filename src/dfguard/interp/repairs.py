"""Broken Python in a Dockerfile to the fix that repairs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfguard.core.findings import Fix
    from dfguard.syntax.program import Snippet


def unflattened(snippet: Snippet) -> Fix | None:
    """The snippet rewritten as a heredoc with one statement per line; None when no rewrite parses."""
    return None

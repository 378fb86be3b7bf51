"""A script to its first pipe that may hide a failure."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.source import Place, Span
from dfguard.syntax.shell.calls import nodes
from dfguard.syntax.shell.nodes import Command, Pipeline

if TYPE_CHECKING:
    from dfguard.core.source import Source
    from dfguard.syntax.shell.nodes import Script

_WRITERS = frozenset(["echo", "printf", "yes", "true", ":"])
_FILTERS = frozenset(["awk", "cut", "head", "rev", "sed", "sort", "tail", "tr", "uniq", "wc"])


def first_pipe(script: Script) -> Place | None:
    """Where the first `|` stands behind something that can fail, in substitutions, too; None when there is none."""
    for node in nodes(script.body):
        if isinstance(node, Pipeline) and not _cannot_fail(node):
            return _operator(node, script.source)
    return None


def _cannot_fail(node: Pipeline) -> bool:
    """Whether what stands before the last `|` only writes words, and filters them. With pipefail `yes` would even fail as
    soon as it is no longer read.
    """
    first, *between = (
        posixpath.basename(part.words[0].literal or "") if isinstance(part, Command) and part.words else ""
        for part in node.parts[:-1]
    )
    return first in _WRITERS and _FILTERS.issuperset(between)


def _operator(node: Pipeline, source: Source) -> Place | None:
    """The operator between the first two parts, as far as it can be told from the text between them."""
    start = source.text.find("|", node.parts[0].span.end, node.parts[1].span.start)
    return Place(source, Span(start, start + 1) if start >= 0 else node.span)

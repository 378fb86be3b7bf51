"""The tree of a stage as lines of text with their marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.inspection.terms import Mark
from dfguard.reports.inspection_tree import nested, size_text
from dfguard.reports.report import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.inspection.records import FileRow, StageView
    from dfguard.reports.inspection_tree import Node
    from dfguard.reports.inspection_words import Words
    from dfguard.reports.text import Piece

MOST_LINES = 400
MARGIN = "    "
WIDEST_GUIDE = 160
"""Guides of paths that are deeper lose their left end, so that a line stays readable."""
MARKS = {
    Mark.BAKED: "green",
    Mark.HIDDEN: "bold yellow",
    Mark.UNREADABLE: "bold red",
    Mark.DISCARDED: "yellow",
    Mark.REMOVED: "dim",
    Mark.LEFT: "dim",
    Mark.MAYBE: "cyan",
    Mark.UNKNOWN: "cyan",
}


def tree(stage: StageView, words: Words) -> Iterator[Piece]:
    """The lines of a stage's tree, at most MOST_LINES, and how many rows are left out."""
    nodes = [item for top in nested(stage.files) for item in _drawn(top)]
    for node, lead, above in nodes[:MOST_LINES]:
        yield from _line(node, lead, above, words)
    rest = stage.files_cut + sum(node.row is not None for node, _, _ in nodes[MOST_LINES:])
    if rest:
        yield "dim", f"{MARGIN}… {rest} more\n"


def _drawn(top: Node) -> Iterator[tuple[Node, str, FileRow | None]]:
    """The node and all below it with their guides and the row above each, without recursion: paths may be deeper than
    Python's stack.
    """
    waiting: list[tuple[Node, str, str, FileRow | None]] = [(top, "", "", None)]
    while waiting:
        node, lead, below, above = waiting.pop()
        yield node, lead, above
        inside = []
        for child in node.children:
            is_last = child is node.children[-1]
            guide, gap = ("└── ", "    ") if is_last else ("├── ", "│   ")
            inside.append((child, below + guide, (below + gap)[-WIDEST_GUIDE:], node.row or above))
        waiting += reversed(inside)


def _line(node: Node, lead: str, above: FileRow | None, words: Words) -> Iterator[Piece]:
    row = node.row
    yield "dim", MARGIN + lead
    if row is None:
        yield "dim", f"{printable(node.name)}/\n"
        return
    is_folder = bool(node.children) or row.kind == "directory"
    slash = "/" if is_folder and node.name != "/" else ""
    target = f" -> {row.target}" if row.target else ""
    yield "", printable(f"{node.name}{slash}{target}")
    if row.size is not None:
        yield "dim", f"  {size_text(row.size)}"
    yield MARKS[row.mark], f"  {row.mark.value}"
    is_said = above is not None and (above.mark, above.why) == (row.mark, row.why)
    yield "", f": {printable(row.why)}" if row.why and not is_said else ""
    writers = words.writers(row)
    yield "dim", f"  ({printable(writers)})\n" if writers else "\n"

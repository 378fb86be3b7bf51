"""The tree of a stage as nested lists, the platform's mounts laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.inspection.terms import Mark
from dfguard.reports.inspection_page.markup import mark, shown
from dfguard.reports.inspection_tree import nested, size_text

if TYPE_CHECKING:
    from dfguard.inspection.records import FileRow, MountView, StageView
    from dfguard.reports.inspection_tree import Node
    from dfguard.reports.inspection_words import Words

MOST_ROWS = 500
DEEPEST = 60


class _Drawing:
    """One tree being drawn: how many rows may still be shown, and the mounts by path."""

    def __init__(self, words: Words, mounts: tuple[MountView, ...]) -> None:
        self.words = words
        self.mounts = {mount.path: mount for mount in mounts if mount.hides}
        self.left = MOST_ROWS
        self.cut = 0


class _Above(Record):
    """The mark and reason that the row above already told."""

    mark: Mark | None = None
    why: str = ""


def file_tree(stage: StageView, words: Words, mounts: tuple[MountView, ...] = ()) -> str:
    """The tree of a stage; a mount that hides something is drawn around what it hides."""
    drawing = _Drawing(words, mounts)
    items = "".join(_node(node, drawing, _Above(), 0) for node in nested(stage.files))
    cut = drawing.cut + stage.files_cut
    rest = f'<p class="quiet small">{cut} more paths are not shown</p>' if cut else ""
    if not items:
        return '<p class="quiet">The build writes nothing here that is known.</p>'
    return f'<ul class="tree">{items}</ul>{rest}'


def _node(node: Node, drawing: _Drawing, above: _Above, depth: int) -> str:
    if drawing.left <= 0 or depth > DEEPEST:
        drawing.cut += _rows(node)
        return ""
    row = node.row
    drawing.left -= row is not None
    mount = drawing.mounts.get(node.path)
    if row is not None and mount is not None:
        above = _Above(row.mark, row.why)
    leaf = (
        _leaf(node, row, drawing.words, above)
        if row
        else f'<div class="leaf through">{shown(node.name)}/</div>'
    )
    below = _Above(row.mark, row.why) if row else above
    inner = "".join(_node(child, drawing, below, depth + 1) for child in node.children)
    content = leaf + (f"<ul>{inner}</ul>" if inner else "")
    if mount is not None:
        said = f"{mark(Mark.HIDDEN)} {shown(_mount_text(mount))}"
        content = f'<div class="overlay"><p class="mount">{said}</p>{content}</div>'
    kind = ' class="gone"' if row is not None and row.mark in {Mark.REMOVED, Mark.DISCARDED} else ""
    return f"<li{kind}>{content}</li>"


def _rows(top: Node) -> int:
    """How many rows a node stands for, itself included."""
    count, waiting = 0, [top]
    while waiting:
        node = waiting.pop()
        count += node.row is not None
        waiting += node.children
    return count


def _mount_text(mount: MountView) -> str:
    return f"{mount.title} on {mount.path}, {mount.when}: it {mount.effect}"


def _leaf(node: Node, row: FileRow, words: Words, above: _Above) -> str:
    is_folder = bool(node.children) or row.kind == "directory"
    slash = "/" if is_folder and node.name != "/" else ""
    target = f" → {row.target}" if row.target else ""
    size = f'<span class="size">{size_text(row.size)}</span>' if row.size is not None else ""
    is_said = (above.mark, above.why) == (row.mark, row.why)
    chip = "" if is_said else mark(row.mark)
    why = f'<span class="why">{shown(row.why)}</span>' if row.why and not is_said else ""
    writers = words.writers(row)
    by = f'<span class="by">{shown(writers)}</span>' if writers else ""
    name = f'<span class="name">{shown(node.name + slash + target)}</span>'
    return f'<div class="leaf">{name}{size}{chip}{by}{why}</div>'

"""The rows of a stage to a nested tree, for every renderer that draws one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.inspection.records import FileRow

UNITS = ("B", "kB", "MB", "GB", "TB")


class Node(Record):
    """One line of a tree. `name` may be several segments when those between lead to one row only; `row` is None for a
    directory that the build did not make but wrote into.
    """

    name: str
    path: str
    row: FileRow | None
    children: tuple[Node, ...]


class _Open:
    __slots__ = ("children", "row")

    def __init__(self) -> None:
        self.row: FileRow | None = None
        self.children: dict[str, _Open] = {}


def nested(rows: Iterable[FileRow]) -> tuple[Node, ...]:
    """The top nodes of the tree, their names with the leading slash; each row is in it exactly once."""
    root = _Open()
    for row in rows:
        at = root
        for name in row.path.strip("/").split("/") if row.path != "/" else ():
            at = at.children.setdefault(name, _Open())
        at.row = row
    top = _closed(root)
    if root.row is not None:
        return (Node("/", "/", root.row, top),)
    return tuple(Node(f"/{node.name}", node.path, node.row, node.children) for node in top)


def _closed(top: _Open) -> tuple[Node, ...]:
    """The children of the root, made from the bottom upwards: paths may be deeper than Python's stack."""
    order: list[tuple[_Open, str, str]] = [(top, "", "")]
    for at, _, here in order:
        order += [(child, name, f"{here}/{name}") for name, child in at.children.items()]
    made: dict[int, Node] = {}
    for at, name, here in reversed(order):
        inside = tuple(made[id(child)] for child in at.children.values())
        made[id(at)] = _joined(Node(name, here, at.row, inside))
    return tuple(made[id(child)] for child in top.children.values())


def _joined(node: Node) -> Node:
    """The node, together with its only child when the build only passed through it."""
    if node.row is not None or len(node.children) != 1:
        return node
    child = node.children[0]
    return Node(f"{node.name}/{child.name}", child.path, child.row, child.children)


def size_text(size: int | None) -> str:
    """Bytes for people: `462 B`, `1.4 GB`; empty when not known."""
    if size is None:
        return ""
    amount, unit = float(size), 0
    while amount >= 1000 and unit + 1 < len(UNITS):
        amount, unit = amount / 1000, unit + 1
    shown = f"{amount:.1f}" if unit and amount < 10 else f"{amount:.0f}"
    return f"{shown.removesuffix('.0')} {UNITS[unit]}"

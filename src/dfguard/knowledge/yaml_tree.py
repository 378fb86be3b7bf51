"""YAML text to a tree of plain nodes that know where they stand; for files that are read, not packs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

_DEEPEST = 64
_DEEP_INDENT = rf"(?m)^[ ?:-]{{{_DEEPEST},}}"
_MOST_NODES = 50_000


class Scalar(Record):
    """A scalar; `place` is its text as written, quotes included."""

    value: str
    place: Place


class Branch(Record):
    """A mapping (`keys` as strings) or a sequence (`keys` are indexes as strings), items in order."""

    items: tuple[tuple[str, Scalar | Branch], ...]
    place: Place
    is_sequence: bool = False

    def get(self, *path: str) -> Scalar | Branch | None:
        """The node below the keys, None when one of them is missing."""
        node: Scalar | Branch | None = self
        for key in path:
            node = dict(node.items).get(key) if isinstance(node, Branch) else None
        return node

    def scalar(self, *path: str) -> Scalar | None:
        """The scalar below the keys, None when it is missing or no scalar."""
        node = self.get(*path)
        return node if isinstance(node, Scalar) else None

    def branches(self) -> Iterator[tuple[str, Branch]]:
        """The items that are mappings or sequences."""
        return ((key, item) for key, item in self.items if isinstance(item, Branch))


def parse_tree(source: Source) -> Branch | None:
    """The tree of the first document; None when the text is no YAML mapping or sequence, or absurdly large or deep."""
    import yaml

    loader = getattr(
        yaml, "CBaseLoader", yaml.BaseLoader
    )  # all scalars are text: their types are not asked for
    if is_too_deep(source.text):
        return None
    try:
        node = yaml.compose(source.text, Loader=loader)
    except (yaml.YAMLError, RecursionError, UnicodeError, ValueError):
        return None
    budget = [_MOST_NODES]
    tree = _tree(node, source, 0, budget) if node is not None else None
    return tree if isinstance(tree, Branch) and budget[0] > 0 else None


def is_too_deep(text: str) -> bool:
    """Whether YAML nests deeper than any file that means something. The reader in C recurses without a limit, and ends the
    process; its events come one by one.
    """
    if text.count("[") + text.count("{") <= _DEEPEST and not re.search(_DEEP_INDENT, text):
        return False
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                return True
    except (yaml.YAMLError, UnicodeError, ValueError):
        return False
    return False


def _tree(node: yaml.Node, source: Source, depth: int, budget: list[int]) -> Scalar | Branch | None:
    import yaml

    budget[0] -= 1
    if depth > _DEEPEST or budget[0] <= 0:
        return None
    place = Place(source, Span(_offset(source, node.start_mark), _offset(source, node.end_mark)))
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, place)
    pairs: list[tuple[str, yaml.Node]]
    if isinstance(node, yaml.MappingNode):
        pairs = [(str(key.value), value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
    else:
        pairs = [(str(number), value) for number, value in enumerate(node.value)]
    made = [(key, _tree(value, source, depth + 1, budget)) for key, value in pairs]
    items = tuple((key, item) for key, item in made if item is not None)
    return Branch(items, place, isinstance(node, yaml.SequenceNode))


def _offset(source: Source, mark: yaml.Mark) -> int:
    starts = source.line_starts
    return min(starts[min(mark.line, len(starts) - 1)] + mark.column, len(source.text))

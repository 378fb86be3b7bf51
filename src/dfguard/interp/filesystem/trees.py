"""Whole directories of a `FileSystem`: copied, walked, matched against patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.patterns import matches_name
from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, absent, softened
from dfguard.interp.reasons import NOTHING, Cause, because

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.ignorefile import IgnoreRules
    from dfguard.interp.filesystem.events import Layer, Tree
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.filesystem.snapshot import View
    from dfguard.interp.reasons import Why

DEEPEST_TREE = 16
MOST_LISTED = 64
MOST_FLATTENED = 2000
MOST_MATCHES = 4096
_UNLISTED = ("\0", ".\0")


class FileTree:
    """A directory of an image as a `Tree`, as it was when the tree was made."""

    def __init__(self, view: View, root: str, excluded: IgnoreRules | None = None) -> None:
        """Take the view and the real path of the directory."""
        self.depth = view.tree_depth(root) + 1
        self.may_grow = view.may_grow(root)
        self._view = view
        self._root = root
        self._excluded = excluded
        self._known: dict[str, Entry] = {}
        self._names: dict[str, set[str]] = {}

    def look(self, relative: str) -> Entry:
        """The entry as it was; remembered, so that copies of copies stay cheap."""
        found = self._known.get(relative)
        if found is None:
            is_out = self._excluded is not None and self._excluded.decider(relative) is not None
            found = absent(relative) if is_out else self._view.raw(paths.below(self._root, relative))
            self._known[relative] = found
        return found

    def names(self, relative: str) -> set[str]:
        """The names that some step spoke of in a directory of the tree."""
        if relative not in self._names:
            self._names[relative] = self._view.names(paths.below(self._root, relative))
        return self._names[relative]


def copy_tree(files: FileSystem, path: str, layer: Layer) -> FileSystem:
    """The content of the layer's tree copied into the directory at `path`, which is there.

    A small tree that is completely known is copied entry by entry, a large one as one mark; so is, after its entries, what may
    come into a small one. What was copied through
    more than DEEPEST_TREE directories is listed as far as MOST_FLATTENED entries go; the rest becomes MAYBE.
    """
    is_deep = layer.tree.depth > DEEPEST_TREE
    listed, is_complete = _listed(layer.tree, MOST_FLATTENED if is_deep else MOST_LISTED)
    if not is_complete and not is_deep:
        return files.lay(path, layer)
    real = files.real(path)
    for relative, _ in listed:
        here = paths.below(real, relative)
        settled = layer.settles(here, relative)
        files = files.put(settled or layer.changed(files.raw(here), relative))
    if is_complete and layer.tree.may_grow:
        return files.lay(path, layer)
    return files if is_complete else files.havoc_below(real, because(Cause.DEEP), overwrites=True)


def _listed(tree: Tree, limit: int) -> tuple[list[tuple[str, Entry]], bool]:
    """The entries of a tree, parents first, and whether they are all there can be."""
    found: list[tuple[str, Entry]] = []
    waiting, is_complete = [""], True
    while waiting:
        folder = waiting.pop()
        is_complete = is_complete and all(
            tree.look(f"{folder}/{name}".lstrip("/")).presence is Presence.ABSENT for name in _UNLISTED
        )
        for name in sorted(tree.names(folder)):
            relative = f"{folder}/{name}" if folder else name
            entry = tree.look(relative)
            if entry.presence is Presence.ABSENT:
                continue
            if len(found) >= limit:
                return found, False
            found.append((relative, entry))
            if entry.kind is EntryKind.DIRECTORY:
                waiting.append(relative)
            elif entry.kind is EntryKind.UNKNOWN:
                is_complete = False
    return found, is_complete


def walk(files: View, path: str, *, limit: int = MOST_MATCHES) -> Iterator[Entry]:
    """The entries that are or may be below a directory, parents first, names sorted, links not followed, at most `limit`.

    What nobody mentioned is not among them: see `View.unlisted`.
    """
    waiting = [files.real(path)]
    while waiting and limit:
        for entry in files.children(waiting.pop()):
            yield entry
            limit -= 1
            if not limit:
                return
            if entry.kind is EntryKind.DIRECTORY:
                waiting.append(entry.path)


class Matches(Record):
    """What a pattern names: `found` PRESENT or MAYBE entries in name order; `is_complete`: there can be no others."""

    found: tuple[Entry, ...]
    is_complete: bool
    why: Why = NOTHING


def glob(files: View, pattern: str, *, shows_hidden: bool = False) -> Matches:
    """The entries an absolute shell pattern names; a leading dot is only matched by a dot unless `shows_hidden`.

    Directories on the way may be links. Backslashes escape. At most MOST_MATCHES entries.
    """
    folders: list[tuple[str, bool]] = [("/", True)]
    segments = [piece for piece in pattern.split("/") if piece]
    found: list[Entry] = []
    is_complete, why = True, NOTHING
    for depth, segment in enumerate(segments):
        inner: list[tuple[str, bool]] = []
        for folder, is_sure in folders:
            unlisted = files.unlisted(folder)
            matched = _matching(files, folder, segment, shows_hidden=shows_hidden)
            if unlisted.presence is not Presence.ABSENT and _is_pattern(segment):
                is_complete, why = False, unlisted.why
            for entry in matched:
                shown = (
                    entry if is_sure or entry.presence is not Presence.PRESENT else softened(entry, entry.why)
                )
                found += [shown] if depth + 1 == len(segments) else []
                inner.append((entry.path, is_sure and entry.presence is Presence.PRESENT))
        folders = inner[:MOST_MATCHES]
        is_complete = is_complete and len(inner) <= MOST_MATCHES
    return Matches(tuple(found[:MOST_MATCHES]), is_complete, why)


def _is_pattern(segment: str) -> bool:
    return any(c in segment for c in "*?[")


def _matching(files: View, folder: str, segment: str, *, shows_hidden: bool) -> list[Entry]:
    if not _is_pattern(segment):
        entry = files.look(paths.below(files.real(folder), segment.replace("\\", "")))
        return (
            []
            if entry.presence is Presence.ABSENT
            else [replace(entry, path=paths.below(folder, paths.name(entry.path)))]
        )
    pattern = segment.replace("[!", "[^")
    hides = not shows_hidden and not segment.startswith(".")
    real = files.real(folder)
    names = (n for n in files.names(real) if not (hides and n.startswith(".")) and matches_name(pattern, n))
    inside = ((name, files.raw(paths.below(real, name))) for name in sorted(names))
    return [
        replace(entry, path=paths.below(folder, name))
        for name, entry in inside
        if entry.presence is not Presence.ABSENT
    ]

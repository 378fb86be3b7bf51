"""Events on paths to an append-only history: a view of it is a number, and earlier views stay as they were.

Each event is an entry of one path or a mark on a directory and gets the next version. A view sees the events up to
its version, then those of the store it was forked from. Nothing is ever changed, so forking costs nothing; a look-up
costs the depth of the path, and chains of forks are kept short by `flattened`.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import merge
from typing import TYPE_CHECKING, TypeVar

from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.events import Ground, Layer, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST_CHAIN = 12
MOST_MARKS = 64
MOST_ANSWERS = 20_000

T = TypeVar("T")


class Store:
    """One history. `parent` is the store it was forked from, `limit` the last version it sees of that one.

    `answers` remembers what views of this store found at a path: (version, path) to the entry. It holds for ever, since
    nothing is ever changed. `may_have_links` and `tree_depth` (the depth of the deepest copied tree) hold for all events, seen or not.
    """

    __slots__ = (
        "_absences",
        "_entries",
        "_marks",
        "_names",
        "answers",
        "chain_length",
        "events",
        "limit",
        "may_have_links",
        "parent",
        "tree_depth",
    )

    def __init__(self, parent: Store | None = None, limit: int = 0) -> None:
        """Start empty, on top of the parent's events up to `limit`."""
        self.parent = parent
        self.limit = limit
        self.chain_length: int = parent.chain_length + 1 if parent else 0
        self.may_have_links: bool = parent is not None and parent.may_have_links
        self.tree_depth: int = parent.tree_depth if parent else 0
        self.events: list[tuple[str, Entry | Mark]] = []
        self._entries: dict[str, list[tuple[int, Entry]]] = {}
        self._marks: dict[str, list[tuple[int, Mark]]] = {}
        self._absences: list[int] = []
        self._names: dict[str, dict[str, int]] = {}
        self.answers: dict[tuple[int, str], Entry] = {}

    @property
    def version(self) -> int:
        """The version of the newest event; versions are 1-based, 0 is the empty history."""
        return len(self.events)

    def add(self, path: str, event: Entry | Mark) -> int:
        """Append an event of the path and return its version."""
        self.events.append((path, event))
        version = len(self.events)
        if isinstance(event, Entry):
            self._entries.setdefault(path, []).append((version, event))
            self.may_have_links = self.may_have_links or event.kind is EntryKind.LINK
            if event.presence is Presence.ABSENT:
                self._absences.append(version)
        else:
            self._marks.setdefault(path, []).append((version, event))
            if isinstance(event, Ground):
                self._absences.append(version)
            if isinstance(event, Layer):
                self.may_have_links = True
                self.tree_depth = max(self.tree_depth, event.tree.depth)
        self._register(path, version)
        return version

    def _register(self, path: str, version: int) -> None:
        while path != "/":
            folder = paths.parent(path)
            names = self._names.setdefault(folder, {})
            if paths.name(path) in names:
                return
            names[paths.name(path)] = version
            path = folder

    def chain(self, limit: int) -> Iterator[tuple[Store, int]]:
        """This store and those below it, each with the last version that is seen."""
        store = self
        yield store, limit
        while store.parent is not None:
            store, limit = store.parent, store.limit
            yield store, limit

    def latest(self, path: str, limit: int) -> tuple[int, Entry] | None:
        """The newest entry of exactly this path up to `limit`, with its version."""
        history = self._entries.get(path)
        return _newest(history, limit) if history else None

    def marks_over(self, path: str, since: int, limit: int) -> Iterator[tuple[int, str, Mark]]:
        """The marks on directories above the path with `since` < version <= `limit`, newest first: (version, directory, mark)."""
        if not self._marks:
            return iter(())
        marks = self._marks
        streams = [
            _backwards(folder, history, since, limit)
            for folder in paths.ancestors(path)
            if (history := marks.get(folder)) is not None and history[-1][0] > since
        ]
        if not streams:
            return iter(())
        return streams[0] if len(streams) == 1 else merge(*streams, key=_by_version, reverse=True)

    def marks_at(self, folder: str, limit: int) -> Iterator[Mark]:
        """The marks on exactly this directory, newest first."""
        return (mark for _, _, mark in _backwards(folder, self._marks.get(folder, []), 0, limit))

    def last_absence(self, limit: int) -> int:
        """The version of the last event up to `limit` that took something away; 0 when there is none."""
        at = bisect_right(self._absences, limit)
        return self._absences[at - 1] if at else 0

    def last_mark(self, folder: str, mark: Mark, limit: int) -> int:
        """The version of the newest mark on the directory that says the same (the reason aside); 0 without one."""
        history = self._marks.get(folder)
        for version, _, found in _backwards(folder, history, 0, limit) if history else ():
            if found.says_same(mark):
                return version
        return 0

    def layers_around(self, folder: str, limit: int) -> Iterator[tuple[str, Layer]]:
        """The layers on the directory, above and below it, without those whose own directory was emptied since."""
        for marked, history in self._marks.items():
            if not (paths.is_at_or_below(marked, folder) or paths.is_below(folder, marked)):
                continue
            for _, _, mark in _backwards(marked, history, 0, limit):
                if isinstance(mark, Ground) and mark.is_certain and not mark.spares_hidden:
                    break
                if isinstance(mark, Layer):
                    yield marked, mark

    @property
    def marked_directories(self) -> int:
        """How many directories have marks."""
        return len(self._marks)

    def names(self, folder: str, limit: int) -> list[str]:
        """The names in a directory that some event up to `limit` spoke of."""
        names = self._names.get(folder)
        return [name for name, version in names.items() if version <= limit] if names else []


def flattened(store: Store, limit: int) -> Store:
    """One store without a parent that says the same as this view."""
    flat = Store()
    for path, event in history(store, limit):
        flat.add(path, event)
    return flat


def events_between(
    store: Store, version: int, base: Store, base_version: int
) -> list[tuple[str, Entry | Mark]] | None:
    """The events that lead from the view `base` to the view `store`, oldest first; None when they are not related."""
    found: list[tuple[str, Entry | Mark]] = []
    for part, limit in store.chain(version):
        if part is base:
            return part.events[base_version:limit] + found if limit >= base_version else None
        found = part.events[:limit] + found
    return None


def common_view(a: tuple[Store, int], b: tuple[Store, int]) -> tuple[Store, int] | None:
    """The newest view that both were made from; None when their histories share nothing."""
    mine = {id(store): limit for store, limit in a[0].chain(a[1])}
    for store, limit in b[0].chain(b[1]):
        if id(store) in mine:
            return store, min(limit, mine[id(store)])
    return None


Events = list[tuple[str, "Entry | Mark"]]


def branches(a: tuple[Store, int], b: tuple[Store, int]) -> tuple[tuple[Store, int], Events, Events] | None:
    """The newest view that both were made from and the events that lead from it to each; None when there is none.

    A view whose store was `flattened` since then shares no store with the other, but still its oldest events.
    """
    base = common_view(a, b)
    if base is not None:
        return base, events_between(*a, *base) or [], events_between(*b, *base) or []
    mine, theirs = history(*a), history(*b)
    pairs = zip(mine, theirs, strict=False)
    count = next((n for n, (x, y) in enumerate(pairs) if x[1] is not y[1] or x[0] != y[0]), None)
    count = min(len(mine), len(theirs)) if count is None else count
    if not count:
        return None
    shared = Store()
    for path, event in mine[:count]:
        shared.add(path, event)
    return (shared, shared.version), mine[count:], theirs[count:]


def history(store: Store, limit: int) -> Events:
    """All events of a view, oldest first."""
    return [event for part, end in reversed(list(store.chain(limit))) for event in part.events[:end]]


def _by_version(item: tuple[int, str, Mark]) -> int:
    return item[0]


def _newest(history: list[tuple[int, T]], limit: int) -> tuple[int, T] | None:
    if history[-1][0] <= limit:
        return history[-1]
    at = bisect_right(history, limit, key=lambda item: item[0])
    return history[at - 1] if at else None


def _backwards(
    folder: str, history: list[tuple[int, Mark]], since: int, limit: int
) -> Iterator[tuple[int, str, Mark]]:
    at = len(history)
    if history and history[-1][0] > limit:
        at = bisect_right(history, limit, key=lambda item: item[0])
    while at and history[at - 1][0] > since:
        at -= 1
        version, mark = history[at]
        yield version, folder, mark

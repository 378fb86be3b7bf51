"""Marks on a directory: what one step did to everything below it, without touching each path.

A `FileSystem` keeps them beside its entries; a look-up goes from the newest event back to the one that settles it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dfguard.core.context import Kind
from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, absent, join, laid_over, uncertain
from dfguard.interp.reasons import NOTHING, Cause, because

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.context import BuildContext, ContextEntry
    from dfguard.core.ignorefile import IgnoreRules
    from dfguard.core.source import Place
    from dfguard.interp.filesystem.modes import ModeChange
    from dfguard.interp.reasons import Why
    from dfguard.interp.values import Binding


class Contents(Protocol):
    """What is known of the content of something that is not listed path by path."""

    def lacks(self, path: str) -> bool:
        """Whether there is surely nothing at an absolute, clean path."""
        ...

    def accounts(self) -> frozenset[str] | None:
        """Names of users and groups that may come with it; None when these are not known."""
        ...


class _Said(Record):
    """What is said of everything strictly below a directory: see `Mark`."""

    def says_same(self, other: Mark) -> bool:
        """Whether both change the same, whatever the reason."""
        return self == other


class Ground(_Said):
    """What was below is gone; from now on there is nothing (ABSENT), or what we do not know (MAYBE, `why`).

    `spares_hidden`: names in the directory that begin with a dot are left alone (`rm -rf /tmp/*`). `contents` says which paths
    are surely not there all the same.
    """

    presence: Presence
    why: Why = NOTHING
    written_by: Place | None = None
    spares_hidden: bool = False
    is_certain: bool = True
    contents: Contents | None = None

    def _entry(self, path: str) -> Entry:
        if self.contents is not None and self.contents.lacks(path):
            return absent(path)
        return Entry(path, EntryKind.UNKNOWN, self.presence, why=self.why, written_by=self.written_by)

    def _spares(self, relative: str) -> bool:
        return self.spares_hidden and relative.startswith(".")

    def settles(self, path: str, relative: str) -> Entry | None:
        """The ground itself, when it is certain."""
        return self._entry(path) if self.is_certain and not self._spares(relative) else None

    def changed(self, older: Entry, relative: str) -> Entry:
        """Maybe what was there before, maybe the ground."""
        return older if self._spares(relative) else join(older, self._entry(older.path))

    def softened(self) -> Ground:
        """The same when a condition decides whether it happened."""
        return replace(self, is_certain=False)


class Havoc(_Said):
    """Something unknown may have been written: what was absent may be there. What was there stays.

    `overwrites`: content, mode and owner of what was there are not known any more. `is_shallow`: only new names in the
    directory itself (with all below them) are meant, not what lies in directories that were there. `is_stray`: nothing
    says that this directory was written to, a program ran that may write anywhere. `contents` says of which paths it surely was not
    the one to write them.
    """

    why: Why
    overwrites: bool = False
    is_shallow: bool = False
    is_stray: bool = False
    contents: Contents | None = None

    def settles(self, path: str, relative: str) -> Entry | None:  # noqa: ARG002  a havoc settles nothing
        """None: older events always matter."""
        return None

    def changed(self, older: Entry, relative: str) -> Entry:  # noqa: ARG002  all names alike
        """MAYBE for what was absent; what only the base image could hold may now come from here as well."""
        if (
            self.contents is not None
            and older.presence is not Presence.PRESENT
            and self.contents.lacks(older.path)
        ):
            return older
        if older.presence is Presence.ABSENT:
            return uncertain(older.path, self.why, is_stray=self.is_stray)
        if older.is_stray and not self.is_stray:
            return replace(older, why=self.why, is_stray=False)
        if older.presence is Presence.MAYBE and older.is_left_to_the_base:
            return replace(older, why=older.why | self.why)
        if self.overwrites and older.presence is Presence.PRESENT:
            return replace(older, owner=None, mode=None, content=None, size=None, context_path=None)
        return older

    def softened(self) -> Havoc:
        """Itself: a havoc says no more than maybe."""
        return self

    def says_same(self, other: Mark) -> bool:
        """Whether the other is a havoc that reaches as far."""
        return (
            isinstance(other, Havoc)
            and self.overwrites == other.overwrites
            and self.is_shallow == other.is_shallow
            and self.is_stray == other.is_stray
            and self.contents in (None, other.contents)
        )


class Tree(Protocol):
    """A directory that was copied: `depth` counts how many copies of copies it is made of; `may_grow`: some of what it does
    not name may be there.
    """

    depth: int
    may_grow: bool

    def look(self, relative: str) -> Entry:
        """The entry at a path relative to the copied directory, without content; its own `path` does not matter."""
        ...

    def names(self, relative: str) -> Iterable[str]:
        """The names that are known in a directory of the tree."""
        ...


class Layer(_Said):
    """The content of a directory was copied over: paths of `tree` replace what was there, others stay.

    `owner` and `mode` are given to every entry when set; with `keeps_existing` files that were there keep theirs.
    """

    tree: Tree
    owner: str | None = None
    mode: ModeChange | None = None
    written_by: Place | None = None
    because: tuple[Binding, ...] = ()
    is_certain: bool = True
    keeps_existing: bool = False

    def _entry(self, path: str, relative: str) -> Entry:
        found = self.tree.look(relative)
        if found.presence is Presence.ABSENT:
            return found
        mode = found.mode
        if self.mode is not None and found.kind is not EntryKind.LINK:
            mode = self.mode.applied(found.mode, is_directory=found.kind is EntryKind.DIRECTORY)
        owner = self.owner or found.owner
        return replace(
            found, path=path, owner=owner, mode=mode, written_by=self.written_by, because=self.because
        )

    def settles(self, path: str, relative: str) -> Entry | None:
        """The tree's entry when it is PRESENT and the copy certain."""
        found = self._entry(path, relative) if self.is_certain and not self.keeps_existing else None
        return found if found and found.presence is Presence.PRESENT else None

    def changed(self, older: Entry, relative: str) -> Entry:
        """The older entry with the tree's laid over it."""
        found = self._entry(older.path, relative)
        if found.presence is Presence.ABSENT:
            return older
        is_same = older.kind is found.kind and older.kind is not EntryKind.LINK
        if self.keeps_existing and older.presence is Presence.PRESENT and is_same:
            found = replace(found, owner=older.owner, mode=older.mode)
        if self.is_certain and found.presence is Presence.PRESENT and older.presence is not Presence.MAYBE:
            return found
        if self.is_certain and found.presence is Presence.PRESENT:
            return replace(found, owner=None, mode=None) if self.keeps_existing else found
        return laid_over(older, found)

    def softened(self) -> Layer:
        """The same when a condition decides whether it happened."""
        return replace(self, is_certain=False)


class Attributes(_Said):
    """`chmod -R`, `chown -R`: owner or mode of everything below changes (`owner` may name only one half, `app:`)."""

    owner: str | None = None
    mode: ModeChange | None = None
    is_certain: bool = True

    def settles(self, path: str, relative: str) -> Entry | None:  # noqa: ARG002  attributes settle nothing
        """None: older events always matter."""
        return None

    def changed(self, older: Entry, relative: str) -> Entry:  # noqa: ARG002  all names alike
        """The older entry with its new owner and mode."""
        if older.presence is Presence.ABSENT:
            return older
        mode, owner = older.mode, older.owner
        if self.mode is not None and older.kind is not EntryKind.LINK:
            mode = self.mode.applied(mode, is_directory=older.kind is EntryKind.DIRECTORY)
        if self.owner is not None:
            owner = owned(owner, self.owner)
        after = replace(older, mode=mode, owner=owner)
        return after if self.is_certain else join(older, after)

    def softened(self) -> Attributes:
        """The same when a condition decides whether it happened."""
        return replace(self, is_certain=False)


def owned(before: str | None, change: str) -> str | None:
    """The owner after `chown change`: `user:group`, or only one half of it (`user:`, `:group`)."""
    user, _, group = change.partition(":")
    old_user, _, old_group = (before or "").partition(":")
    user, group = user or old_user, group or old_group
    return f"{user}:{group}" if user and group else None


class ContextTree:
    """A directory of the build context as a `Tree`; what .dockerignore or --exclude keep out is not in it.

    What is not there and may come before the build (`BuildContext.doubt`) is MAYBE; `is_as_found`: then it is ABSENT too.
    """

    depth = 0

    def __init__(
        self,
        context: BuildContext,
        root: str,
        excluded: IgnoreRules | None = None,
        *,
        is_as_found: bool = False,
    ) -> None:
        """Take the context and the directory in it (empty for the root)."""
        self._is_as_found = is_as_found
        self.may_grow = context.may_grow and not is_as_found
        self._context = context
        self._root = root
        self._excluded = excluded

    def look(self, relative: str) -> Entry:
        """The entry; ABSENT when it is kept out, or is not in the context and does not come."""
        path = f"{self._root}/{relative}".strip("/")
        found = self._context.entry(path)
        if self._context.is_ignored(path) or (self._excluded and self._excluded.decider(relative)):
            return absent(relative)
        if found is None:
            doubt = "" if self._is_as_found else self._context.doubt(path)
            return uncertain(relative, because(Cause.COMING, doubt)) if doubt else absent(relative)
        return context_entry(relative, found)

    def names(self, relative: str) -> Iterable[str]:
        """The names in the directory; what is kept out is among them, `look` leaves it out."""
        path = f"{self._root}/{relative}".strip("/")
        return [paths.name("/" + child.path) for child in self._context.children(path)]


def context_entry(path: str, found: ContextEntry) -> Entry:
    """The image's entry of a file of the context (or an archive's member) that is copied as it is; what the context has
    belongs to root in the image, whoever owns it on disk.
    """
    if found.target is not None:
        kind = EntryKind.LINK
    else:
        kind = {Kind.FILE: EntryKind.FILE, Kind.DIRECTORY: EntryKind.DIRECTORY}.get(
            found.kind, EntryKind.UNKNOWN
        )
    is_file = kind is EntryKind.FILE
    return Entry(
        path,
        kind,
        Presence.PRESENT,
        owner=found.owner or "0:0",
        mode=found.mode,
        target=found.target,
        size=found.size if is_file else None,
        context_path=found.path if is_file else None,
    )


Mark = Ground | Havoc | Layer | Attributes
"""What is said of everything strictly below a directory.

`settles(path, relative)` is the entry of a path when nothing older matters, else None; `changed(older, relative)` what
becomes of the older entry of a path that it does not settle; `softened()` the same when a condition decides.
"""

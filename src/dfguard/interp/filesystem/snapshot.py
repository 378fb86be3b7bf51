"""Events on paths to answers: `View` looks up what a path holds, following links, from the newest event back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.source import Span
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence, absent, softened, uncertain
from dfguard.interp.filesystem.events import Havoc, Layer
from dfguard.interp.filesystem.history import MOST_ANSWERS, MOST_MARKS
from dfguard.interp.reasons import Cause, because

if TYPE_CHECKING:
    from dfguard.core.context import BuildContext
    from dfguard.interp.filesystem.accounts import Accounts
    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.filesystem.events import Ground, Mark
    from dfguard.interp.filesystem.history import Store


MOST_LINKS = 40
"""MAXSYMLINKS of Linux."""
MOST_SEARCHED = 256
_UNLISTED = "\0"


class View:
    """The files of the image after some step. Paths are absolute; links in their parents are followed everywhere.

    PRESENT and ABSENT are claims, MAYBE is none. `accounts` is what is known of its users, `context` where the
    content of copied files is read from.
    """

    __slots__ = ("_ground", "_store", "_version", "accounts", "context")

    def __init__(
        self, ground: Ground, context: BuildContext | None, accounts: Accounts, store: Store, version: int
    ) -> None:
        """See `FileSystem.scratch` and `FileSystem.of_image`."""
        self._ground = ground
        self.context = context
        self.accounts = accounts
        self._store = store
        self._version = version

    @property
    def view(self) -> tuple[Store, int]:
        """The history and how far it is seen."""
        return self._store, self._version

    def tree_depth(self, folder: str) -> int:
        """How many copies of copies the content of a directory is made of, at most."""
        if sum(store.marked_directories for store, _ in self._store.chain(self._version)) > MOST_SEARCHED:
            return self._store.tree_depth
        chain = self._store.chain(self._version)
        depths = (
            layer.tree.depth for store, limit in chain for _, layer in store.layers_around(folder, limit)
        )
        return max(depths, default=0)

    def may_grow(self, folder: str) -> bool:
        """Whether a copied directory in, at or around the folder may hold more than it names."""
        if sum(store.marked_directories for store, _ in self._store.chain(self._version)) > MOST_SEARCHED:
            return True
        chain = self._store.chain(self._version)
        return any(
            layer.tree.may_grow for store, limit in chain for _, layer in store.layers_around(folder, limit)
        )

    def look(self, path: str) -> Entry:
        """The entry at the path, with its content when it is a small known text; a link at the end is not followed.

        `Entry.path` is the path with links in its parents followed.
        """
        return self._with_content(self._stat(path, follows_last=False))

    def resolve(self, path: str) -> Entry:
        """The entry that opening the path gives: all links followed. ABSENT for a dangling link or a circle of links."""
        return self._with_content(self._stat(path, follows_last=True))

    def real(self, path: str) -> str:
        """The path with all links followed as far as they are known; where they run in a circle, the path as it is."""
        found = self._followed(paths.clean(path), follows_last=True)
        return found[0] if found else paths.clean(path)

    def _stat(self, path: str, *, follows_last: bool) -> Entry:
        path = paths.clean(path)
        if len(path) > paths.LONGEST:
            return absent(path, because(Cause.TOO_LONG))
        if not self._store.may_have_links:
            return self.raw(path)
        found = self._followed(path, follows_last=follows_last)
        if found is None:
            return absent(path, because(Cause.NO_WAY))
        entry = self.raw(found[0])
        return entry if found[1] else softened(entry, because(Cause.LINK))

    def _followed(self, path: str, *, follows_last: bool) -> tuple[str, bool] | None:
        """The real path and whether every link on the way is certain; None for circles and files used as directories."""
        if not self._store.may_have_links:
            return path, True
        done, is_certain, budget = "/", True, MOST_LINKS
        todo = path.split("/")[:0:-1]
        while todo:
            piece = todo.pop()
            if piece in ("", "."):
                continue
            here = paths.parent(done) if piece == ".." else paths.below(done, piece)
            entry = self.raw(here) if todo or follows_last else None
            if entry is None or entry.kind is not EntryKind.LINK or not entry.target:
                if todo and entry and entry.kind is EntryKind.FILE and entry.presence is Presence.PRESENT:
                    return None
                done = here
                continue
            budget -= 1
            if not budget:
                return None
            is_certain = is_certain and entry.presence is Presence.PRESENT
            done = "/" if entry.target.startswith("/") else done
            todo += entry.target.split("/")[::-1]
        return done, is_certain

    def raw(self, path: str) -> Entry:
        """The entry at a path whose parents are no links, without content read from the context."""
        answers = self._store.answers
        found = answers.get((self._version, path))
        if found is None:
            if len(answers) >= MOST_ANSWERS:
                answers.clear()
            found = answers[self._version, path] = self._looked_up(path)
        return found

    def _looked_up(self, path: str) -> Entry:
        changes: list[tuple[Mark, str]] = []
        for store, limit in self._store.chain(self._version):
            own = store.latest(path, limit)
            for version, folder, mark in store.marks_over(path, own[0] if own else 0, limit):
                relative = paths.relative(path, folder)
                settled = mark.settles(path, relative)
                if settled is not None:
                    return _folded(settled, changes)
                if (
                    isinstance(mark, Havoc)
                    and mark.is_shallow
                    and self._spares(store, version, folder, relative)
                ):
                    continue
                changes.append((mark, relative))
                if len(changes) > MOST_MARKS:
                    return uncertain(path, because(Cause.MANY, folder, str(MOST_MARKS)))
            if own:
                return _folded(own[1], changes)
        ground = self._ground.settles(path, path) or uncertain(path, self._ground.why)
        return _folded(ground, changes)

    def _spares(self, store: Store, version: int, folder: str, relative: str) -> bool:
        """Whether a shallow havoc leaves the path alone: it lies in a directory that was there before."""
        first, _, rest = relative.partition("/")
        if not rest:
            return False
        before = View(self._ground, None, self.accounts, store, version - 1)
        return before.raw(paths.below(folder, first)).presence is Presence.PRESENT

    def _with_content(self, entry: Entry) -> Entry:
        if entry.content is None and entry.context_path is not None and self.context is not None:
            source = self.context.source(entry.context_path)
            if source is not None:
                return replace(entry, content=source.text_of(Span(0, len(source.text))))
        return entry

    def children(self, path: str) -> tuple[Entry, ...]:
        """The entries that are or may be directly in a directory, sorted by name, without content; see `unlisted`."""
        found = self._followed(paths.clean(path), follows_last=True)
        if found is None:
            return ()
        inside = (self.raw(paths.below(found[0], name)) for name in sorted(self.names(found[0])))
        return tuple(entry for entry in inside if entry.presence is not Presence.ABSENT)

    def names(self, folder: str) -> set[str]:
        """The names some step spoke of in a directory given by its real path; they need not be there any more."""
        names: set[str] = set()
        for store, limit in self._store.chain(self._version):
            names.update(store.names(folder, limit))
            for above in (folder, *paths.ancestors(folder)):
                for mark in store.marks_at(above, limit):
                    if isinstance(mark, Layer):
                        names.update(mark.tree.names(paths.relative(folder, above)))
        return names

    def unlisted(self, path: str) -> Entry:
        """What a name holds that `children` does not list: ABSENT when the list is complete, else MAYBE with the reason."""
        return self.raw(paths.below(self.real(path), _UNLISTED))


def _folded(entry: Entry, changes: list[tuple[Mark, str]]) -> Entry:
    for mark, relative in reversed(changes):
        entry = mark.changed(entry, relative)
    return entry

"""What every path of the image holds after each step: `FileSystem`, an immutable view that every step makes anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import accounts as passwd
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, absent, expected, join, uncertain
from dfguard.interp.filesystem.events import Attributes, Ground, Havoc
from dfguard.interp.filesystem.history import DEEPEST_CHAIN, Store, branches, flattened
from dfguard.interp.filesystem.snapshot import View
from dfguard.interp.reasons import Cause, because

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.context import BuildContext
    from dfguard.core.source import Place
    from dfguard.interp.filesystem.accounts import Accounts
    from dfguard.interp.filesystem.events import Contents, Layer, Mark
    from dfguard.interp.filesystem.modes import ModeChange
    from dfguard.interp.reasons import Why
    from dfguard.interp.values import Binding


DIRECTORY_MODE = 0o755
_REMOVED = because(Cause.REMOVED)
SETGID = 0o2000
"""A directory made in one that has this bit gets it as well."""


class Maker(Record):
    """Who makes an entry and how: `owner` as `uid:gid`, the place of the command, the bindings of its path.

    `directory_mode` is the mode of parents that have to be made.
    """

    owner: str | None = "0:0"
    written_by: Place | None = None
    because: tuple[Binding, ...] = ()
    directory_mode: int | None = DIRECTORY_MODE


class FileSystem(View):
    """A view that can be written to: every method that writes gives a new view, this one stays true.

    Laws: what was put is looked up; `join` is commutative, associative and idempotent.
    """

    __slots__ = ()

    @classmethod
    def scratch(cls, context: BuildContext | None = None) -> FileSystem:
        """Nothing but the root directory; `context` is where the content of copied files is read from."""
        return cls._new(Ground(Presence.ABSENT), context, passwd.Accounts())

    @classmethod
    def of_image(
        cls,
        name: str,
        context: BuildContext | None = None,
        *,
        known: Iterable[Entry] = (),
        missing: Iterable[str] = (),
        top_level: Iterable[str] | None = None,
        accounts: Accounts | None = None,
        is_complete: bool = False,
        contents: Contents | None = None,
    ) -> FileSystem:
        """A base image: what is not said is MAYBE, because the image may hold it.

        `known` are entries it has (their parents follow), `missing` paths it has not, `top_level` all names in its
        root directory when they are known, `accounts` its users (others may exist unless they say otherwise).
        `is_complete`: `known` is everything, all else is ABSENT. `contents` says what else it has not.
        """
        why = because(Cause.BASE, name)
        is_bounded = is_complete or top_level is not None
        ground = Ground(Presence.ABSENT) if is_bounded else Ground(Presence.MAYBE, why, contents=contents)
        users = accounts or replace(passwd.ROOT_ONLY, is_open=True)
        files = cls._new(ground, context, users)
        for top in sorted(top_level or ()):
            files = files.added(f"/{top}", Entry(f"/{top}", EntryKind.UNKNOWN, Presence.PRESENT))
            files = files.added(f"/{top}", Ground(Presence.MAYBE, why, contents=contents))
        for entry in known:
            files = files.put(entry)
        for path in missing:
            files = files.remove(path)
        return files.with_accounts(users)

    @classmethod
    def _new(cls, ground: Ground, context: BuildContext | None, accounts: Accounts) -> FileSystem:
        root = Entry("/", EntryKind.DIRECTORY, Presence.PRESENT, owner="0:0", mode=DIRECTORY_MODE)
        store = Store()
        return cls(ground, context, accounts, store, store.add("/", root))

    def put(self, entry: Entry) -> FileSystem:
        """With the entry at its path (a link there is replaced, not followed); parents that may be there then are."""
        found = self._followed(paths.clean(entry.path), follows_last=False)
        path = found[0] if found else paths.clean(entry.path)
        before = self.raw(path)
        files = self if entry.presence is not Presence.PRESENT else self._with_parents(path)
        files = files.added(path, entry if entry.path == path else replace(entry, path=path))
        if before.kind is EntryKind.DIRECTORY and entry.kind is not EntryKind.DIRECTORY:
            files = files.added(path, Ground(Presence.ABSENT, written_by=entry.written_by))
        return files.with_accounts_of(entry) if path in (passwd.FILE, passwd.GROUP_FILE) else files

    def _with_parents(self, path: str) -> FileSystem:
        missing = []
        for folder in paths.ancestors(path):
            entry = self.raw(folder)
            if entry.presence is Presence.PRESENT:
                break
            missing.append(Entry(folder, EntryKind.DIRECTORY, Presence.PRESENT, written_by=entry.written_by))
        files = self
        for entry in reversed(missing):
            files = files.added(entry.path, entry)
        return files

    def with_accounts_of(self, entry: Entry) -> FileSystem:
        """With the users or groups of an /etc/passwd or /etc/group that was just written, or may have been."""
        if entry.presence is Presence.ABSENT:
            return self
        content = self._with_content(entry).content if entry.presence is Presence.PRESENT else None
        if content is None:
            return self.with_accounts(self.accounts.of_others())
        if entry.path == passwd.FILE:
            return self.with_accounts(
                replace(self.accounts, users=passwd.parse_passwd(content.value), is_open=False)
            )
        return self.with_accounts(replace(self.accounts, groups=passwd.parse_group(content.value)))

    def make_directory(self, path: str, maker: Maker, mode: int | None = DIRECTORY_MODE) -> FileSystem:
        """With a directory and its parents; what was there stays as it is, what may have been there has unknown details."""
        found = self._followed(paths.clean(path), follows_last=True)
        path = found[0] if found else paths.clean(path)
        missing = []
        inherited = 0
        for folder in (path, *paths.ancestors(path)):
            entry = self.raw(folder)
            if entry.presence is Presence.PRESENT:
                inherited = (entry.mode or 0) & SETGID
                break
            missing.append(_directory(entry, maker, mode if folder == path else maker.directory_mode))
        if inherited:
            missing = [replace(e, mode=e.mode | inherited) if e.mode is not None else e for e in missing]
        files = self
        for entry in reversed(missing):
            files = files.added(entry.path, entry)
        return files

    def remove(self, path: str, written_by: Place | None = None) -> FileSystem:
        """Without the path and all below it; a link is removed, not what it points to."""
        found = self._followed(paths.clean(path), follows_last=False)
        path = found[0] if found else paths.clean(path)
        if path == "/":
            return self.empty(path, written_by)
        gone = replace(absent(path, _REMOVED), written_by=written_by)
        files = self.added(path, gone)
        return files.added(path, Ground(Presence.ABSENT, _REMOVED, written_by))

    def empty(self, path: str, written_by: Place | None = None, *, spares_hidden: bool = False) -> FileSystem:
        """With nothing below the directory, or nothing but names that begin with a dot."""
        return self.added(self.real(path), Ground(Presence.ABSENT, _REMOVED, written_by, spares_hidden))

    def havoc_below(
        self,
        path: str,
        why: Why,
        *,
        overwrites: bool = False,
        is_shallow: bool = False,
        contents: Contents | None = None,
    ) -> FileSystem:
        """With anything possible below a directory: what is absent there becomes MAYBE, but for what `contents` lacks."""
        return self.marked(self.real(path), Havoc(why, overwrites, is_shallow, contents=contents))

    def havoc(
        self, path: str, why: Why, *, overwrites: bool = False, contents: Contents | None = None
    ) -> FileSystem:
        """With anything possible at a path: something there, the directories above it made for it, anything below.

        A file that is there stays one, with another content.
        """
        entry = self.raw(self.real(path))
        if entry.kind is EntryKind.FILE and entry.presence is Presence.PRESENT:
            return self.added(
                entry.path, replace(entry, content=None, size=None, context_path=None, mode=None)
            )
        files = self
        for folder in (entry.path, *paths.ancestors(entry.path)):
            there = self.raw(folder)
            if there.presence is Presence.PRESENT:
                break
            if there.presence is Presence.ABSENT or there.is_stray:
                files = files.added(folder, uncertain(folder, why))
        return files.havoc_below(entry.path, why, overwrites=overwrites, contents=contents)

    def stray(self, why: Why) -> FileSystem:
        """With a program run that may have written anywhere: nothing is surely absent any more."""
        return self.marked("/", Havoc(why, is_stray=True))

    def marked(self, path: str, mark: Mark) -> FileSystem:
        """With a mark on a directory; a havoc that says nothing new is left out, so that they do not pile up."""
        if isinstance(mark, Havoc) and not mark.is_shallow and paths.is_below(passwd.FILE, path):
            made = mark.contents.accounts() if mark.contents is not None else None
            users = self.accounts.opened(made)
            if users is not self.accounts:
                return self.with_accounts(users).marked_below(path, mark)
        return self.marked_below(path, mark)

    def marked_below(self, path: str, mark: Mark) -> FileSystem:
        """The same, the accounts left alone."""
        if isinstance(mark, Havoc) and not mark.overwrites:
            for store, limit in self._store.chain(self._version):
                same, gone = store.last_mark(path, mark, limit), store.last_absence(limit)
                if same > gone:
                    return self
                if gone:
                    break
        return self.added(path, mark)

    def change(self, path: str, *, owner: str | None = None, mode: ModeChange | None = None) -> FileSystem:
        """With another owner or mode for all below a directory (not the directory itself)."""
        return self.added(self.real(path), Attributes(owner, mode))

    def reground(self, path: str, presence: Presence, why: Why) -> FileSystem:
        """With everything below a directory replaced by nothing, or by what we do not know (a mount laid over it)."""
        return self.added(self.real(path), Ground(presence, why))

    def lay(self, path: str, layer: Layer) -> FileSystem:
        """With the content of a tree copied into a directory (`dfguard.interp.filesystem.trees` makes the directory as well)."""
        real = self.real(path)
        files = self.added(real, layer)
        if not paths.is_below(passwd.FILE, real):
            return files
        found = layer.tree.look(paths.relative(passwd.FILE, real))
        if found.presence is Presence.ABSENT:
            return files
        return files.with_accounts(files.accounts.of_others())

    def with_accounts(self, accounts: Accounts) -> FileSystem:
        """With these users and groups."""
        return FileSystem(self._ground, self.context, accounts, self._store, self._version)

    def added(self, path: str, event: Entry | Mark) -> FileSystem:
        """With one event more at a path whose parents are no links; the other methods are made of this."""
        store = self._store
        if self._version != store.version:
            store = self._forked_store()
        return FileSystem(self._ground, self.context, self.accounts, store, store.add(path, event))

    # branching

    def fork(self) -> FileSystem:
        """The same view on a history of its own: what is written to it leaves this one's alone, to be joined or adopted."""
        return FileSystem(self._ground, self.context, self.accounts, Store(self._store, self._version), 0)

    def tip(self) -> FileSystem:
        """The same view at the end of its history, so that views forked from it and from each other stay related."""
        if self._version == self._store.version:
            return self
        return FileSystem(self._ground, self.context, self.accounts, self._forked_store(), 0)

    def _forked_store(self) -> Store:
        parent, limit = self._store, self._version
        if parent.chain_length >= DEEPEST_CHAIN:
            parent = flattened(parent, limit)
            limit = parent.version
        return Store(parent, limit)

    def join(self, other: FileSystem) -> FileSystem:
        """What holds whichever of the two views is true; both must come from one earlier view.

        Cost: what was written since that view. Raises ValueError for views of different images.
        """
        parted = branches(self.view, other.view)
        if parted is None:
            raise ValueError("only views of one image can be joined")
        base, left, right = parted
        users = passwd.join(self.accounts, other.accounts)
        joined = FileSystem(self._ground, self.context, users, *base)
        shared = {item for item in left if not isinstance(item[1], Entry)} & {
            item for item in right if not isinstance(item[1], Entry)
        }
        for path, event in left + right:
            if not isinstance(event, Entry):
                joined = joined.marked(path, event if (path, event) in shared else event.softened())
        for path in sorted({path for path, event in left + right if isinstance(event, Entry)}):
            both = join(self.raw(path), other.raw(path))
            if both != joined.raw(path):
                joined = joined.added(path, both)
        return joined

    def adopt(
        self, inside: FileSystem, hidden: Iterable[str] = (), since: FileSystem | None = None
    ) -> FileSystem:
        """This view with what was written in `inside`, except at and below the `hidden` directories.

        `inside` was forked from this view, or from `since`, which was: what was done up to there is left out.
        """
        start = self.view if since is None else since.view
        parted = branches(inside.view, start)
        if parted is None or parted[2]:
            raise ValueError("the view was not forked from this one")
        kept = tuple(hidden)
        files = self.with_accounts(inside.accounts)
        for path, event in parted[1]:
            if any(paths.is_at_or_below(path, folder) for folder in kept):
                continue
            if since is not None and isinstance(event, Entry) and event.presence is Presence.PRESENT:
                files = files.with_stubs(path, inside)
            files = files.added(path, event) if isinstance(event, Entry) else files.marked(path, event)
        return files

    def with_stubs(self, path: str, inside: FileSystem) -> FileSystem:
        """With the directories above a path that only mount points had made: they stay when they are not empty."""
        missing = []
        for folder in paths.ancestors(path):
            if self.raw(folder).presence is not Presence.ABSENT:
                break
            missing.append(inside.raw(folder))
        files = self
        for entry in reversed(missing):
            files = files.added(entry.path, entry)
        return files


def _directory(before: Entry, maker: Maker, mode: int | None) -> Entry:
    """The entry of a directory that was made where `before` was or may have been."""
    if expected(before).presence is Presence.MAYBE:
        return Entry(
            before.path,
            EntryKind.DIRECTORY,
            Presence.PRESENT,
            written_by=maker.written_by,
            because=maker.because,
        )
    made = Entry(before.path, EntryKind.DIRECTORY, Presence.PRESENT, maker.owner, mode)
    return replace(made, written_by=maker.written_by, because=maker.because)

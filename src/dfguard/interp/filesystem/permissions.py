"""Two entries of one path to one: what holds when either may be true, or when one was laid over the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.reasons import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.filesystem.snapshot import View


class Access(Record):
    """Whether a user can read a path: PRESENT yes, ABSENT proven not, MAYBE unknown; `blocking` decides, `why` says how."""

    presence: Presence
    why: str = ""
    blocking: Entry | None = None


READ, WRITE, ENTER = 4, 2, 1
STICKY = 0o1000


class _Who:
    """A user as the kernel sees it; `uid` None when the number is not known. Named users other than root are not root."""

    def __init__(self, files: View, user: str) -> None:
        self.files = files
        self.name = user or "root"
        self.uid, self.gid = files.accounts.ids(user)
        name = user.partition(":")[0]
        self.groups = files.accounts.groups_of(name)
        found = files.accounts.user(name) if name else None
        self.user_name = found.name if found else name
        self.is_no_root = self.uid not in (0, None) or (
            self.uid is None and found is not None and name != "root"
        )

    def may(self, entry: Entry, bit: int) -> Presence:
        """Whether the permission bits grant one right."""
        if self.uid == 0:
            return (
                Presence.PRESENT if bit != ENTER or entry.kind is EntryKind.DIRECTORY else _any_may_run(entry)
            )
        if entry.mode is None or entry.presence is not Presence.PRESENT:
            return Presence.MAYBE
        granted = [bool(entry.mode >> shift & bit) for shift in (6, 3, 0)]
        if all(granted):
            return Presence.PRESENT
        if not self.is_no_root:
            return Presence.MAYBE
        if not any(granted):
            return Presence.ABSENT
        owns = self._owns(entry)
        if owns is None:
            return Presence.MAYBE
        if owns:
            return _verdict(granted[0])
        if granted[1] == granted[2]:
            return _verdict(granted[1])
        group = self.files.accounts.ids(entry.owner)[1] if entry.owner else None
        if group is None or self.gid is None:
            return Presence.MAYBE
        return _verdict(granted[1] if group == self.gid or group in self.groups else granted[2])

    def _owns(self, entry: Entry) -> bool | None:
        if entry.owner is None:
            return None
        if entry.owner.partition(":")[0] == self.user_name:
            return True
        owner = self.files.accounts.ids(entry.owner)[0]
        if owner is None or (self.uid is None and owner != 0):
            return None
        return owner == self.uid


def _verdict(is_granted: bool) -> Presence:  # noqa: FBT001  one private step from bool to Presence
    return Presence.PRESENT if is_granted else Presence.ABSENT


def _any_may_run(entry: Entry) -> Presence:
    """Root may run a file when anyone may."""
    if entry.mode is None or entry.presence is not Presence.PRESENT:
        return Presence.MAYBE
    return _verdict(bool(entry.mode & 0o111))


def readable(files: View, path: str, user: str, *, needs_list: bool = True) -> Access:
    """Whether `user[:group]`, by name or number, can read the file or list the directory at a path.

    ABSENT is a proof: nothing is there, or a directory above is closed to the user, or the permission bits say no.
    Without `needs_list` it is enough that the path can be reached and, for a directory, entered.
    """
    entry = files.resolve(path)
    return _answer(files, path, entry, user, [(entry, READ if needs_list else ENTER)])


def executable(files: View, path: str, user: str) -> Access:
    """Whether the user can run the file, or enter the directory, at a path."""
    entry = files.resolve(path)
    return _answer(files, path, entry, user, [(entry, ENTER)])


def writable(files: View, path: str, user: str) -> Access:
    """Whether the user can write the file at a path, or make names in the directory at it; it must be there."""
    entry = files.resolve(path)
    wanted = [(entry, WRITE), *([(entry, ENTER)] if entry.kind is EntryKind.DIRECTORY else [])]
    return _answer(files, path, entry, user, wanted)


def removable(files: View, path: str, user: str) -> Access:
    """Whether the user can remove or rename the name at a path; in a sticky directory only its owner can."""
    entry = files.look(path)
    folder = files.resolve(paths.parent(path))
    verdict = _answer(files, path, entry, user, [(folder, WRITE), (folder, ENTER)])
    if verdict.presence is Presence.ABSENT or folder.mode is None or not folder.mode & STICKY:
        return verdict
    uid = files.accounts.ids(user)[0]
    owners = [files.accounts.ids(e.owner)[0] if e.owner else None for e in (entry, folder)]
    if uid is None or uid == 0 or uid in owners:
        return verdict
    if None in owners:
        return Access(Presence.MAYBE, f"who owns {path} is not known", entry)
    return Access(Presence.ABSENT, f"{folder.path} is sticky and {path} belongs to another user", folder)


def _answer(files: View, path: str, entry: Entry, user: str, wanted: Iterable[tuple[Entry, int]]) -> Access:
    return Reader(files, user).answer(path, entry, wanted)


class Reader:
    """One user in one view, asked about many paths: the way to a directory is looked at once."""

    def __init__(self, files: View, user: str) -> None:
        """`user[:group]` by name or number."""
        self._files = files
        self._who = _Who(files, user)
        self._ways: dict[str, Access] = {}

    def opens(self, path: str) -> Access:
        """Whether the user can read the file, or enter the directory, at a path."""
        entry = self._files.resolve(path)
        bit = ENTER if entry.kind is EntryKind.DIRECTORY else READ
        return self.answer(path, entry, [(entry, bit)])

    def answer(self, path: str, entry: Entry, wanted: Iterable[tuple[Entry, int]]) -> Access:
        """The verdict on an entry: what leads to it, then each right that is wanted of an entry."""
        if entry.presence is Presence.ABSENT:
            return Access(Presence.ABSENT, sentence(entry.why) or f"there is nothing at {path}", entry)
        way = self._way(paths.parent(entry.path)) if entry.path != "/" else Access(Presence.PRESENT)
        verdict = Access(entry.presence, sentence(entry.why))
        if way.presence is Presence.ABSENT or verdict.presence is Presence.PRESENT:
            verdict = way
        for found, bit in wanted:
            verdict = self._next(verdict, found, bit)
        return verdict

    def _way(self, folder: str) -> Access:
        """Whether the user gets into a directory, from the root downwards."""
        missing = []
        for at in (folder, *paths.ancestors(folder)):
            if at in self._ways:
                break
            missing.append(at)
        for at in reversed(missing):
            above = self._ways[paths.parent(at)] if at != "/" else Access(Presence.PRESENT)
            self._ways[at] = self._next(above, self._files.raw(at), ENTER)
        return self._ways[folder]

    def _next(self, verdict: Access, found: Entry, bit: int) -> Access:
        if verdict.presence is Presence.ABSENT:
            return verdict
        allowed = self._who.may(found, bit)
        if allowed is Presence.ABSENT:
            return Access(Presence.ABSENT, f"{found.path} is closed to {self._who.name}", found)
        if allowed is Presence.MAYBE and verdict.presence is Presence.PRESENT:
            return Access(Presence.MAYBE, f"who may open {found.path} is not known", found)
        return verdict


def is_mode_meant(files: FileSystem, entry: Entry) -> bool:
    """Whether the file's mode says something: it was not copied as it is, or other files of the context are executable
    (an archive or a checkout on Windows loses all these bits).
    """
    context, path = files.context, entry.context_path
    origin = context.entry(path) if context is not None and path is not None else None
    if context is None or path is None or origin is None or origin.mode is None or origin.mode != entry.mode:
        return True
    folder = path.rpartition("/")[0]
    return any(
        child.is_executable
        for f in {"", folder}
        for child in context.children(f)
        if child.kind.value == "file"
    )

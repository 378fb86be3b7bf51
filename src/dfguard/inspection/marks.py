"""One path of the image to its mark: baked, hidden, unreadable, removed, or why we cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.inspection.terms import Mark
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.permissions import Reader
from dfguard.interp.reasons import CONDITION, sentence
from dfguard.interp.values import known
from dfguard.knowledge.platforms import Condition, Semantics

if TYPE_CHECKING:
    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.knowledge.platforms import Mount

EFFECTS = {
    Semantics.SHADOW: "hides what the image holds there",
    Semantics.COPY_UP: "is filled from the image once; later images stay invisible",
    Semantics.REFUSE: "keeps the container from starting when the image has files there",
    Semantics.READ_ONLY: "shows the image's files, which cannot be written",
    Semantics.TMPFS: "hides what the image holds there behind an empty directory",
    Semantics.IN_MEMORY: "shows the image's files; writes cost memory",
}
CONDITIONS = {
    Condition.ALWAYS: "always",
    Condition.VOLUME: "when a volume is attached",
    Condition.CACHED_MODEL: "when the endpoint has a cached model",
    Condition.CONFIGURED: "when the deployment asks for it",
}


class Fate(Record):
    """A mark, whether it hangs on nothing undeclared, and its reason."""

    mark: Mark
    is_sure: bool = True
    why: str = ""


def fate(path: str, view: RuntimeView, reader: Reader | None = None) -> Fate:
    """What becomes of a path of the image for the process; `reader` is the process's (None: one is made)."""
    entry = view.state.files.look(path)
    gone = vanished(entry)
    if gone is not None:
        return gone
    mount = view.hiding_mount(entry.path) or view.hiding_mount(path)
    if mount is not None:
        is_certain = view.is_certain(mount)
        why = f"{view.platform.title} mounts {mount.title} over {mount.path}"
        is_sure = is_certain and entry.presence is Presence.PRESENT
        return Fate(Mark.HIDDEN, is_sure, why if is_certain else f"{why} {condition(mount)}")
    return doubted(entry) or _closed(path, reader or reader_of(view)) or Fate(Mark.BAKED)


def condition(mount: Mount) -> str:
    """When the mount is there, as the end of a sentence."""
    return CONDITIONS[mount.when]


def vanished(entry: Entry) -> Fate | None:
    """The fate of a path at which there is nothing any more."""
    if entry.presence is not Presence.ABSENT:
        return None
    place = entry.written_by
    return Fate(Mark.REMOVED, why=f"line {place.line} takes it away" if place else sentence(entry.why))


def doubted(entry: Entry) -> Fate | None:
    """The fate of a path of which we are not sure."""
    if entry.presence is not Presence.MAYBE:
        return None
    mark = Mark.UNKNOWN if entry.kind is EntryKind.UNKNOWN else Mark.MAYBE
    return Fate(mark, is_sure=False, why=sentence(entry.why or CONDITION))


def reader_of(view: RuntimeView) -> Reader | None:
    """The process's user in the image; None when we do not know who it is."""
    user = known(view.user)
    return Reader(view.state.files, user) if user is not None else None


def _closed(path: str, reader: Reader | None) -> Fate | None:
    if reader is None:
        return None
    access = reader.opens(path)
    return Fate(Mark.UNREADABLE, why=access.why) if access.presence is Presence.ABSENT else None

"""What is at a path, two such entries made one (when either may be true, or one was laid over the other), and the texts of files
put together, each character with its origin.
"""

from __future__ import annotations

from enum import Enum
from functools import reduce
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.core.texts import joined
from dfguard.interp.reasons import CONDITION, NOTHING, THE_BASE, Cause, causes, sources
from dfguard.interp.values import merge_because

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.core.source import Place, Text
    from dfguard.interp.reasons import Why
    from dfguard.interp.values import Binding


class Presence(Enum):
    """Whether something is at a path. Joins to MAYBE when the two sides differ."""

    ABSENT = "absent"
    MAYBE = "maybe"
    PRESENT = "present"


class EntryKind(Enum):
    """What is at a path; UNKNOWN when we know of it but not what it is."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    UNKNOWN = "unknown"


class Entry(Record):
    """What we know of one absolute, clean path of the image.

    `owner` is `uid:gid` in digits or names as written, `mode` the permission bits, `content` the text of a small file
    that the build wrote or copied, `target` a link's as written, `size` in bytes; None where unknown. `written_by` is the
    place of what made it (None: the base image); `because` the bindings its path came through; `why` says why it is only
    MAYBE. `context_path` is the file of the build context it is an unchanged copy of. `is_stray`: MAYBE only because a
    program ran that may write anywhere; nothing names the path.
    """

    path: str
    kind: EntryKind
    presence: Presence
    owner: str | None = None
    mode: int | None = None
    content: Text | None = None
    target: str | None = None
    size: int | None = None
    written_by: Place | None = None
    because: tuple[Binding, ...] = ()
    why: Why = NOTHING
    context_path: str | None = None
    is_stray: bool = False

    @property
    def is_left_to_the_base(self) -> bool:
        """Whether nothing in the build brings it, so that only the base image could hold it."""
        return self.written_by is None and sources(self.why) == THE_BASE

    @property
    def may_be_of_the_base(self) -> bool:
        """Whether the base image could hold it, and no step is known to have made it."""
        return self.written_by is None and Cause.BASE in causes(self.why)


_DETAILS = ("owner", "mode", "content", "target", "size", "context_path")


def absent(path: str, why: Why = NOTHING) -> Entry:
    """Nothing at the path."""
    return Entry(path, EntryKind.UNKNOWN, Presence.ABSENT, why=why)


def uncertain(path: str, why: Why, *, is_stray: bool = False) -> Entry:
    """We cannot tell whether anything is at the path, nor what."""
    return Entry(path, EntryKind.UNKNOWN, Presence.MAYBE, why=why, is_stray=is_stray)


def expected(entry: Entry) -> Entry:
    """What a write may count on finding: nothing where only a program that may write anywhere could have put something.

    For what a step makes of a path, never for what a finding claims of it.
    """
    return absent(entry.path, entry.why) if entry.is_stray else entry


def join(a: Entry, b: Entry) -> Entry:
    """What holds whichever of the two is true: commutative, associative, idempotent.

    Presences that differ give MAYBE; details that differ are not known; nothing at all keeps the other's details.
    """
    if a == b:
        return a
    presence = a.presence if a.presence is b.presence else Presence.MAYBE
    why = a.why | b.why if a.presence is b.presence else a.why | b.why | CONDITION
    if Presence.ABSENT in (a.presence, b.presence) and presence is Presence.MAYBE:
        there = b if a.presence is Presence.ABSENT else a
        return replace(there, presence=presence, why=why)
    return replace(_blended(a, b), presence=presence, why=why, is_stray=a.is_stray and b.is_stray)


def laid_over(older: Entry, newer: Entry) -> Entry:
    """What holds when `newer` may or may not have replaced `older`: what was there stays PRESENT, its details may not."""
    if older.presence is Presence.PRESENT and newer.presence is not Presence.ABSENT:
        return replace(
            _blended(older, replace(newer, presence=Presence.PRESENT)),
            presence=Presence.PRESENT,
            why=NOTHING,
            is_stray=False,
        )
    return join(older, newer)


def softened(entry: Entry, why: Why) -> Entry:
    """The entry when nothing is certain about it any more."""
    return replace(entry, presence=Presence.MAYBE, why=entry.why | why, is_stray=False)


def _blended(a: Entry, b: Entry) -> Entry:
    kind = a.kind if a.kind is b.kind else EntryKind.UNKNOWN
    details = {name: getattr(a, name) if getattr(a, name) == getattr(b, name) else None for name in _DETAILS}
    return replace(a, kind=kind, written_by=_first(a, b), because=_both(a, b), **details)


def _first(a: Entry, b: Entry) -> object:
    places = [e.written_by for e in (a, b) if e.written_by is not None]
    return min(places, key=lambda place: (place.path, place.span.start, place.span.end), default=None)


def _both(a: Entry, b: Entry) -> tuple[Binding, ...]:
    if a.because == b.because:
        return a.because
    return tuple(sorted(merge_because(a.because, b.because), key=repr))


LONGEST_TEXT = 1 << 18


def size_of(text: Text | None) -> int | None:
    """The bytes of a text."""
    return None if text is None else len(text.value.encode("utf-8", "surrogateescape"))


def together(texts: Sequence[Text | None]) -> Text | None:
    """All texts, one behind the other, as `appended` puts two together; of none None. Takes linear time."""
    parts = [text for text in texts if text is not None]
    if len(parts) < len(texts) or not parts or sum(len(part.value) for part in parts) > LONGEST_TEXT:
        return None
    filled = [part for part in parts if part.value]
    if not filled:
        return parts[-1]
    if all(part.source is filled[0].source for part in filled):
        return joined(filled)
    return reduce(lambda before, after: appended(before, after) or before, filled)


def appended(before: Text | None, after: Text | None) -> Text | None:
    """One text behind the other, each character with its origin where both stand in one source."""
    if before is None or after is None or len(before.value) + len(after.value) > LONGEST_TEXT:
        return None
    if not before.value or not after.value:
        return after if not before.value else before
    if before.source is after.source:
        return joined([before, after])
    return replace(before, value=before.value + after.value)

"""Two entries of one path to one: what holds when either may be true, or when one was laid over the other."""

from __future__ import annotations

from dfguard.core.record import Record, replace
from dfguard.interp.reasons import CONDITION, NOTHING, Why
from dfguard.interp.state.model import Entry, EntryKind, Presence
from dfguard.interp.values import Binding, merge_because

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


class Access(Record):
    """Whether a user can read a path: PRESENT yes, ABSENT proven not, MAYBE unknown; `blocking` decides, `why` says how."""

    presence: Presence
    why: str = ""
    blocking: Entry | None = None

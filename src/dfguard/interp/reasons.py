"""Why it is not known what a path holds: typed reasons, which decisions ask, and the sentence that is made of them last.

No decision reads the sentence: what it says of an image, a program or a path is a name that somebody chose.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from dfguard.core.record import Record

_MOST_SAID = 4
"""A sentence names no more reasons than that."""
_MOST_KEPT = 4096


class Cause(Enum):
    """What makes it uncertain. Compared by what a decision needs to tell apart; `_SENTENCES` says how each is told."""

    BASE = "the image at the bottom may hold it"

    CONDITION = "a condition decides"
    REMOVED = "a step removed it"
    TAKEN = "a program may have removed it"
    LINK = "a link may not be there"
    NO_WAY = "links that lead nowhere"
    TOO_LONG = "a path that no kernel takes"

    CACHE_MOUNT = "RUN --mount=type=cache"
    BIND_MOUNT = "RUN --mount=type=bind"
    SECRET_MOUNT = "RUN --mount=type=secret or ssh"  # noqa: S105  not a password
    PLATFORM_MOUNT = "a volume of the platform"
    DRIVER_MOUNT = "the driver of the host"

    PACKAGES = "the system's package manager may have written it"
    WRITTEN = "a program may have written it"
    MADE = "a program that may write anywhere"
    BROUGHT = "a download may have brought it"
    PUT = "a copy may have put it there"
    SKELETON = "a copy of the skeleton of a home directory"
    MOVED = "it may have been moved there"
    UNPACKED = "it may be in an archive"
    FILLED = "something of which nothing is listed was put there"
    LINKED = "the target of a link was copied"
    NOT_FOLLOWED = "something that is not followed"
    COMING = "it may come into the build context"
    KIND = "it may be a file or a directory"
    DIRECTORY = "a directory of the base image may take it in"
    MANY = "too many steps"
    DEEP = "too many copies of copies"


class Reason(Record):
    """One cause with the names it speaks of: `what` is a program, an image, a path; `detail` says more."""

    cause: Cause
    what: str = ""
    detail: str = ""


Why = frozenset[Reason]
"""The reasons of one path, none where nothing is in doubt; those of two that are joined are the union."""

NOTHING: Why = frozenset()
MOUNTS = frozenset(
    [
        Cause.CACHE_MOUNT,
        Cause.BIND_MOUNT,
        Cause.SECRET_MOUNT,
        Cause.PLATFORM_MOUNT,
        Cause.DRIVER_MOUNT,
    ]
)
BRINGS_NOTHING = frozenset(
    [Cause.CONDITION, Cause.REMOVED, Cause.TAKEN, Cause.LINK, Cause.NO_WAY, Cause.TOO_LONG]
)
"""Reasons why something may be missing; all the others are ways in which something may have come there."""


@lru_cache(_MOST_KEPT)
def because(cause: Cause, what: str = "", detail: str = "") -> Why:
    """One reason."""
    return frozenset((Reason(cause, what, detail),))


CONDITION = because(Cause.CONDITION)
THE_BASE = frozenset([Cause.BASE])


@lru_cache(_MOST_KEPT)
def causes(why: Why) -> frozenset[Cause]:
    """What a decision asks of reasons."""
    return frozenset(reason.cause for reason in why)


@lru_cache(_MOST_KEPT)
def sources(why: Why) -> frozenset[Cause]:
    """From where it may come: the causes without those that bring nothing."""
    return causes(why) - BRINGS_NOTHING


_SENTENCES = {
    Cause.BASE: "{0} may hold it",
    Cause.CONDITION: "a condition decides",
    Cause.REMOVED: "it was removed",
    Cause.TAKEN: "{0} may have removed it",
    Cause.LINK: "a link on the way may not be there",
    Cause.NO_WAY: "its links run in a circle, or through a file",
    Cause.TOO_LONG: "the path is longer than Linux allows",
    Cause.CACHE_MOUNT: "the cache mount may hold it",
    Cause.BIND_MOUNT: "{0}",
    Cause.SECRET_MOUNT: "the build may not be given the {0} {1}",
    Cause.PLATFORM_MOUNT: "{0} may mount {1} there",
    Cause.DRIVER_MOUNT: "the driver's tools are mounted",
    Cause.PACKAGES: "{0} may have written it",
    Cause.WRITTEN: "{0} may have written it",
    Cause.MADE: "{0} may have made it",
    Cause.BROUGHT: "{0} may have brought it",
    Cause.PUT: "{0} may have put it there",
    Cause.SKELETON: "{0} may have been copied there",
    Cause.MOVED: "{0} may have moved it there",
    Cause.UNPACKED: "it may come out of {0}",
    Cause.FILLED: "{0} there",
    Cause.LINKED: "what the link points to was copied",
    Cause.NOT_FOLLOWED: "{0}",
    Cause.COMING: "{0}",
    Cause.KIND: "whether {0} {1} a directory is not known",
    Cause.DIRECTORY: "{0} may be a directory of the base image",
    Cause.MANY: "more than {1} steps wrote below {0}",
    Cause.DEEP: "it was copied through too many directories",
}


@lru_cache(_MOST_KEPT)
def sentence(why: Why) -> str:
    """The reasons as text for a reader; empty without one. What may have come over a base image follows it after a comma."""
    if not why:
        return ""
    bases = sorted(_told(reason) for reason in why if reason.cause is Cause.BASE)
    missing = [_told(reason) for reason in why if reason.cause in BRINGS_NOTHING]
    brought = sorted(
        _told(reason)
        for reason in why
        if reason.cause is not Cause.BASE and reason.cause not in BRINGS_NOTHING
    )[:_MOST_SAID]
    parts = [*bases[:-1], ", ".join((bases[-1], *brought))] if bases else brought
    return "; ".join(sorted((*parts, *missing))[:_MOST_SAID])


def _told(reason: Reason) -> str:
    form = _SENTENCES[reason.cause]
    shown = form.format(reason.what, reason.detail)
    return f"{shown}: {reason.detail}" if reason.detail and "{1}" not in form else shown

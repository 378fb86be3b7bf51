"""The data types of an inspection that places, values and models are told with; see `records` for the whole."""

from __future__ import annotations

from enum import Enum

from dfguard.core.record import Record


class Spot(Record):
    """A place in a file; line and column are 1-based."""

    path: str
    line: int
    column: int


class Origin(Record):
    """Something that gave a value its content: `name` bound `text` at `where`, or, when that is None, outside of any
    file: `by` then says by what (an image, `--build-arg`, `default of the user`).
    """

    name: str
    text: str
    where: Spot | None
    by: str


class Told(Record):
    """What is known of a text: one of `texts`, exactly when there is one; none when it is not known, then `why` says
    why not. `because` are the bindings that made it so.
    """

    texts: tuple[str, ...]
    why: str = ""
    because: tuple[Origin, ...] = ()


class Mark(Enum):
    """What becomes of a path that the build wrote; exactly one is true.

    BAKED: the process can read it. DISCARDED: a RUN mount keeps it out of the image. HIDDEN: a mount of the platform
    lies over it. UNREADABLE: it is closed to the process. REMOVED: a later step takes it away. LEFT: it stays in a stage
    that is not the image. MAYBE: a condition decides whether it is there. UNKNOWN: we cannot tell.
    """

    BAKED = "baked"
    DISCARDED = "discarded"
    HIDDEN = "hidden"
    UNREADABLE = "unreadable"
    REMOVED = "removed"
    LEFT = "left"
    MAYBE = "maybe"
    UNKNOWN = "unknown"


class Baked(Record):
    """A download of the build: `path` is where the files lie, `mark` what becomes of them in the image; `notes` say
    what else matters (a failure that is swallowed, a later copy).
    """

    subject: Told
    loader: str
    directory: Told
    path: str | None
    files: tuple[str, ...]
    size: int | None
    stage: int
    where: Spot
    mark: Mark
    is_sure: bool
    why: str
    notes: tuple[str, ...]


class Verdict(Enum):
    """Whether a load of the process finds what it looks for: FOUND in the image, HIDDEN by a mount, UNREADABLE for its
    user, ELSEWHERE: baked, but not where it looks, MISSING, or UNKNOWN.
    """

    FOUND = "found"
    HIDDEN = "hidden"
    UNREADABLE = "unreadable"
    ELSEWHERE = "elsewhere"
    MISSING = "missing"
    UNKNOWN = "unknown"


class LookedUp(Record):
    """A load of the process. `moment` is import, start or first request; `path` where it looks; `downloads`: it fetches
    what is not there; `offline_by` is the switch that forbids that.
    """

    subject: Told
    loader: str
    moment: str
    directory: Told
    path: str | None
    files: tuple[str, ...]
    size: int | None
    where: Spot
    verdict: Verdict
    is_sure: bool
    why: str
    downloads: bool
    offline_by: Origin | None


class Download(Record):
    """What will be downloaded at a moment (`start` or `first request`), the looked-up subjects and their bytes."""

    moment: str
    subject: str
    size: int | None
    is_sure: bool
    where: Spot

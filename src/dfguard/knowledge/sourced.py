"""The common part of every pack entry: where the fact was read, when, and how sure it is."""

from __future__ import annotations

from enum import Enum

from dfguard.core.record import Record


class Status(Enum):
    """How a fact was come by: RUN executed, READ in the source named, KNOWN is general knowledge nobody checked."""

    RUN = "run"
    READ = "read"
    KNOWN = "known"


class Sourced(Record):
    """An entry of a pack. `source` names files, commits, pages or releases; `checked` is an ISO date."""

    source: tuple[str, ...]
    checked: str
    status: Status

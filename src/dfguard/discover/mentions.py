"""What a build file says of one build: `Mention`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.core.source import Place


class Mention(Record):
    """One place that names a Dockerfile; paths relative to the repository root, not yet cleaned, with UNKNOWN (of
    `build_commands`) for a part that only a run could tell. `images` are the names it gives to what it builds, as written;
    `contexts` the further build contexts, name and source. `is_after_others`: what runs before it may make files.
    """

    place: Place
    builder: str
    dockerfile: str
    context: str
    target: str | None = None
    images: tuple[str, ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()
    is_after_others: bool = False

"""A load to the bytes it fetches, where the packs know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.state.model import Load
    from dfguard.knowledge.model import Knowledge

MEGABYTE = 1_000_000


def size_of(load: Load, knowledge: Knowledge) -> int | None:
    """The bytes of the files a load asks for; None when no pack says."""
    subject = (known(load.subject) or "").lower()
    for loader in knowledge.loaders.python:
        for item in loader.items:
            if item.size_mb is not None and item.subject.lower() == subject and item.files == load.files:
                return item.size_mb * MEGABYTE
    return None

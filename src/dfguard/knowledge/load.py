"""All packs to `Knowledge`: the bundled ones, which need no yaml (see `packs`), and those of folders laid over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.knowledge.pack_files import read_tables
from dfguard.knowledge.packs import bundled

if TYPE_CHECKING:
    from dfguard.knowledge.model import Knowledge


def load_knowledge(packs: tuple[str, ...] = ()) -> Knowledge:
    """The bundled packs with those of the folders `packs` laid over, in order; later ones win.

    Raise PackError for a folder that holds no packs or a broken one.
    """
    knowledge = bundled()
    for folder in packs:
        knowledge = knowledge.merged(read_tables(folder))
    return knowledge

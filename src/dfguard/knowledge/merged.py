"""The bundled packs with further folders of packs laid over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.knowledge.packs import bundled

if TYPE_CHECKING:
    from dfguard.knowledge.model import Knowledge


def knowledge_with(folders: tuple[str, ...]) -> Knowledge:
    """The knowledge with the packs of these folders added, later ones over earlier ones; entries of the same id replace.

    Raises PackError, with `path:line:`, for a folder or file that cannot be used.
    """
    knowledge = bundled()
    if folders:
        from dfguard.knowledge.load import read_tables

        for folder in folders:
            knowledge = knowledge.merged(read_tables(folder))
    return knowledge

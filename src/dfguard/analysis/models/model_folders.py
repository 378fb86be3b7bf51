"""Weights that the build lays into the folders of a program to those that lie in a folder it does not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import Step, Write
    from dfguard.knowledge.loaders import ModelFolders
    from dfguard.knowledge.model import Knowledge

_BY_WORKSPACE = "comfy model download"


class WrongFolder(Record):
    """Weights at `path`, in the folder `name` where the program reads `instead`."""

    program: str
    name: str
    instead: str
    path: str
    place: Place
    is_certain: bool


def wrong_folders(writes: Iterable[tuple[Step, Write]], knowledge: Knowledge) -> Iterator[WrongFolder]:
    """The downloads into misnamed folders, each place once; a folder that a link leads to or from is left out, and one
    is uncertain when the build brings a list of further folders.
    """
    every = tuple(write for _, write in writes)
    linked = {path for write in every if write.link_target for path in (write.path, write.link_target)}
    is_told = any(write.path.endswith("extra_model_paths.yaml") for write in every)
    seen: set[object] = set()
    for write in every:
        for program in knowledge.downloaders.folders if write.load is not None else ():
            folder, name = _inside(write, program)
            instead = dict(program.mistaken).get(name)
            if instead is None or write.place in seen or folder in linked or write.discarded_by is not None:
                continue
            seen.add(write.place)
            is_certain = not is_told and write.load is not None and write.load.is_certain
            yield WrongFolder(program.program, name, instead, write.path, write.place, is_certain)


def _inside(write: Write, program: ModelFolders) -> tuple[str, str]:
    """The folder directly below the program's, and its name; empty when the write goes elsewhere."""
    is_by_workspace = write.load is not None and write.load.loader == _BY_WORKSPACE
    below = program.below.rpartition("/")[2] if is_by_workspace else program.below
    head, found, rest = write.path.lower().partition(f"/{below}/")
    name = rest.partition("/")[0] if "/" in rest else ""
    return (write.path[: len(head) + len(found) + len(name)], name) if found else ("", "")

"""Steps to what a RUN writes below a VOLUME that holds already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import Step, Write


class VolumeWrite(Record):
    """The first content that a RUN writes below the volume `path`; `declared` is None for one of the base image."""

    write: Write
    path: str
    declared: Place | None


def volume_writes(steps: Iterable[Step]) -> Iterator[VolumeWrite]:
    """One write for each volume, a download before other content."""
    found: dict[str, VolumeWrite] = {}
    for step in steps:
        if step.instruction.keyword != "RUN":
            continue
        volumes = [(paths.clean(path), place) for path, place in step.before.volumes if path.startswith("/")]
        for write in step.effects.writes if volumes else ():
            if not write.is_payload or write.discarded_by:
                continue
            over = next((v for v in volumes if paths.is_below(write.path, v[0]) or write.path == v[0]), None)
            if over is None or (over[0] in found and not (write.load and not found[over[0]].write.load)):
                continue
            found[over[0]] = VolumeWrite(write, *over)
    yield from found.values()

"""The HEALTHCHECK of the image to the models that it loads each time it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.state.model import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.runtime.process import Process


class CheckLoad(Record):
    """A call or command that loads weights: its text, where it stands, whether it surely runs, and what leads to it,
    outermost first; the first is the instruction.
    """

    name: str
    place: Place
    is_certain: bool
    proof: tuple[Place, ...]


def loads_of_check(check: Process) -> Iterator[CheckLoad]:
    """The weights that the command of a health check loads, in the files that it starts and imports, too. Asking a server
    for an address loads none, unless the address is one of weights.
    """
    seen = set()
    for load in check.loads:
        if load.is_weights and load.moment is Moment.START and load.place not in seen:
            seen.add(load.place)
            instruction = (check.place,) if check.place else ()
            proof = (*instruction, *(place for place in load.proof if place.source is not load.place.source))
            yield CheckLoad(load.place.text.partition("(")[0], load.place, load.is_certain, proof)

"""A load of the process to the places that lead to it: what starts the program, what copies it in, who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.syntax.python.program import Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import Load
    from dfguard.syntax.python.program import Program, PythonCall

MOST_CALLERS = 4


class Waypoint(Record):
    """One place on the way, and what it does."""

    place: Place
    what: str


def trail(load: Load, process: Process, files: FileSystem) -> tuple[Waypoint, ...]:
    """The way to a load, outermost first: the start command, the instruction that brought the file into the image,
    and the calls of local functions that lead to it while a request waits.
    """
    found = [Waypoint(place, "starts the program") for place in load.proof]
    started = next((s for s in process.programs if s.program.source is load.place.source), None)
    if started is None:
        return tuple(found)
    entry = files.resolve(started.path) if started.path is not None else None
    if entry is not None and entry.written_by is not None:
        found.append(Waypoint(entry.written_by, f"brings {entry.path} into the image"))
    programs = tuple(s.program for s in process.programs)
    return (*found, *_callers(load, started.program, programs))


def _callers(load: Load, program: Program, programs: tuple[Program, ...]) -> Iterator[Waypoint]:
    function = next((c.function for c in program.calls if c.span == load.place.span), None)
    seen: set[str] = set()
    waiting = [function] if function else []
    count = 0
    while waiting and count < MOST_CALLERS:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        for source, call in _calls_of(name, programs):
            count += 1
            yield Waypoint(Place(source.source, call.span), f"calls {name} while a request waits")
            if call.function:
                waiting.append(call.function)


def _calls_of(name: str, programs: tuple[Program, ...]) -> Iterator[tuple[Program, PythonCall]]:
    """The calls of a local function or class, by its qualified name or its last part, that requests reach; where none is
    known to be reached, those of which nobody knows what calls them (it may be another file).
    """
    owner, _, last = name.rpartition(".")
    last = owner.rpartition(".")[2] if last == "__init__" else last
    found = [(p, call) for p in programs for call in p.calls if call.name.rpartition(".")[2] == last]
    asked = [pair for pair in found if pair[1].reach is Reach.REQUEST]
    yield from asked or (pair for pair in found if pair[1].reach is Reach.UNCALLED)

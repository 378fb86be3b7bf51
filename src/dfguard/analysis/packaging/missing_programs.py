"""Commands of the build, of the start and of the health check whose program is surely nowhere on PATH."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem.contents import origin_of, packages_with
from dfguard.interp.shell.state import goes_unnoticed
from dfguard.interp.state.model import Failure, Lack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.state.model import BuildState, CommandRun, StageTrace


_GIVES_UP = re.compile(r"\|\|\s*(?:exit\b|false\b|return\b|\{\s*exit\b|kill\b)")


class MissingProgram(Record):
    """A command without its program. `stops`: its failure ends the step, or the start; otherwise nobody notices. `package` brings the
    program, empty when none is known; `origin` says where that is known from; `image` is the base.
    """

    run: CommandRun
    stops: bool
    package: str
    origin: str
    image: str


def missing_in_build(traces: tuple[StageTrace, ...]) -> Iterator[MissingProgram]:
    """Those of the shipped stages, each program once a stage."""
    for trace in traces:
        seen: set[str] = set()
        for step in trace.steps if trace.is_shipped else ():
            yield from missing_among(step.effects.commands, step.before, seen)


def missing_among(
    runs: Iterable[CommandRun], state: BuildState, seen: set[str] | None = None
) -> Iterator[MissingProgram]:
    """Those among the commands of one text, started from a state; of a name in `seen` nothing is said any more."""
    told = set() if seen is None else seen
    for run in runs:
        stops = run.failure is Failure.FATAL or _gives_up(run)
        if run.lacks is not Lack.PROGRAM or run.name in told or not (stops or _is_unnoticed(run)):
            continue
        told.add(run.name)
        base = state.base
        system = base.system if base is not None else ""
        packages = packages_with(system, run.name)
        yield MissingProgram(
            run,
            stops,
            packages[0] if packages else "",
            origin_of(system),
            base.repository if base is not None else "",
        )


def _is_unnoticed(run: CommandRun) -> bool:
    """Whether no condition and no `||` asks for its status."""
    return run.failure is Failure.UNKNOWN or goes_unnoticed(run.failure, run.swallowed_by)


def _gives_up(run: CommandRun) -> bool:
    """Whether `|| exit` or `|| false` stands behind it."""
    place = run.swallowed_by
    return place is not None and _GIVES_UP.match(place.text) is not None

"""Where what a build step fetched ends up: moves inside a stage and copies into others, followed to the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.models.baked_models import carried_on
from dfguard.core.record import Record
from dfguard.inspection.files import copied_on
from dfguard.inspection.telling import cut
from dfguard.inspection.terms import Mark
from dfguard.interp.filesystem import paths
from dfguard.interp.values import described, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.facts import Facts
    from dfguard.inspection.records import FileRow
    from dfguard.interp.state.model import CommandRun, Load

Rows = dict[tuple[int, str], "FileRow"]
LONGEST_COMMAND = 200


class Arrival(Record):
    """The stage and path where something ends up, and a sentence for each part of the way."""

    stage: int
    path: str
    way: tuple[str, ...] = ()


def arrival(load: Load, path: str, stage: int, facts: Facts, rows: Rows) -> Arrival:
    """Where the file at `path` that a load fetched in a stage ends up."""
    found = _moved(load, Arrival(stage, path), facts, rows)
    for _ in facts.traces:
        further = _copied(found, facts, rows)
        if further is None:
            break
        found = further
    return found


def _moved(load: Load, at: Arrival, facts: Facts, rows: Rows) -> Arrival:
    """The same after a `mv` or `cp` of its own stage, where the file is gone from its first place."""
    row = rows.get((at.stage, at.path))
    if row is None or row.mark is not Mark.REMOVED:
        return at
    steps = [step for step in facts.steps if step.stage == at.stage]
    run = carried_on(steps, load)
    if run is None:
        return at
    told = f"line {run.place.line}: {cut(' '.join(map(described, run.words)), LONGEST_COMMAND)}"
    names = (paths.name(at.path), paths.name(paths.clean(known(run.words[-1]) or "/")))
    written = list(_written_by(run, at, rows))
    for name in names:
        for path in written:
            if paths.name(path) == name:
                return Arrival(at.stage, path, (told,))
    return Arrival(at.stage, at.path, (told,))


def _written_by(run: CommandRun, at: Arrival, rows: Rows) -> Iterator[str]:
    """The paths of the stage that the command wrote."""
    tool = run.name.rpartition("/")[2]
    lines = range(run.place.line, run.place.source.line_of(run.place.span.end) + 1)
    for (stage, path), row in rows.items():
        if stage == at.stage and any(w.tool == tool and w.where.line in lines for w in row.writes):
            yield path


def _copied(at: Arrival, facts: Facts, rows: Rows) -> Arrival | None:
    """The same after a COPY --from of another stage; None when there is none."""
    row = rows.get((at.stage, at.path))
    if row is None or row.mark is Mark.REMOVED:
        return None
    trace = facts.traces[at.stage]
    for other in facts.traces:
        for path, destination, line in copied_on(trace, (other,)):
            if paths.is_at_or_below(at.path, path):
                inside = _landing(paths.relative(at.path, path), path, destination, other.stage.index, rows)
                told = f"line {line} copies it to {inside}"
                if (other.stage.index, inside) in rows:
                    return Arrival(other.stage.index, inside, (*at.way, told))
    return None


def _landing(relative: str, path: str, destination: str, stage: int, rows: Rows) -> str:
    """The path of what was copied: below the destination, or below the source's name in it."""
    folder = paths.clean(destination)
    first = paths.below(folder, relative)
    second = paths.below(paths.below(folder, paths.name(path)), relative)
    return second if (stage, second) in rows and (stage, first) not in rows else first

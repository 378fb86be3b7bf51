"""A played stage to the rows of its tree: every path that the build wrote, with its mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.inspection.marks import Fate, doubted, fate, reader_of, vanished
from dfguard.inspection.records import FileRow, Written
from dfguard.inspection.telling import cut, spot
from dfguard.inspection.terms import Mark
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, Presence
from dfguard.interp.filesystem.events import Layer
from dfguard.interp.filesystem.history import events_between
from dfguard.interp.filesystem.trees import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dfguard.interp.filesystem.snapshot import View
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import StageTrace, Write

MOST_ROWS = 5000
MOST_OF_TREE = 1000
"""How much of one copied directory is listed."""


def touched(after: View, before: View) -> list[str]:
    """The paths that some event between two views made or may have made, trees that were copied walked, each once."""
    found: dict[str, None] = {}
    for path, event in events_between(*after.view, *before.view) or ():
        if isinstance(event, Entry):
            if event.presence is not Presence.ABSENT:
                found[path] = None
        elif isinstance(event, Layer):
            found |= dict.fromkeys(
                entry.path for entry in walk(after, path, limit=MOST_OF_TREE) if entry.written_by is not None
            )
    return list(found)


def written(trace: StageTrace) -> dict[str, list[Write]]:
    """The writes of a stage by path."""
    found: dict[str, list[Write]] = {}
    for step in trace.steps:
        for write in step.effects.writes:
            found.setdefault(paths.clean(write.path), []).append(write)
    return found


def rows(
    trace: StageTrace, inherited: Iterable[str], judge: Callable[[str, Entry], Fate]
) -> tuple[tuple[FileRow, ...], int]:
    """The rows of a stage in the order of a tree, and how many are left out. `inherited` are the paths of the stage
    that it is built on; `judge` tells the fate of a path that no mount of the build discards.
    """
    own = written(trace)
    start = trace.steps[0].before.files if trace.steps else trace.final.files
    made = dict.fromkeys((*own, *touched(trace.final.files, start)))
    older = [path for path in inherited if path not in made]
    every = sorted((path for path in (*made, *older) if path != "/" or path in own), key=in_tree)
    shown = (
        _row(path, trace.final.files, judge, own.get(path, ()), path not in made)
        for path in every[:MOST_ROWS]
    )
    return tuple(row for row in shown if row is not None), max(0, len(every) - MOST_ROWS)


def in_tree(path: str) -> tuple[str, ...]:
    """The sort key that puts a directory's content right behind it."""
    return tuple(path.split("/"))


def _row(
    path: str,
    files: View,
    judge: Callable[[str, Entry], Fate],
    writes: Sequence[Write],
    is_inherited: bool,  # noqa: FBT001  handed on from one place
) -> FileRow | None:
    entry = files.look(path)
    found = _discarded(entry, writes) or judge(path, entry)
    if not writes and not entry.written_by and found.mark in {Mark.REMOVED, Mark.UNKNOWN}:
        return None
    where = entry.written_by if entry.presence is not Presence.ABSENT else None
    target = entry.target or next((write.link_target for write in writes if write.link_target), None)
    return FileRow(
        path,
        entry.kind.value,
        found.mark,
        found.is_sure,
        found.why,
        entry.size,
        entry.owner,
        f"{entry.mode:04o}" if entry.mode is not None else None,
        cut(target) if target else None,
        spot(where) if where else None,
        is_inherited,
        tuple(Written(write.tool, spot(write.place)) for write in writes),
    )


def _discarded(entry: Entry, writes: Sequence[Write]) -> Fate | None:
    mounts = [write.discarded_by for write in writes if write.discarded_by]
    if not mounts or len(mounts) < len(writes) or entry.presence is Presence.PRESENT:
        return None
    kind = mounts[0].kind.value
    return Fate(Mark.DISCARDED, why=f"the {kind} mount over {mounts[0].target} keeps it out of the image")


def judge_of_image(view: RuntimeView) -> Callable[[str, Entry], Fate]:
    """The fates in the stage that becomes the image, and in those below it."""
    reader = reader_of(view)
    return lambda path, _: fate(path, view, reader)


def judge_of_other(trace: StageTrace, traces: Iterable[StageTrace]) -> Callable[[str, Entry], Fate]:
    """The fates in a stage that is not the image: what is left there, and what later stages copy out of it."""
    copies = list(copied_on(trace, traces))
    otherwise = "it stays in its stage" if trace.is_shipped else "the image does not need this stage"

    def judge(path: str, entry: Entry) -> Fate:
        found = vanished(entry) or doubted(entry)
        if found is not None:
            return found
        taken = next((copy for copy in copies if paths.is_at_or_below(path, copy[0])), None)
        why = f"line {taken[2]} copies it to {taken[1]}" if taken else otherwise
        return Fate(Mark.LEFT, why=why)

    return judge


def copied_on(trace: StageTrace, others: Iterable[StageTrace]) -> Iterator[tuple[str, str, int]]:
    """What other stages copy out of a stage: (path in it, destination, line)."""
    names = {str(trace.stage.index), trace.stage.name}
    for other in others:
        for step in other.steps:
            for copy in step.effects.copies:
                if copy.origin is not None and copy.origin.lower() in names and copy.destination:
                    for path in copy.matched:
                        yield paths.clean(path), copy.destination, copy.place.line

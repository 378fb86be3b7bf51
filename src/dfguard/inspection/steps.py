"""The steps of a stage to what each of them changes: paths, variables, user, directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.inspection.files import in_tree
from dfguard.inspection.records import Change, ChangeKind, StepView
from dfguard.inspection.telling import cut, notes, set_between, told, user_told
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.events import Havoc, Layer
from dfguard.interp.filesystem.history import events_between
from dfguard.interp.filesystem.trees import walk
from dfguard.interp.reasons import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.filesystem.snapshot import View
    from dfguard.interp.state.model import StageTrace, Step, Write

MOST_STEPS = 2000
MOST_CHANGES = 300
MOST_NOTES = 20
LONGEST_TEXT = 400


def step_views(trace: StageTrace, shown: tuple[str, ...]) -> tuple[tuple[StepView, ...], int]:
    """The steps and how many are left out; `shown` are the paths of the stage's tree."""
    views = tuple(_step(step, shown) for step in trace.steps[:MOST_STEPS])
    return views, max(0, len(trace.steps) - MOST_STEPS)


def _step(step: Step, shown: tuple[str, ...]) -> StepView:
    instruction, after = step.instruction, step.after
    changes = sorted(_changes(step, shown), key=lambda change: in_tree(change.path))
    return StepView(
        instruction.keyword,
        cut(instruction.original.value, LONGEST_TEXT),
        instruction.line,
        instruction.source.line_of(max(instruction.span.end - 1, instruction.span.start)),
        told(after.workdir),
        user_told(after.user),
        tuple(set_between(step.before, after)),
        tuple(changes[:MOST_CHANGES]),
        max(0, len(changes) - MOST_CHANGES),
        notes(step.effects.unknowns, MOST_NOTES),
    )


def _changes(step: Step, shown: tuple[str, ...]) -> Iterator[Change]:
    before, after = step.before.files, step.after.files
    if step.instruction.keyword == "FROM":
        return
    writes = {paths.clean(write.path): write for write in step.effects.writes}
    for path in dict.fromkeys((*_candidates(before, after, shown), *writes)):
        change = _change(path, before, after, writes.get(path))
        if change is not None:
            yield change


def _candidates(before: View, after: View, shown: tuple[str, ...]) -> Iterable[str]:
    """The paths that a step may have changed: what it names, and below a directory that it changed as a whole what
    the stage's tree shows or a copied tree brings.
    """
    found: dict[str, None] = {}
    for path, event in events_between(*after.view, *before.view) or ():
        if isinstance(event, Entry):
            found[path] = None
        elif isinstance(event, Layer):
            found |= dict.fromkeys(entry.path for entry in walk(after, path, limit=MOST_CHANGES + 1))
        elif not isinstance(event, Havoc):
            found |= dict.fromkeys(other for other in shown if paths.is_below(other, path))
    return found


def _change(path: str, before: View, after: View, write: Write | None) -> Change | None:
    old, new = before.look(path), after.look(path)
    kind = _kind(old, new)
    why = sentence(new.why) if kind in {ChangeKind.MAYBE, ChangeKind.REMOVED} else ""
    if kind is None and write is not None and write.discarded_by is not None:
        kind, why = ChangeKind.DISCARDED, f"below the {write.discarded_by.kind.value} mount"
    elif kind is None and write is not None and new.presence is not Presence.ABSENT:
        is_there = new.presence is Presence.PRESENT
        kind, why = ChangeKind.CHANGED if is_there else ChangeKind.MAYBE, sentence(new.why)
    if kind is None:
        return None
    return Change(path, kind, new.kind.value, new.size, why)


def _kind(old: Entry, new: Entry) -> ChangeKind | None:
    if old == new or (old.presence is Presence.MAYBE and new.presence is Presence.MAYBE):
        return None
    if new.presence is Presence.ABSENT:
        is_known = old.presence is Presence.PRESENT or old.written_by is not None
        return ChangeKind.REMOVED if is_known and old.presence is not Presence.ABSENT else None
    if new.presence is Presence.MAYBE:
        return ChangeKind.MAYBE if new.kind is not EntryKind.UNKNOWN or old.written_by else None
    return ChangeKind.CHANGED if old.presence is Presence.PRESENT else ChangeKind.ADDED

"""The played stages to their views: state at the end, tree, steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.inspection.files import judge_of_image, judge_of_other, rows
from dfguard.inspection.records import StageView
from dfguard.inspection.steps import step_views
from dfguard.inspection.telling import command_line, spot, told, user_told, variables
from dfguard.interp.loads.environment import build_lookup, home_of, sight_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.facts import Facts
    from dfguard.inspection.records import FileRow
    from dfguard.interp.state.model import StageTrace

MOST_STAGES = 200


def stage_views(facts: Facts) -> Iterator[StageView]:
    """The views of the stages in file order; a fragment has none."""
    part_of_image = _lineage(facts)
    shown: dict[int, tuple[str, ...]] = {}
    for trace in facts.traces[:MOST_STAGES]:
        if trace.stage.is_fragment:
            return
        inherited = shown.get(trace.parent, ()) if trace.parent is not None else ()
        view = facts.runtime if trace.stage.index in part_of_image else None
        judge = judge_of_image(view) if view else judge_of_other(trace, facts.traces)
        files, files_cut = rows(trace, inherited, judge)
        shown[trace.stage.index] = tuple(row.path for row in files)
        yield _stage(trace, facts, files, files_cut, is_image=view is not None)


def _lineage(facts: Facts) -> frozenset[int]:
    """The indexes of the stage that becomes the image and of those it is built on."""
    found = []
    trace = facts.target
    while trace is not None:
        found.append(trace.stage.index)
        trace = facts.traces[trace.parent] if trace.parent is not None else None
    return frozenset(found)


def _stage(
    trace: StageTrace, facts: Facts, files: tuple[FileRow, ...], files_cut: int, *, is_image: bool
) -> StageView:
    final, first = trace.final, trace.steps[0].before if trace.steps else trace.final
    steps, steps_cut = step_views(trace, tuple(row.path for row in files))
    return StageView(
        trace.stage.index,
        trace.stage.name,
        told(trace.base),
        spot(trace.stage.from_instruction.place),
        trace.parent,
        is_image,
        trace.is_shipped,
        user_told(final.user),
        told(home_of(sight_of(final, facts.world, build_lookup(final)))),
        told(final.workdir),
        tuple(variables(first.environment)),
        tuple(variables(final.environment)),
        command_line(final.entrypoint),
        command_line(final.command),
        command_line(final.healthcheck),
        files,
        files_cut,
        steps,
        steps_cut,
    )

"""A stage to the stages that it is made FROM, and to their steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfguard.interp.state.model import StageTrace, Step


def lineage(target: StageTrace, traces: tuple[StageTrace, ...]) -> frozenset[int]:
    """The indexes of a stage and of the stages it is made FROM."""
    found = [target]
    while found[-1].parent is not None:
        found.append(traces[found[-1].parent])
    return frozenset(trace.stage.index for trace in found)


def steps_of(trace: StageTrace, traces: tuple[StageTrace, ...]) -> tuple[Step, ...]:
    """The steps of a stage behind those of the stages that it is made FROM."""
    below = steps_of(traces[trace.parent], traces) if trace.parent is not None else ()
    return (*below, *trace.steps)

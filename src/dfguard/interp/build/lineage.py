"""A stage to the stages that it is made FROM, and to their steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfguard.interp.state.model import StageTrace, Step


def chain(target: StageTrace, traces: tuple[StageTrace, ...]) -> tuple[StageTrace, ...]:
    """A stage behind the stages that it is made FROM, the lowest first."""
    found = [target]
    while (parent := found[-1].parent) is not None:
        found.append(traces[parent])
    return tuple(reversed(found))


def lineage(target: StageTrace, traces: tuple[StageTrace, ...]) -> frozenset[int]:
    """The indexes of a stage and of the stages it is made FROM."""
    return frozenset(trace.stage.index for trace in chain(target, traces))


def steps_of(trace: StageTrace, traces: tuple[StageTrace, ...]) -> tuple[Step, ...]:
    """The steps of a stage behind those of the stages that it is made FROM."""
    return tuple(step for one in chain(trace, traces) for step in one.steps)

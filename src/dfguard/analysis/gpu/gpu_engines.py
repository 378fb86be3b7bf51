"""Build steps to the engines that they make or start: what TensorRT, vLLM and their like can do only on a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.state.model import Failure
from dfguard.interp.values import known
from dfguard.syntax.python.program import Constant, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.state.model import CommandRun, StageTrace, Step
    from dfguard.knowledge.packages import GpuName
    from dfguard.syntax.python.program import PythonCall

_BUILT_ON_GPU = ("l4t", "jetson", "tegra", "cpu")
"""Words in the names of images that are built on the device itself, or that have engines for the CPU."""
_ASKS = frozenset({"-h", "--help", "--version", "-v", "help"})


class Engine(Record):
    """An engine that the build makes: the command or call, what comes of it, and the places that lead to it."""

    name: str
    place: Place
    consequence: str
    proof: tuple[Place, ...] = ()


def gpu_engines(traces: tuple[StageTrace, ...], names: tuple[GpuName, ...]) -> Iterator[Engine]:
    """The engines of the shipped stages whose failure surely stops the build; none on an image that is not known, or
    where the build may have a GPU.
    """
    rows = [row for row in names if row.kind == "engine"]
    for trace in traces:
        if trace.is_shipped and _has_no_gpu(trace, traces):
            for step in trace.steps:
                for run in step.effects.commands:
                    yield from _of_command(run, rows)
                yield from _of_programs(step, rows)


def _has_no_gpu(trace: StageTrace, traces: tuple[StageTrace, ...]) -> bool:
    bottom = trace
    while bottom.parent is not None:
        bottom = traces[bottom.parent]
    base = known(bottom.base)
    return base is not None and not any(word in base.lower() for word in _BUILT_ON_GPU)


def _of_command(run: CommandRun, rows: list[GpuName]) -> Iterator[Engine]:
    name = run.name.rpartition("/")[2]
    words = [known(word) for word in run.words[1:]]
    if run.failure is not Failure.FATAL or not run.is_certain or not words or _ASKS & set(words):
        return
    for row in rows:
        if row.when == "run" and row.name == name and set(row.arguments) <= set(words):
            yield Engine(" ".join((name, *row.arguments)), run.place, row.consequence)


def _of_programs(step: Step, rows: list[GpuName]) -> Iterator[Engine]:
    is_for_cpu = any(name.startswith("VLLM_") for name in build_variables(step.before))
    for started in step.effects.programs:
        program, command = started.program, started.place
        for call in program.calls:
            row = next((r for r in rows if r.when == "call" and r.name == call.name), None)
            is_sure = call.reach is Reach.IMPORT and not call.is_caught and not call.is_conditional
            if row is None or not is_sure or not _fits(call, row) or (is_for_cpu and "vllm" in row.name):
                continue
            yield Engine(row.name, Place(program.source, call.span), row.consequence, (command,))


def _fits(call: PythonCall, row: GpuName) -> bool:
    """Whether the call has the row's arguments, and nothing that may choose another device."""
    given = {
        f"{a.keyword}={a.value.value}" for a in call.arguments if a.keyword and isinstance(a.value, Constant)
    }
    keywords = {a.keyword for a in call.arguments}
    is_open = bool(keywords & {"*", "**"}) or ("device" in keywords and not row.arguments)
    return not is_open and set(row.arguments) <= given

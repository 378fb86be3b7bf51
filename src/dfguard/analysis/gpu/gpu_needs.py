"""Build steps to what in them needs a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.state.model import Failure
from dfguard.interp.values import known
from dfguard.syntax.python.program import Constant, Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.state.model import CommandRun, Load, Step
    from dfguard.syntax.python.program import Program, PythonCall

GPU_TESTS = frozenset(
    {
        "torch.cuda.is_available",
        "torch.cuda.device_count",
        "torch.cuda.current_device",
        "torch.cuda.get_device_name",
        "torch.cuda.get_device_properties",
        "torch.cuda.get_device_capability",
    }
)
ASKS_DEVICE = GPU_TESTS - {"torch.cuda.is_available", "torch.cuda.device_count"}


class GpuNeed(Record):
    """Something that fails where there is no GPU: its place, what it is, and the places that lead to it. `is_fatal`
    False: the build goes on without it.
    """

    place: Place
    message: str
    proof: tuple[Place, ...] = ()
    is_certain: bool = True
    is_fatal: bool = True


def gpu_needs(steps: Iterable[Step]) -> Iterator[GpuNeed]:
    """Everything in the steps' commands and programs that needs a GPU, in the order of the build."""
    for step in steps:
        for run in step.effects.commands:
            yield from _of_command(run)
        for load in step.effects.loads:
            yield from _of_load(load)
        for started in step.effects.programs:
            yield from _of_program(started.program, started.place)


def _of_command(run: CommandRun) -> Iterator[GpuNeed]:
    name = run.name.rpartition("/")[2]
    if name == "nvidia-smi" and run.failure is Failure.FATAL and run.is_certain:
        yield GpuNeed(run.place, "nvidia-smi fails during the build: a RUN has no GPU")


def _of_load(load: Load) -> Iterator[GpuNeed]:
    device = known(load.device) if load.device else None
    if device is None or not _is_gpu(device):
        return
    message = f"the model is loaded on the device {device!r} during the build, where there is no GPU"
    yield GpuNeed(load.place, message, load.proof, load.is_certain, is_fatal=load.failure is Failure.FATAL)


def _is_gpu(device: str) -> bool:
    return device == "gpu" or device.partition(":")[0] == "cuda"


def _of_program(program: Program, command: Place) -> Iterator[GpuNeed]:
    for need in program.requirements:
        tests = [name for name in need.names if name in GPU_TESTS]
        if tests and need.reach is Reach.IMPORT and not need.is_caught:
            place = Place(program.source, need.span)
            message = f"the build stops unless {tests[0]}() gives something true, and a RUN has no GPU"
            yield GpuNeed(place, message, (command,), not need.is_conditional)
    for call in program.calls:
        what = _device_call(call)
        if what and call.reach is Reach.IMPORT and not call.is_caught and not call.is_conditional:
            yield GpuNeed(
                Place(program.source, call.span), f"{what} needs a GPU, and a RUN has none", (command,)
            )


def _device_call(call: PythonCall) -> str:
    """What the call does to a GPU (`.cuda()`, `.to('cuda')`, a question only a GPU can answer); empty for nothing."""
    owner, _, method = call.name.rpartition(".")
    if call.name in ASKS_DEVICE:
        return f"{call.name}()"
    if not owner or owner == "torch":
        return ""
    if method == "cuda" and "()" in owner:
        return ".cuda()"
    first = call.argument(0, "device") if method == "to" else None
    if (
        first
        and isinstance(first.value, Constant)
        and isinstance(first.value.value, str)
        and _is_gpu(first.value.value)
    ):
        return f".to({first.value.value!r})"
    return ""

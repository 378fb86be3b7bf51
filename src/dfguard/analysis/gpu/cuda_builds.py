"""Commands that compile CUDA code to what their stage lacks for it: nvcc, or the list of GPU generations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.state.model import Failure
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.analysis.packaging.pip_calls import PipCall
    from dfguard.core.source import Place
    from dfguard.interp.state.model import CommandRun, Step
    from dfguard.knowledge.model import Knowledge

ARCH_LIST = (
    "TORCH_CUDA_ARCH_LIST",
    "CMAKE_CUDA_ARCHITECTURES",
    "CUDAARCHS",
    "TCNN_CUDA_ARCHITECTURES",
    "FORCE_CUDA_ARCH",
)
FORCE = ("FORCE_CUDA", "MMCV_WITH_OPS")
_BRINGS_NVCC = (
    "cuda-toolkit",
    "cuda-nvcc",
    "nvidia-cuda-toolkit",
    "cuda-compiler",
    "nvidia-cuda-nvcc",
    "cuda-minimal-build",
)
_WITHOUT_NVCC = ("runtime", "base")


class CudaBuild(Record):
    """A package that is compiled for GPUs: `lacks` is `nvcc`, `arch_list`, or `force_cuda` (it is built for the CPU
    alone); `parts` says what the base image has.
    """

    name: str
    place: Place
    lacks: str
    parts: str
    is_certain: bool


def cuda_builds(calls: Iterable[PipCall], knowledge: Knowledge) -> Iterator[CudaBuild]:
    """The packages with CUDA code whose stage lacks something to compile it; without nvcc only those that come as
    source, because others look for a wheel first.
    """
    needs = {row.distribution: row.needs for row in knowledge.gpu.compiled}
    for found in calls:
        for package in found.packages:
            wanted = needs.get(package.name, ())
            url = package.url or ""
            if not wanted or ".whl" in url:
                continue
            is_source = url.startswith("git+") or url.endswith((".tar.gz", ".zip"))
            parts = _cuda_parts(found.step)
            certain = is_source and package.is_certain
            if "force_cuda" in wanted and not _says(found, FORCE):
                if parts:
                    yield CudaBuild(package.name, package.place, "force_cuda", parts, certain)
            elif "nvcc" in wanted and is_source and parts in _WITHOUT_NVCC and not _brings_nvcc(found.step):
                yield CudaBuild(package.name, package.place, "nvcc", parts, certain)
            elif "arch_list" in wanted and parts == "devel" and not _says(found, ARCH_LIST):
                yield CudaBuild(package.name, package.place, "arch_list", parts, certain)


def missing_nvcc(commands: Iterable[tuple[Step, CommandRun]]) -> Iterator[tuple[CommandRun, str]]:
    """The runs of nvcc in stages whose base image has none and where nothing installed it."""
    for step, run in commands:
        if run.name.rpartition("/")[2] == "nvcc" and run.is_certain and run.failure is Failure.FATAL:
            parts = _cuda_parts(step)
            if parts in _WITHOUT_NVCC and not _brings_nvcc(step):
                yield run, parts


def _cuda_parts(step: Step) -> str:
    base = step.before.base
    return base.cuda_parts if base is not None else ""


def _brings_nvcc(step: Step) -> bool:
    return any(package.name.startswith(_BRINGS_NVCC) for package in step.after.packages)


def _says(call: PipCall, names: tuple[str, ...]) -> bool:
    """Whether one of the variables has a value for the call, or may have one."""
    variables = build_variables(call.step.before)
    runs = (run for run in call.step.effects.commands if run.command.span.holds(call.call.place.span))
    own = {name: value for run in runs for name, value in run.environment}
    named = [(own.get(name) or variables.get(name)) for name in names]
    return any(value is not None and known(value) != "" for value in named) or _may_be_set(call, names)


def _may_be_set(call: PipCall, names: tuple[str, ...]) -> bool:
    environment = call.step.before.environment
    arguments = dict(call.step.before.arguments)
    return any(name in arguments or environment.may_hold(name) for name in names)

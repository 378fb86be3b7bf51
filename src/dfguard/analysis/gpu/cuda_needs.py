"""Installed distributions to the CUDA and cuDNN that they need and the base image has in another version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.analysis.packaging.harmless_names import PLAIN_DISTRIBUTIONS
from dfguard.core.record import Record
from dfguard.interp.python.versions import How, Versions, newest_is
from dfguard.interp.state.model import Failure
from dfguard.interp.values import known
from dfguard.knowledge.versions import holds, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.analysis.packaging.pip_calls import PipCall
    from dfguard.core.source import Place
    from dfguard.interp.python.versions import Resolution
    from dfguard.interp.state.model import BuildState, Load, Package, StageTrace, Step
    from dfguard.knowledge.model import Knowledge
    from dfguard.knowledge.packages import CudaNeed

_NVIDIA = "nvidia/cuda"
_PARTS = ("cudnn", "onnxruntime-cuda")
"""Words of commands that bring a cuDNN, or a build of ONNX Runtime for another CUDA."""
_BRINGS = re.compile(r"cudnn|cublas|^cuda|torch|tensorflow|jax|whisperx|pyannote|tensorrt|cupy")
"""Packages that bring libraries of CUDA along, or a torch that does."""
_PLAIN = PLAIN_DISTRIBUTIONS | {"insightface"}
"""Distributions that surely bring no library of CUDA."""
_COMMON_DRIVER = "525"
"""The driver that every host of today has."""
_SOURCES = ("git+", "https://", "http://")
_ARCHIVES = (".tar.gz", ".zip")
_INDEX = re.compile(r"/whl/(?:nightly/)?cu(\d{2})(\d)(?:/|$)")
_LOCAL = re.compile(r"\+cu(\d{2})(\d)$")


class CudaClash(Record):
    """`name` (installed at `place`) needs `needed` of CUDA or cuDNN, the base image has `there`; both are versions, `there`
    empty when it has none. `is_driver`: it runs all the same, on hosts with a newer driver.
    """

    name: str
    place: Place
    needed: str
    there: str
    consequence: str
    is_cudnn: bool = False
    is_certain: bool = True
    is_driver: bool = False
    other_place: Place | None = None


def library_clashes(target: StageTrace, loads: Iterable[Load], knowledge: Knowledge) -> Iterator[CudaClash]:
    """The distributions of the image that load CUDA or cuDNN from the base image, which has another one."""
    state = target.final
    base = state.base
    if base is None or not base.cuda or base.repository != _NVIDIA or base.is_open or _is_brought(target):
        return
    versions = Versions(state.packages, base, knowledge)
    loads = tuple(loads)
    for row in knowledge.gpu.cuda_needs:
        found = versions.of(row.distribution)
        if not versions.installed(row.distribution) or found.place is None or _is_on_cpu(row, loads):
            continue
        if row.through and versions.installed(row.through):
            continue
        certainty = _applies(row, found, knowledge)
        if certainty is None:
            continue
        is_certain = certainty and _are_all_plain(state)
        if row.cuda and holds(row.cuda, base.cuda) is False:
            needed = f"CUDA {row.cuda}"
            yield CudaClash(
                row.distribution, found.place, needed, base.cuda, row.consequence, is_certain=is_certain
            )
        elif row.cudnn and row.cudnn != base.cudnn:
            yield CudaClash(
                row.distribution,
                found.place,
                row.cudnn,
                base.cudnn,
                row.consequence,
                is_cudnn=True,
                is_certain=is_certain,
            )


def _applies(row: CudaNeed, found: Resolution, knowledge: Knowledge) -> bool | None:
    """True when every version that may be there has the need, False when the newest has it, None when it may not."""
    if found.how in {How.PINNED, How.RANGED} and found.range:
        return True if within(found.range, row.versions) else None
    return False if found.how is How.UNPINNED and newest_is(found, knowledge, row.versions) else None


def _is_brought(target: StageTrace) -> bool:
    """Whether something else may bring the libraries: a package, a copy of another image, a script nobody can read."""
    if any(_BRINGS.search(package.name) for package in target.final.packages):
        return True
    for step in target.steps:
        if step.instruction.keyword in {"COPY", "ADD"} and step.instruction.flag("from") is not None:
            return True
        words = [known(word) or "" for run in step.effects.commands for word in run.words]
        if any(part in word for word in words for part in _PARTS):
            return True
        if step.instruction.keyword == "ENV" and any(_is_path(pair.value) for pair in step.instruction.pairs):
            return True
    return False


def _is_path(value: object) -> bool:
    return _PARTS[0] in str(getattr(value, "value", ""))


def _is_on_cpu(row: CudaNeed, loads: tuple[Load, ...]) -> bool:
    module = row.distribution.replace("-", "_")
    own = [load for load in loads if load.loader.startswith(module)]
    return bool(own) and all(load.device is not None and known(load.device) == "cpu" for load in own)


def _are_all_plain(state: BuildState) -> bool:
    return all(
        p.name in _PLAIN and p.url is None for p in state.packages if p.manager in {"pip", "uv", "conda"}
    )


def torch_clashes(calls: tuple[PipCall, ...], knowledge: Knowledge) -> Iterator[CudaClash]:
    """The wheels of torch for another major version of CUDA than the base image has: where CUDA code is compiled against
    them in the stage, and (uncertain) where they only need a newer driver than the base image asks for.
    """
    compiled = {row.distribution for row in knowledge.gpu.compiled if "nvcc" in row.needs}
    for at, call in enumerate(calls):
        base = call.step.before.base
        wheel = _torch_of(call)
        if base is None or base.repository != _NVIDIA or not base.cuda or wheel is None:
            continue
        torch, cuda = wheel
        major, there = cuda.partition(".")[0], base.cuda.partition(".")[0]
        later = calls[at + 1 :]
        if major == there or _is_replaced(later, call) or _has_own_toolkit(call.step):
            continue
        built = next(_compiled(later, call, compiled), None) if base.cuda_parts == "devel" else None
        if built is not None:
            consequence = "torch's extension builder refuses another major version"
            yield CudaClash(
                built.name, built.place, f"CUDA {cuda}", base.cuda, consequence, other_place=torch.place
            )
        elif int(major) > int(there):
            driver = next((row.driver for row in knowledge.gpu.drivers if row.cuda == major), "")
            if driver.removeprefix(">=") <= _COMMON_DRIVER:
                continue
            consequence = f"it needs a driver {driver}, and the image promises to run on older ones"
            yield CudaClash(
                "torch", torch.place, f"CUDA {cuda}", base.cuda, consequence, is_certain=False, is_driver=True
            )


def _torch_of(call: PipCall) -> tuple[Package, str] | None:
    """The torch that a call surely installs, with the CUDA that its version or its index names."""
    torch = next((p for p in call.packages if p.name == "torch" and p.is_certain and p.url is None), None)
    if torch is None:
        return None
    local = _LOCAL.search(torch.specifier)
    if local is not None:
        return torch, f"{local[1]}.{local[2]}"
    words = call.call.arguments
    for word, following in zip(words, (*words[1:], ""), strict=True):
        name, _, value = word.partition("=")
        is_only = name in {"--index-url", "-i", "--index", "--default-index"}
        if is_only or (name == "--extra-index-url" and torch.specifier.startswith("==")):
            found = _INDEX.search((value or following).strip("'\""))
            if found is not None:
                return torch, f"{found[1]}.{found[2]}"
    return None


def _is_replaced(later: tuple[PipCall, ...], call: PipCall) -> bool:
    """Whether a later install of the stage may bring another torch."""
    own = (other for other in later if other.step.stage == call.step.stage)
    return any(package.name == "torch" for other in own for package in other.packages)


def _has_own_toolkit(step: Step) -> bool:
    names = (package.name for package in step.after.packages if package.manager != "pip")
    return any(name.startswith(("cuda", "nvidia-cuda")) for name in names)


def _compiled(later: tuple[PipCall, ...], call: PipCall, names: set[str]) -> Iterator[Package]:
    for other in later:
        is_sure = other.step.stage == call.step.stage and other.has_option("--no-build-isolation")
        for package in other.packages if is_sure else ():
            url = package.url or ""
            is_source = url.startswith("git+") or (url.startswith(_SOURCES) and url.endswith(_ARCHIVES))
            is_same = (
                package.tool == call.packages[0].tool
                and package.is_certain
                and _is_fatal(other.step, package)
            )
            if package.name in names and is_source and is_same:
                yield package


def _is_fatal(step: Step, package: Package) -> bool:
    runs = (r for r in step.effects.commands if r.place.source is package.place.source)
    return all(r.failure is Failure.FATAL for r in runs if r.place.span.touches(package.place.span))

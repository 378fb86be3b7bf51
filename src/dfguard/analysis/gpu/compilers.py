"""The final image to the compilers in it: those that its process needs and it lacks, and those that it carries for nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.analysis.packaging.harmless_names import PLAIN_COMMANDS, PLAIN_DISTRIBUTIONS
from dfguard.analysis.packaging.imports import wanted_modules
from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known
from dfguard.knowledge.versions import overlap, within
from dfguard.syntax.python.program import Constant, Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.python.versions import Versions
    from dfguard.interp.runtime.code import RunningCode
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import BuildState, Package, StageTrace, Step
    from dfguard.knowledge.packages import Gpu
    from dfguard.syntax.python.program import PythonCall

_SMALL = frozenset({"nvidia/cuda", "python", "debian", "ubuntu"})
_HAS_RUNTIME = frozenset({"nvidia/cuda", "pytorch/pytorch"})
"""Repositories that have a runtime image beside each devel image."""
_READ = PLAIN_COMMANDS | {"add-apt-repository", "curl", "git-lfs", "update-alternatives", "wget"}
_WITHOUT_CC = re.compile(
    r"(?:python3?(?:\.\d+)?(?:-venv|-dev|-distutils|-minimal|-setuptools|-wheel)?|lib(?!tool)[\w.+-]+|git(?:-lfs)?|curl|wget|ffmpeg|"
    r"ca-certificates|sox|espeak(?:-ng)?|unzip|zip|vim|nano|procps|aria2|tini|tzdata|software-properties-common|gnupg|openssh-\w+|rsync|"
    r"bash|sudo|jq|htop|tmux|less|locales|apt-utils|bzip2|xz-utils|file|net-tools|nginx|python-is-python3|apt-transport-https)"
)
"""Packages of apt that bring no compiler, recommended ones included."""
_STARTED = frozenset(
    {"python", "echo", "export", "cd", "set", "mkdir", "exec", "uvicorn", "gunicorn", "ldconfig"}
)
_NO_BACKEND = frozenset({"eager", "aot_eager", "cudagraphs"})
_SWITCHES = ("CC", "TORCH_COMPILE_DISABLE", "TORCHDYNAMO_DISABLE", "TRITON_INTERPRET")
_BRINGS = ("ziglang", "clang", "gcc", "conda")
_NEEDS_NO_NVCC = PLAIN_DISTRIBUTIONS | {
    "accelerate",
    "diffusers",
    "einops",
    "ftfy",
    "librosa",
    "omegaconf",
    "openai-whisper",
    "peft",
    "protobuf",
    "regex",
    "safetensors",
    "sentencepiece",
    "torch",
    "torchaudio",
    "torchvision",
    "transformers",
}
"""Distributions that surely neither compile CUDA code in the build nor do so at run time."""


class NeededCompiler(Record):
    """What the process compiles while it runs: `name`, where it stands, and the places that lead to it."""

    name: str
    place: Place
    proof: tuple[Place, ...] = ()
    is_certain: bool = True


def needed_compilers(
    target: StageTrace, code: Iterable[RunningCode], versions: Versions, gpu: Gpu
) -> Iterator[NeededCompiler]:
    """What the process compiles with a C compiler that the image surely has not."""
    if not _lacks_compiler(target):
        return
    code = tuple(one for one in code if one.is_of_process)
    for one in code:
        for call in one.program.calls:
            if call.name == "torch.compile" and call.reach is not Reach.UNCALLED and _is_compiled(call):
                place = Place(one.program.source, call.span)
                yield NeededCompiler("torch.compile", place, one.proof, is_certain=not call.is_conditional)
    for row in gpu.compiled_late:
        found = versions.of(row.distribution)
        if found.place is None or not versions.installed(row.distribution) or not _imports(code, row.module):
            continue
        if overlap(found.range, row.versions) is not False:
            is_certain = (
                bool(found.range) and not found.is_assumed and bool(within(found.range, row.versions))
            )
            yield NeededCompiler(row.distribution, found.place, is_certain=is_certain)


def _is_compiled(call: PythonCall) -> bool:
    if call.is_caught or any(argument.keyword in {"*", "**"} for argument in call.arguments):
        return False
    backend, disable = call.argument(None, "backend"), call.argument(None, "disable")
    if disable is not None:
        return False
    return backend is None or (isinstance(backend.value, Constant) and backend.value.value not in _NO_BACKEND)


def _imports(code: tuple[RunningCode, ...], module: str) -> bool:
    wanted = (want for one in code for want in wanted_modules(one.program))
    return any(want.is_certain and want.dotted.partition(".")[0] == module for want in wanted)


def _lacks_compiler(target: StageTrace) -> bool:
    """Whether no C compiler is in the image: none in its base, none installed, nothing that cannot be read."""
    state, base = target.final, target.final.base
    if base is None or base.repository not in _SMALL or "gcc" not in base.lacks or "gcc" in base.commands:
        return False
    variables = build_variables(state)
    if any(name in variables or state.environment.may_hold(name) for name in _SWITCHES):
        return False
    return _is_all_read(target) and all(_is_without_compiler(package, target) for package in state.packages)


def _is_all_read(target: StageTrace) -> bool:
    """Whether every command of the stage is one whose doing is known."""
    if target.parent is not None:
        return False
    for step in target.steps:
        keyword = step.instruction.keyword
        if keyword in {"COPY", "ADD"} and step.instruction.flag("from") is not None:
            return False
        if keyword == "RUN" and not _is_read(step):
            return False
    return True


def _is_read(step: Step) -> bool:
    names = {run.name.rpartition("/")[2] for run in step.effects.commands}
    pythons = {name for name in names if name.startswith(("python3.", "pip3."))}
    is_open = bool(step.effects.unknowns) and bool(names & {"apt-get", "apt"})
    return step.effects.script is not None and names - pythons <= _READ and not is_open


def _is_without_compiler(package: Package, target: StageTrace) -> bool:
    if package.manager not in {"apt", "apt-get"}:
        return package.manager in {"pip", "uv"} and not package.name.startswith(_BRINGS)
    if package.name == "python3-pip":
        return _is_alone(package, target)
    return _WITHOUT_CC.fullmatch(package.name) is not None


def _is_alone(package: Package, target: StageTrace) -> bool:
    """Whether it is installed without what it recommends (python3-pip: build-essential)."""
    for step in target.steps:
        for run in step.effects.commands:
            if run.place.source is package.place.source and run.place.span.holds(package.place.span):
                return any(known(word) == "--no-install-recommends" for word in run.words)
    return False


def idle_devel_image(
    target: StageTrace, process: Process, code: Iterable[RunningCode], gpu: Gpu
) -> Place | None:
    """The FROM of a devel image in which nothing is compiled, neither by the build nor by the process; None when something
    may be.
    """
    state, base = target.final, target.final.base
    is_devel = base is not None and base.cuda_parts == "devel" and base.repository in _HAS_RUNTIME
    if not is_devel or not _is_all_read(target) or not _compiles_nothing(state):
        return None
    own = tuple(one for one in code if one.is_of_process)
    started = {run.name.rpartition("/")[2].rstrip("0123456789.") for run in process.commands}
    if not started <= _STARTED:
        return None
    late = {row.module for row in gpu.compiled_late} | {
        "triton",
        "deepspeed",
        "numba",
        "cupy",
        "pycuda",
        "subprocess",
    }
    if not own or any(_imports_any(one, late) or one.program.unread for one in own):
        return None
    return next((step.instruction.place for step in target.steps if step.instruction.keyword == "FROM"), None)


def _compiles_nothing(state: BuildState) -> bool:
    system = (package.name for package in state.packages if package.manager in {"apt", "apt-get"})
    others = (package for package in state.packages if package.manager not in {"apt", "apt-get"})
    is_named = all(p.name in _NEEDS_NO_NVCC and p.url is None and p.manager in {"pip", "uv"} for p in others)
    return is_named and not any(name.startswith(("cmake", "build-", "ninja", "cuda")) for name in system)


def _imports_any(one: RunningCode, modules: set[str]) -> bool:
    calls = any(call.name == "torch.compile" or "cpp_extension" in call.name for call in one.program.calls)
    names = (found.module.partition(".")[0] for found in one.program.imports)
    return calls or any(name in modules for name in names)

"""The imports of the process to the distributions that no install of the build provides."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dfguard.analysis.packaging.harmless_names import BRINGS_NO_DISTRIBUTION
from dfguard.analysis.packaging.imports import wanted_modules
from dfguard.analysis.packaging.module_origins import installed_names
from dfguard.core.record import Record
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.filesystem.paths import parent
from dfguard.interp.python.modules import find_module
from dfguard.interp.values import known
from dfguard.knowledge.model import distribution_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.runtime.code import RunningCode
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import BuildState, Step
    from dfguard.knowledge.model import Knowledge

_BARE = frozenset({"python", "ubuntu", "debian", "alpine", "nvidia/cuda", "buildpack-deps"})
_OF_THE_SYSTEM = frozenset({"pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack"})
_INSTALLERS = frozenset(
    {"pip", "pip3", "uv", "conda", "mamba", "micromamba", "poetry", "pdm", "pipenv", "pipx", "easy_install"}
)
_BROUGHT_ALONG = frozenset(
    """
    pydantic numpy requests pillow torch torchvision torchaudio huggingface-hub tokenizers safetensors
    transformers pyyaml tqdm packaging scipy filelock typing-extensions fastapi uvicorn starlette aiohttp
    httpx urllib3 certifi protobuf click jinja2 boto3 botocore soundfile librosa accelerate einops regex
    psutil sympy networkx fsspec sentencepiece opencv-python matplotlib pandas scikit-learn onnxruntime av
    ctranslate2 cached-path datasets gradio
    """.split()
)
"""Distributions that others commonly need, so that their absence from the installs says nothing."""
_AT_START = _INSTALLERS | {"source", ".", "apt-get", "apt", "git"}
"""Commands of a start script that may bring packages along, or another environment."""


class MissingDistribution(Record):
    """A module that is imported and that nothing provides; `distribution` is what does, as far as the packs know."""

    module: str
    distribution: str
    place: Place
    proof: tuple[Place, ...]
    is_certain: bool


def missing_distributions(
    code: Iterable[RunningCode], steps: tuple[Step, ...], process: Process, knowledge: Knowledge
) -> Iterator[MissingDistribution]:
    """The imports of the process that no install names, each module once. Nothing is said when the base image may bring
    packages, or an install cannot be read.

    It is sure only when the build installs no Python package at all: what a package brings along is not known.
    """
    if any(run.name.rpartition("/")[2] in _AT_START for run in process.commands):
        return
    seen: set[str] = set()
    for one in code:
        if not one.is_of_process or one.path is None or not _is_all_known(one.state, steps):
            continue
        installed = installed_names(one.state)
        for wanted in wanted_modules(one.program):
            top = wanted.dotted.partition(".")[0]
            distribution = knowledge.distribution_of(top)
            if (
                not top
                or top in seen
                or distribution is None
                or top in sys.stdlib_module_names
                or top in _OF_THE_SYSTEM
            ):
                continue
            if {top.lower(), distribution_name(distribution).replace("-", "_")} & installed or _is_local(
                one, top
            ):
                continue
            if installed and (
                not wanted.is_certain or distribution in _BROUGHT_ALONG or _has_address(one.state)
            ):
                continue
            seen.add(top)
            yield MissingDistribution(
                top, distribution, wanted.place, one.proof, not installed and wanted.is_certain
            )


def _has_address(state: BuildState) -> bool:
    """Whether something is installed from an address, under a name that may not be its own."""
    return any(package.url is not None for package in state.packages)


def _is_local(code: RunningCode, top: str) -> bool:
    folder = parent(code.path or "/")
    workdir = known(code.state.workdir)
    search = (folder, *((workdir,) if workdir else ()))
    if find_module(None, top, search, code.state.files):
        return True
    entries = (code.state.files.resolve(f"{f.rstrip('/')}/{top}{end}") for f in search for end in ("", ".py"))
    return any(entry.presence is not Presence.ABSENT for entry in entries)


def _is_all_known(state: BuildState, steps: tuple[Step, ...]) -> bool:
    """Whether every installed package is one that the build names on a bare base image."""
    if state.base is None or state.base.repository not in _BARE or state.base.is_open:
        return False
    found = state.environment.get("PYTHONPATH")
    if found is not None and known(found.value) != "":
        return False
    return all(_is_step_known(step) for step in steps)


def _is_step_known(step: Step) -> bool:
    if step.instruction.keyword in {"COPY", "ADD"}:
        return step.instruction.flag("from") is None
    if step.instruction.keyword != "RUN":
        return True
    if (
        step.effects.script is None
        or step.effects.script.broken
        or step.instruction.flag("mount") is not None
    ):
        return False
    names = {run.name.rpartition("/")[2] for run in step.effects.commands}
    installs = any(name in _INSTALLERS for name in names)
    if installs and (step.effects.unknowns or not names <= BRINGS_NO_DISTRIBUTION | {"pip", "pip3"}):
        return False
    system = {p.name for p in step.after.packages if p.manager not in {"pip", "uv"}}
    return names <= BRINGS_NO_DISTRIBUTION | {"pip", "pip3"} and not any(
        name.startswith("python3-") and name not in _TOOLS for name in system
    )


_TOOLS = frozenset({"python3-pip", "python3-venv", "python3-dev", "python3-minimal", "python3-distutils"})

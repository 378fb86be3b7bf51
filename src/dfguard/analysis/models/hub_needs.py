"""Downloads from the hub to what they need and do not have: a token for a gated repository, the package hf_transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.loads.environment import has_hub_layout
from dfguard.interp.python.versions import PYTHON_MANAGERS, How, Versions
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.state.model import MountKind
from dfguard.interp.values import Binding, known, prefix_of
from dfguard.knowledge.patterns import glob_matches
from dfguard.knowledge.versions import overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import BuildState, CommandRun, Load, Step
    from dfguard.interp.values import Value
    from dfguard.knowledge.model import Knowledge

_SIGNS = ("TOKEN", "HF_KEY", "HF_API", "HUGGINGFACE_KEY", "HUGGING_FACE", "AUTH", "NETRC")
_LOGINS = ("login", "auth")
_SWITCH = "HF_HUB_ENABLE_HF_TRANSFER"
_TRUTHY = frozenset({"1", "ON", "YES", "TRUE"})


def gated_downloads(steps: Iterable[Step], knowledge: Knowledge) -> Iterator[Load]:
    """The build's downloads of gated repositories, where neither variable, secret, option, header nor login gives a token."""
    is_logged_in = False
    for step in steps:
        is_logged_in = is_logged_in or any(map(_logs_in, step.effects.commands)) or _calls_login(step)
        if is_logged_in or not step.effects.loads or _has_token(step):
            continue
        for load in step.effects.loads:
            repository = _repository(load)
            is_asked = load.downloads and not load.is_offline and not load.has_token
            if is_asked and repository and _is_gated(repository, knowledge) and not _has_header(load, step):
                yield load


def _repository(load: Load) -> str:
    """The hub repository of a load: its subject, or that of a `resolve` address."""
    text = known(load.subject) or ""
    if load.kind == "hub":
        return text
    _, found, rest = text.partition("://huggingface.co/")
    parts = rest.split("/")
    return "/".join(parts[:2]) if found and len(parts) > 3 and parts[2] == "resolve" else ""


def _is_gated(repository: str, knowledge: Knowledge) -> bool:
    patterns = (pattern for gated in knowledge.downloaders.gated for pattern in gated.repositories)
    return any(glob_matches(pattern.lower(), repository.lower()) for pattern in patterns)


def _has_token(step: Step) -> bool:
    names = {*build_variables(step.before), *(name for name, _ in step.before.arguments)}
    names |= {name for run in step.effects.commands for name, _ in run.environment}
    is_secret = any(mount.kind is MountKind.SECRET for mount in step.effects.mounts)
    return is_secret or any(sign in name.upper() for name in names for sign in _SIGNS)


def _logs_in(run: CommandRun) -> bool:
    name = run.name.rpartition("/")[2]
    return name in {"hf", "huggingface-cli"} and any(known(word) in _LOGINS for word in run.words[1:2])


def _calls_login(step: Step) -> bool:
    calls = (call.name for started in step.effects.programs for call in started.program.calls)
    return any(name.endswith((".login", ".get_token", ".HfFolder.save_token")) for name in calls)


def _has_header(load: Load, step: Step) -> bool:
    """Whether the command that fetches it sends headers or credentials of its own."""
    run = next((run for run in step.effects.commands if run.place == load.place), None)
    options = (
        "-H",
        "--header",
        "-u",
        "--user",
        "--http-user",
        "-n",
        "--netrc",
        "--password",
        "--config",
        "-K",
        "-b",
    )
    return run is not None and any(prefix_of(word).startswith(options) for word in run.words[1:])


class LackingTransfer(Record):
    """A download that is told to use hf_transfer. `is_refused`: huggingface_hub then raises; else it ignores the variable."""

    load: Load
    binding: Binding
    range: str
    is_refused: bool
    is_certain: bool


def lacking_transfers(
    steps: Iterable[Step], run_loads: Iterable[Load], view: RuntimeView | None, knowledge: Knowledge
) -> Iterator[LackingTransfer]:
    """The hub downloads with the variable on and the package not installed; the first one for each place that sets it."""
    seen: set[object] = set()
    found = [(load, _switched(step, load), step.after) for step in steps for load in step.effects.loads]
    if view is not None:
        found += [(load, view.variable(_SWITCH), view.state) for load in run_loads]
    for load, value, state in found:
        if value is None or (known(value) or "").upper() not in _TRUTHY:
            continue
        binding = value.because[-1] if value.because else Binding(_SWITCH, known(value) or "", load.place)
        if (binding.place or binding.origin) in seen:
            continue
        lacking = _lacking(load, binding, state, knowledge)
        if lacking is not None:
            seen.add(binding.place or binding.origin)
            yield lacking


def _switched(step: Step, load: Load) -> Value | None:
    places = {load.place, *load.proof}
    own = {
        name: value for run in step.effects.commands if run.place in places for name, value in run.environment
    }
    return own.get(_SWITCH) or build_variables(step.before).get(_SWITCH)


def _lacking(load: Load, binding: Binding, state: BuildState, knowledge: Knowledge) -> LackingTransfer | None:
    library = knowledge.cache_library(load.library)
    versions = Versions(state.packages, state.base, knowledge)
    hub = versions.of("huggingface-hub")
    extras = {extra.replace("-", "_") for package in state.packages for extra in package.extras}
    is_there = versions.installed("hf-transfer") or "hf_transfer" in extras
    if library is None or not has_hub_layout(library) or not load.downloads or load.is_offline or is_there:
        return None
    is_decided = hub.how in {How.PINNED, How.RANGED, How.BASE, How.IMPLIED} and bool(hub.range)
    if not is_decided:
        return None
    if overlap(hub.range, ">=1.0") is False:
        is_certain = binding.place is not None and load.is_certain and _all_known(state, knowledge)
        return LackingTransfer(load, binding, hub.range, is_refused=True, is_certain=is_certain)
    if overlap(hub.range, "<1.0") is False and binding.place is not None:
        return LackingTransfer(load, binding, hub.range, is_refused=False, is_certain=True)
    return None


def _all_known(state: BuildState, knowledge: Knowledge) -> bool:
    """Whether every Python package of the image is one of the packs, so that none brings hf_transfer along unseen."""
    if state.base is None or state.base.is_open:
        return False
    installed = [package for package in state.packages if package.manager in PYTHON_MANAGERS]
    return all(package.url is None and knowledge.package(package.name) is not None for package in installed)

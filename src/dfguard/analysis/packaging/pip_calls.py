"""RUN steps to their pip installs: the call, the packages it names, and what is known of the Python it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.text.outline import Outline, Site
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.state.model import Package, Step
    from dfguard.interp.values import Value
    from dfguard.syntax.shell.calls import Call

_TRUE = frozenset(["1", "true", "yes", "on", "y", "t"])
_MAKERS = frozenset(
    ["virtualenv", "conda", "mamba", "micromamba", "poetry", "pipenv", "pyenv", "source", ".", "pixi"]
)


class PipCall(Record):
    """One `pip install` or `uv pip install` (`is_uv`). `packages` are those it names itself or through its requirements files;
    `are_all_known`: there are no others. `earlier` are the packages that steps and calls before it installed.
    """

    step: Step
    call: Call
    is_uv: bool
    packages: tuple[Package, ...]
    are_all_known: bool
    earlier: tuple[Package, ...]

    def has_option(self, *names: str) -> bool:
        """Whether an option is given, alone or with `=value`; one-letter ones also with the value joined."""
        return any(
            word == name or word.startswith(f"{name}=") or (len(name) == 2 and word.startswith(name))
            for word in self.call.arguments
            for name in names
        )

    def is_set(self, name: str) -> bool:
        """Whether a variable of the environment switches something on."""
        value = build_variables(self.step.before).get(name)
        return value is not None and (known(value) or "").lower() in _TRUE

    def may_be_set(self, *names: str) -> bool:
        """Whether one of the variables may have any value at all."""
        variables = build_variables(self.step.before)
        environment = self.step.before.environment
        return any(name in variables or environment.may_hold(name) for name in names)


def pip_calls(steps: tuple[Step, ...], outline: Outline) -> Iterator[PipCall]:
    """The installs of the steps in order."""
    sites = {id(site.instruction): site for site in outline.of("RUN")}
    for step in steps:
        site = sites.get(id(step.instruction))
        if site is not None and step.effects.script is not None:
            yield from _of_step(step, outline, site)


def _of_step(step: Step, outline: Outline, site: Site) -> Iterator[PipCall]:
    calls = [call for call in outline.calls_in(site) if call.name == "uv" or _is_pip(call)]
    if not calls:
        return
    before = {id(package) for package in step.before.packages}
    new = tuple(p for p in step.after.packages if id(p) not in before and not p.is_constraint)
    for call in calls:
        is_uv = call.name == "uv" and call.arguments[:2] == ("pip", "install")
        if not (is_uv or _is_pip(call)):
            continue
        own = tuple(p for p in new if _belongs(p, call))
        earlier = (*step.before.packages, *(p for p in new if _stands_before(p, call)))
        unknown = any(call.whole.span.touches(place.span) for place, _ in step.effects.unknowns)
        yield PipCall(step, call, is_uv, own, not unknown and _is_plain(call), earlier)


def _is_pip(call: Call) -> bool:
    words = call.arguments
    if call.name.startswith("pip") and call.name.removeprefix("pip").replace(".", "").isdigit() | (
        call.name == "pip"
    ):
        return "install" in words[:3]
    return call.name.startswith("python") and words[:2] == ("-m", "pip") and "install" in words[2:5]


def _is_plain(call: Call) -> bool:
    return not any("${" in word or word == "." or word.startswith(("./", "/")) for word in call.arguments)


def _belongs(package: Package, call: Call) -> bool:
    place = package.place
    if place.source is call.place.source and call.whole.span.holds(place.span):
        return True
    file = place.path.rpartition("/")[2]
    return place.source is not call.place.source and any(w.rpartition("/")[2] == file for w in call.arguments)


def _stands_before(package: Package, call: Call) -> bool:
    place = package.place
    return place.source is call.place.source and place.span.end <= call.place.span.start


def may_have_environment(call: PipCall, steps: tuple[Step, ...]) -> bool:
    """Whether some virtual environment may be in effect: made by a command before, named by a variable, first on PATH, and
    for uv one that lies where the call runs or above. `steps` are those of the call's stage and of the stages below it.
    """
    state = call.step.before
    variables = build_variables(state)
    names = ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "UV_PYTHON")
    if state.base is None or call.may_be_set(*names) or not (call.is_uv or _has_plain_path(variables)):
        return True
    if call.is_uv and any(
        _may_hold_environment(call, files) for files in (state.files, call.step.after.files)
    ):
        return True
    for step in steps:
        for run in step.effects.commands:
            words = {known(word) or "" for word in run.words[1:]}
            if run.name.rpartition("/")[2] in _MAKERS or ("venv" in words and not call.is_uv):
                return True
        if not call.is_uv and any("venv" in (copy.destination or "") for copy in step.effects.copies):
            return True
        if step is call.step:
            return False
    return False


def _may_hold_environment(call: PipCall, files: FileSystem) -> bool:
    """Whether `.venv` may be in the folder where the call runs, or in one above: what a base image that the packs know
    might hold does not count.
    """
    own = call.call.place
    runs = (run for run in call.step.effects.commands if run.place.source is own.source)
    folders = [run.workdir for run in runs if run.place.span.holds(own.span)]
    for value in folders:
        folder = known(value)
        if folder is None:
            return True
        for above in (folder, *paths.ancestors(folder)):
            entry = files.resolve(paths.below(above, ".venv"))
            if entry.presence is not Presence.ABSENT and not entry.is_left_to_the_base:
                return True
    return not folders


def _has_plain_path(variables: dict[str, Value]) -> bool:
    """Whether PATH is known and begins with no environment's folder."""
    path = known(variables["PATH"]) if "PATH" in variables else None
    return path is not None and "venv" not in path

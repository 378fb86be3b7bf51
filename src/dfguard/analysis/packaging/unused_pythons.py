"""The final image to the Python that apt installed for it and that its process does not run on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import CommandRun, Package, StageTrace
    from dfguard.knowledge.packaging import Packaging

_ENVIRONMENTS = re.compile(r"venv|conda|mamba|pyenv|poetry|pipenv|pixi|/opt/|pypy")
_CHANGERS = frozenset(["sed", "mv", "cp", "rm", "source", ".", "bash", "sh", "make", "uv"])
_NAMED = re.compile(r"(?:^|[/=])python3$")


def unused_python(
    target: StageTrace | None, process: Process | None, table: Packaging
) -> tuple[Package, str] | None:
    """The package `python3.N` of another version than the release's own, and that version, when the process's only Python is
    `python3` and nothing gives this name to another one.
    """
    base = target.final.base if target else None
    if (
        target is None
        or process is None
        or base is None
        or base.is_open
        or base.pythons
        or target.parent is not None
    ):
        return None
    release = table.release(base.system)
    started = {run.name for run in process.commands if "python" in run.name.rpartition("/")[2]}
    if release is None or not release.python or not started or not started <= {"python3", "/usr/bin/python3"}:
        return None
    path = known(build_variables(target.final)["PATH"]) if "PATH" in build_variables(target.final) else None
    if path is None or _ENVIRONMENTS.search(path) or any(map(_may_change, _commands(target, process))):
        return None
    if any(step.instruction.flag("from") is not None for step in target.steps):
        return None
    pythons = [
        p for p in target.final.packages if p.manager == "apt" and re.fullmatch(r"python3\.\d+", p.name)
    ]
    others = [p for p in pythons if p.is_certain and p.name != f"python{release.python}"]
    return (others[-1], release.python) if others and len(others) == len(pythons) else None


def _commands(target: StageTrace, process: Process) -> tuple[CommandRun, ...]:
    return (*(run for step in target.steps for run in step.effects.commands), *process.commands)


def _may_change(run: CommandRun) -> bool:
    """Whether a command may give the name python3 to another interpreter, or make an environment."""
    name = run.name.rpartition("/")[2]
    words = [known(word) or "" for word in run.words[1:]]
    if any(_ENVIRONMENTS.search(word) for word in (name, *words) if not word.startswith("python3")):
        return True
    if name in {"ln", "update-alternatives"}:
        return any(_NAMED.search(word) for word in words) or any(word.endswith("/") for word in words)
    return name in _CHANGERS and any("python" in word for word in words)

"""COPY --from of virtual environments to another path: their scripts go on naming the Python of the old one."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.build.copy_sources import named_origin
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.shell.effects.project_environments import MARK
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, CommandRun, CopySource, StageTrace, Step


class Moved(Record):
    """An environment made at `before` and copied to `after`, and a command that runs one of its scripts there."""

    copy: CopySource
    before: str
    after: str
    run: CommandRun


class _Use(Record):
    """A command, and the image it runs in."""

    run: CommandRun
    state: BuildState


@cache
def _own() -> re.Pattern[str]:
    """What a bin folder holds that names no interpreter in its first line."""
    return re.compile(r"python[\d.]*|pypy[\d.]*|activate\S*|uv|uvx|ruff|.*\.(?:sh|so)")


def moved_environments(
    chain: tuple[Step, ...],
    final: BuildState,
    started: tuple[CommandRun, ...],
    traces: tuple[StageTrace, ...],
    world: World,
) -> Iterator[Moved]:
    """Those of an image, each with the first command that cannot work. `chain` are the steps of its stage and of those
    below, `final` what they leave, `started` the commands of its process.

    The scripts that pip and uv put into `bin` begin with `#!`, the environment's own path and `/bin/python`:
    https://docs.python.org/3/library/venv.html ("environments are inherently non-portable").
    """
    for number, step in enumerate(chain):
        for copy in step.effects.copies:
            if copy.origin is None:
                continue
            later = [
                _Use(run, other.before) for other in chain[number + 1 :] for run in other.effects.commands
            ]
            later += [_Use(run, final) for run in started]
            moved = (_broken(copy, step.after.files, use, traces, world) for use in later)
            found = next((m for m in moved if m is not None), None)
            if found is not None and not any(
                _names(use.run, found.after) and paths.name(use.run.name) in _MENDERS for use in later
            ):
                yield found


_MENDERS = frozenset(
    ["sed", "perl", "find", "grep", "xargs", "ln", "uv", "virtualenv-clone", "python", "python3", "awk"]
)


def _broken(
    copy: CopySource, files: FileSystem, use: _Use, traces: tuple[StageTrace, ...], world: World
) -> Moved | None:
    """What a copy moved, when the command starts a script of it that names a Python which is not in the image. The
    environment is what was copied, or lies in it (`COPY --from=build /src /app` of one in /src/.venv).
    """
    script = _script(use)
    if script is None or copy.origin is None or copy.destination is None or len(copy.matched) != 1:
        return None
    after, target = paths.parent(paths.parent(script)), paths.clean(copy.destination)
    if not paths.is_at_or_below(after, target):
        return None
    before = paths.clean(paths.relative(after, target) or ".", copy.matched[0])
    origin = named_origin(copy.origin, world, traces, by_index=True)
    if before == after or origin.files is None or paths.parent(script) != paths.below(after, "bin"):
        return None
    marks = (origin.files.look(paths.below(before, MARK)), files.look(paths.below(after, MARK)))
    is_there = all(mark.presence is Presence.PRESENT for mark in marks)
    if not is_there or _is_mended(copy.origin, before, traces) or not _is_gone(before, use.state):
        return None
    return Moved(copy, before, after, use.run)


def _is_gone(folder: str, state: BuildState) -> bool:
    """Whether the environment's old Python is not there: what a base image that the packs know might hold in it does not
    count, nor what a program might have written there that nobody told to.
    """
    entry = state.files.resolve(paths.below(folder, "bin/python"))
    is_known = state.base is not None and not state.base.is_open
    return entry.presence is Presence.ABSENT or entry.is_stray or (is_known and entry.is_left_to_the_base)


def _is_mended(origin: str, folder: str, traces: tuple[StageTrace, ...]) -> bool:
    """Whether a command of the other stage may have changed the first lines of the scripts."""
    named = [t for t in traces if t.stage.name == origin.lower() or str(t.stage.index) == origin]
    runs = (run for trace in named for step in trace.steps for run in step.effects.commands)
    return any(_names(run, paths.below(folder, "bin")) and run.name in _MENDERS for run in runs)


def _names(run: CommandRun, folder: str) -> bool:
    return any(folder in (known(word) or "") for word in run.words[1:])


def _script(use: _Use) -> str | None:
    """The path of the script that a command starts, when the installer wrote it and not the build itself. A bare name is one
    in the first folder of PATH, when neither the base image nor an install could have brought it.
    """
    run, state = use.run, use.state
    workdir = known(run.workdir)
    if not run.name or ("/" in run.name and not run.name.startswith("/") and workdir is None):
        return None
    if "/" in run.name:
        path = paths.clean(run.name, workdir or "/")
    else:
        value = build_variables(state).get("PATH")
        folders = (known(value) if value is not None else None) or ""
        base = state.base
        if base is None or base.is_open or run.name in base.commands or state.packages or not folders:
            return None
        path = paths.clean(run.name, folders.partition(":")[0])
    is_own = _own().fullmatch(paths.name(path)) or state.files.look(path).presence is Presence.PRESENT
    return None if is_own else path

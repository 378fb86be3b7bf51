"""COPY --from of virtual environments to another path: their scripts go on naming the Python of the old one."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.build.copy_sources import named_origin
from dfguard.interp.filesystem import paths
from dfguard.interp.shell.project_environments import MARK
from dfguard.interp.state.model import Presence
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
            found = _moved(copy, step.after.files, traces, world)
            if found is None:
                continue
            before, after = found
            later = [
                (run, other.before.files) for other in chain[number + 1 :] for run in other.effects.commands
            ]
            later += [(run, final.files) for run in started]
            if any(_names(run, after) and paths.name(run.name) in _MENDERS for run, _ in later):
                continue
            broken = (
                run for run, files in later if _is_script(run, after, files) and _is_gone(before, files)
            )
            if (run := next(broken, None)) is not None:
                yield Moved(copy, before, after, run)


def _is_gone(folder: str, files: FileSystem) -> bool:
    return files.resolve(paths.below(folder, "bin/python")).presence is Presence.ABSENT


_MENDERS = frozenset(
    ["sed", "perl", "find", "grep", "xargs", "ln", "uv", "virtualenv-clone", "python", "python3", "awk"]
)


def _moved(
    copy: CopySource, files: FileSystem, traces: tuple[StageTrace, ...], world: World
) -> tuple[str, str] | None:
    """The old and the new path, when the copy is of an environment to another path."""
    if copy.origin is None or copy.destination is None or len(copy.matched) != 1:
        return None
    before, after = copy.matched[0], paths.clean(copy.destination)
    origin = named_origin(copy.origin, world, traces, by_index=True)
    if before == after or origin.files is None:
        return None
    marks = (origin.files.look(paths.below(before, MARK)), files.look(paths.below(after, MARK)))
    is_there = all(mark.presence is Presence.PRESENT for mark in marks)
    if not is_there or _is_mended(copy.origin, before, traces):
        return None
    return before, after


def _is_mended(origin: str, folder: str, traces: tuple[StageTrace, ...]) -> bool:
    """Whether a command of the other stage may have changed the first lines of the scripts."""
    named = [t for t in traces if t.stage.name == origin.lower() or str(t.stage.index) == origin]
    runs = (run for trace in named for step in trace.steps for run in step.effects.commands)
    return any(_names(run, paths.below(folder, "bin")) and run.name in _MENDERS for run in runs)


def _names(run: CommandRun, folder: str) -> bool:
    return any(folder in (known(word) or "") for word in run.words[1:])


def _is_script(run: CommandRun, folder: str, files: FileSystem) -> bool:
    """Whether the command is a script of the environment, written by the installer and not by the build itself."""
    workdir = known(run.workdir)
    if not run.name or ("/" in run.name and workdir is None) or "/" not in run.name:
        return False
    path = paths.clean(run.name, workdir or "/")
    if paths.parent(path) != paths.below(folder, "bin") or _own().fullmatch(paths.name(path)):
        return False
    return files.look(path).presence is not Presence.PRESENT

"""The process's loads to those that rely on a mount of a sister platform: nothing is mounted there where the image runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.runtime.hidden_code import sisters
from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.values import known, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import CommandRun, Load, Step
    from dfguard.knowledge.platforms import Mount


class Misplaced(Record):
    """A load whose files lie at `path`, below the mount of the platform titled `sister` only. `is_lost`: the program
    would download there, so it works and keeps nothing; else it finds nothing. `own` is the mount here, None without one.
    """

    load: Load
    path: str
    sister: str
    mount: str
    is_lost: bool
    own: str | None


_MOVERS = frozenset({"ln", "mv", "cp", "rsync", "mount", "git", "wget", "curl", "aria2c", "tar", "unzip"})


def misplaced(
    process: Process, view: RuntimeView, world: World, steps: Iterable[Step]
) -> Iterator[Misplaced]:
    """The loads that look below a sister's mount for what the image does not hold; each path once."""
    points = [(other.platform.title, mount) for other in sisters(view, world) for mount in other.mounts]
    points = [(title, mount) for title, mount in points if mount.path and not view.mount_over(mount.path)]
    if not points:
        return
    built = list(steps)
    writes = [w.path for step in built for w in step.effects.writes if w.is_payload]
    runs = (*process.commands, *(run for step in built for run in step.effects.commands))
    seen: set[str] = set()
    for load in process.loads:
        path = known(load.subject) if load.kind == "path" else known(load.directory)
        if path is None or not path.startswith("/") or path in seen or not load.reads:
            continue
        title, mount = next(((t, m) for t, m in points if m.covers(paths.clean(path))), (None, None))
        if title is None or mount is None or _is_filled(path, mount, writes, runs):
            continue
        if view.state.files.resolve(path).written_by is not None:
            continue
        seen.add(path)
        own = next((m.path for m in view.mounts), None)
        yield Misplaced(load, path, title, mount.path or "", load.downloads, own)


def _is_filled(path: str, mount: Mount, writes: list[str], runs: Iterable[CommandRun]) -> bool:
    """Whether the build writes at the path, or some command links the mount point or brings something below it."""
    if any(paths.is_at_or_below(w, path) or paths.is_at_or_below(path, w) for w in writes):
        return True
    for run in runs:
        if run.name.rpartition("/")[2] in _MOVERS and (
            any(mount.covers(prefix_of(word).rstrip("/") or "/") for word in run.words[1:])
            or mount.covers(known(run.workdir) or "/")
        ):
            return True
    return False

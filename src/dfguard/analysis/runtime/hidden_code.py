"""The process's own files to those that a mount hides, on the platform at hand or on its sister platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.runtime.process import process_of
from dfguard.interp.runtime.view import RuntimeView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import StageTrace


class HiddenCode(Record):
    """A file of the program below a mount. `written_by` is the instruction that puts it there, `starts` what starts the
    program; `is_here` False: only the sister platform `platform` mounts there.
    """

    path: str
    written_by: Place
    platform: str
    mount: str
    is_here: bool
    is_certain: bool
    starts: Place | None = None


def hidden_code(
    target: StageTrace,
    traces: tuple[StageTrace, ...],
    view: RuntimeView,
    world: World,
    writes: tuple[str, ...],
) -> Iterator[HiddenCode]:
    """The files of the program that a mount hides; one for each instruction that brings some. `writes` are the paths
    that the build writes.
    """
    related = tuple(sisters(view, world))
    if not any(other.hiding_mount(path) for other in (view, *related) for path in writes):
        return
    process = _unhidden(target, traces, world)
    seen: set[Place] = set()
    for started in process.programs:
        entry = view.state.files.resolve(started.path) if started.path else None
        if entry is None or entry.written_by is None or entry.written_by in seen:
            continue
        for other in (view, *related):
            mount = other.hiding_mount(entry.path)
            if mount is None or mount.path is None:
                continue
            seen.add(entry.written_by)
            is_here = other is view
            certain = is_here and view.deployment.is_declared and view.is_certain(mount)
            title = other.platform.title
            yield HiddenCode(entry.path, entry.written_by, title, mount.path, is_here, certain, process.place)
            break


def _unhidden(target: StageTrace, traces: tuple[StageTrace, ...], world: World) -> Process:
    """The process as if nothing were mounted over the image."""
    bare = replace(world.deployment, platform=replace(world.deployment.platform, mounts=()), mounts=())
    return process_of(target, traces, replace(world, deployment=bare))


def sisters(view: RuntimeView, world: World) -> Iterator[RuntimeView]:
    """The platforms of the same vendor (the first word of the id)."""
    vendor = view.platform.id.partition("-")[0]
    for platform in world.knowledge.platforms:
        if platform.id != view.platform.id and platform.id.startswith(f"{vendor}-"):
            deployment = replace(world.deployment, platform=platform)
            yield RuntimeView(view.state, replace(world, deployment=deployment))

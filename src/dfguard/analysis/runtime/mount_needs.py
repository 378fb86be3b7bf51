"""The runtime view to what the image and its process ask of the platform's file systems and do not get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.values import known
from dfguard.knowledge.platforms import Condition, Root, Semantics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import Load, Step, Write
    from dfguard.knowledge.platforms import Mount


def refused_writes(steps: Iterable[Step], view: RuntimeView) -> Iterator[tuple[Write, ...]]:
    """The content below each refusing mount that the image still holds at its end."""
    found: dict[str, list[Write]] = {}
    if all(mount.semantics is not Semantics.REFUSE for mount in view.mounts):
        return
    for step in steps:
        for write in step.effects.writes:
            mount = view.refusing_mount(write.path)
            if mount is None or not view.is_certain(mount) or not write.is_payload or write.discarded_by:
                continue
            if view.state.files.look(write.path).presence is not Presence.ABSENT:
                found.setdefault(mount.path or "", []).append(write)
    yield from map(tuple, found.values())


_LOOKS = tuple("exists isdir is_dir isfile is_file ismount is_mount listdir iterdir access".split())
_TESTS = frozenset({"[", "[[", "test", "mountpoint"})


def optional_loads(process: Process, view: RuntimeView) -> Iterator[tuple[Load, Mount]]:
    """The loads of paths below a volume that may not be attached; none where the program or its start script tests
    for files at all.
    """
    volumes = [m for m in view.platform.mounts if m.when is Condition.VOLUME and m.path]
    if not volumes or view.deployment.volume == "attached" or _looks(process):
        return
    seen: set[str] = set()
    for load in process.loads:
        path = known(load.subject) if load.kind == "path" else None
        mount = next((m for m in volumes if path and m.covers(paths.clean(path))), None)
        if path is None or mount is None or path in seen or load.downloads:
            continue
        if view.deployment.volume == "none" and view.state.files.resolve(path).written_by is not None:
            continue
        seen.add(path)
        yield load, mount


def _looks(process: Process) -> bool:
    if any(run.name in _TESTS for run in process.commands):
        return True
    calls = (call.name for started in process.programs for call in started.program.calls)
    return any(name.rpartition(".")[2] in _LOOKS for name in calls)


def unkept_downloads(loads: Iterable[Load], view: RuntimeView) -> Iterator[tuple[Load, bool]]:
    """The downloads whose directory is surely read-only (True) or memory (False) on the platform."""
    for load in loads:
        path = known(load.directory)
        if path is None or not path.startswith("/"):
            continue
        mount = view.mount_over(path)
        if view.is_writable(path) is False:
            yield load, True
        elif (mount is None and view.platform.root is Root.IN_MEMORY) or (
            mount is not None and mount.semantics is Semantics.IN_MEMORY and view.is_certain(mount)
        ):
            yield load, False

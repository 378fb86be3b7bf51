"""The mounts of a RUN laid over the image's files while it runs: what they hide, what they bring, what stays.

Source: moby/buildkit frontend/dockerfile/dockerfile2llb/convert_runmount.go, executor/stubs.go@73ed6825; every rule
is held against real builds in fixtures/groundtruth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import replace
from dfguard.core.source import Place, Span
from dfguard.interp.build.copy_sources import context_files, named_origin
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, softened
from dfguard.interp.filesystem.events import Layer
from dfguard.interp.filesystem.filesystem import Maker
from dfguard.interp.filesystem.trees import FileTree
from dfguard.interp.reasons import NOTHING, Cause, because, sentence
from dfguard.interp.state.model import CopySource, MountKind
from dfguard.interp.values import Known

if TYPE_CHECKING:
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import RunMount, StageTrace
    from dfguard.syntax.dockerfile.document import Instruction

STUB_MODE = 0o755


def laid_over(
    files: FileSystem, mounts: tuple[RunMount, ...], world: World, stages: tuple[StageTrace, ...]
) -> tuple[FileSystem, tuple[RunMount, ...]]:
    """The files as the RUN sees them, and the mounts with the real paths of their targets."""
    real = []
    for mount in sorted((m for m in mounts if m.target), key=lambda m: m.target.count("/")):
        target = files.real(mount.target)
        files = _laid(files, replace(mount, target=target), world, stages)
        real.append(replace(mount, target=target))
    return files, tuple(real)


def _laid(files: FileSystem, mount: RunMount, world: World, stages: tuple[StageTrace, ...]) -> FileSystem:
    match mount.kind:
        case MountKind.BIND:
            return _bound(files, mount, world, stages)
        case MountKind.TMPFS:
            return _directory(files, mount, None).reground(mount.target, Presence.ABSENT, NOTHING)
        case MountKind.CACHE:
            options = dict(mount.options)
            owner = f"{options.get('uid', '0')}:{options.get('gid', '0')}"
            mode = options.get("mode", "0755")
            files = _directory(files, mount, whole_number(mode, 8), owner)
            return files.reground(mount.target, Presence.MAYBE, because(Cause.CACHE_MOUNT))
        case MountKind.SECRET | MountKind.SSH:
            return _file(files, mount)


def _directory(files: FileSystem, mount: RunMount, mode: int | None, owner: str = "0:0") -> FileSystem:
    """The root of a mount that is a directory, with the mount's owner and mode."""
    files = files.make_directory(mount.target, Maker("0:0", mount.place, directory_mode=STUB_MODE), STUB_MODE)
    root = Entry(mount.target, EntryKind.DIRECTORY, Presence.PRESENT, owner, mode, written_by=mount.place)
    return files.added(mount.target, root)


def _file(files: FileSystem, mount: RunMount) -> FileSystem:
    """A secret or socket: there only when the build was given one, unless it is required."""
    options = dict(mount.options)
    mode = options.get("mode", "0400" if mount.kind is MountKind.SECRET else "0600")
    above = paths.parent(mount.target)
    files = files.make_directory(above, Maker("0:0", mount.place, directory_mode=STUB_MODE), STUB_MODE)
    entry = Entry(
        mount.target,
        EntryKind.FILE,
        Presence.PRESENT,
        owner=f"{options.get('uid', '0')}:{options.get('gid', '0')}",
        mode=whole_number(mode, 8),
        written_by=mount.place,
    )
    is_sure = mount.is_required
    why = because(Cause.SECRET_MOUNT, mount.kind.value, str(mount.identifier))
    return files.added(mount.target, entry if is_sure else softened(entry, why))


def _bound(files: FileSystem, mount: RunMount, world: World, stages: tuple[StageTrace, ...]) -> FileSystem:
    origin = _origin(mount, world, stages)
    found = origin.resolve(mount.source or "/") if origin is not None else None
    if found is None or origin is None or found.presence is not Presence.PRESENT:
        above = paths.parent(mount.target)
        files = files.make_directory(above, Maker("0:0", mount.place, directory_mode=STUB_MODE), STUB_MODE)
        unseen = Entry(mount.target, EntryKind.UNKNOWN, Presence.PRESENT, written_by=mount.place)
        where = mount.origin or "the build context"
        why = (sentence(found.why) if found is not None else "") or f"what {where} holds is not known"
        return files.added(mount.target, unseen).reground(
            mount.target, Presence.MAYBE, because(Cause.BIND_MOUNT, why)
        )
    if found.kind is EntryKind.DIRECTORY:
        files = _directory(files, mount, found.mode, found.owner or "0:0")
        files = files.reground(mount.target, Presence.ABSENT, NOTHING)
        return files.lay(mount.target, Layer(FileTree(origin, found.path), written_by=mount.place))
    above = paths.parent(mount.target)
    files = files.make_directory(above, Maker("0:0", mount.place, directory_mode=STUB_MODE), STUB_MODE)
    return files.added(mount.target, replace(found, path=mount.target, written_by=mount.place))


def _origin(
    mount: RunMount, world: World, stages: tuple[StageTrace, ...], *, is_as_found: bool = False
) -> FileSystem | None:
    if mount.origin is None:
        return context_files(world, is_as_found=is_as_found)
    return named_origin(mount.origin, world, stages, by_index=False).files


def bind_sources(
    instruction: Instruction,
    mounts: tuple[RunMount, ...],
    world: World,
    stages: tuple[StageTrace, ...],
) -> tuple[CopySource, ...]:
    """What is said of the sources of bind mounts, as of those of a COPY."""
    return tuple(
        _bind_source(instruction, mount, world, stages) for mount in mounts if mount.kind is MountKind.BIND
    )


def _bind_source(
    instruction: Instruction, mount: RunMount, world: World, stages: tuple[StageTrace, ...]
) -> CopySource:
    source = mount.source or "/"
    pattern = Known((paths.relative(source, "/") or ".") if mount.origin is None else source)
    fact = CopySource(mount.place, instruction, pattern, mount.origin, destination=mount.target or None)
    origin = _origin(mount, world, stages, is_as_found=True)
    if origin is None:
        return fact
    found = origin.resolve(source)
    shown = (paths.relative(source, "/") if mount.origin is None else source,)
    if found.presence is Presence.MAYBE:
        return replace(fact, matched=shown)
    if found.presence is Presence.PRESENT:
        return replace(fact, matched=shown, is_missing=False)
    rule = None
    if mount.origin is None and world.context.entry(shown[0]):
        rule = world.context.ignore_rule(shown[0])
    ignored = None
    if rule is not None:
        start = rule[0].line_starts[rule[1] - 1]
        ignored = Place(rule[0], Span(start, start + len(rule[0].line_text(rule[1]))))
    return replace(fact, is_missing=True, ignored_by=ignored)


def discarding(path: str, mounts: tuple[RunMount, ...]) -> RunMount | None:
    """The innermost mount that a written path lies in; None when it reaches the layer."""
    inside = [mount for mount in mounts if paths.is_at_or_below(path, mount.target)]
    return max(inside, key=lambda mount: len(mount.target), default=None)

"""A RUN to the state it leaves and to everything it does: its script walked over the files, with its mounts laid over them.

Source of what mounts hide, bring and leave: moby/buildkit frontend/dockerfile/dockerfile2llb/convert_runmount.go,
executor/stubs.go@73ed6825; every rule is held against real builds in fixtures/groundtruth.
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
from dfguard.interp.shell.call import CommandCall
from dfguard.interp.shell.effects.load_effects import note_loads
from dfguard.interp.shell.evaluator import walk_of
from dfguard.interp.shell.nested import reads_files
from dfguard.interp.shell.state import FATAL, Shell, Stream, read_flags
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.state.model import CommandRun, CopySource, Effects, MountKind
from dfguard.interp.values import Known, known
from dfguard.syntax.embedded.snippets import snippets_of_instruction
from dfguard.syntax.shell.grammar.script import run_script
from dfguard.syntax.shell.nodes import Command, Dialect

if TYPE_CHECKING:
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.shell.walk import Walk
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, RunMount, StageTrace, Write
    from dfguard.syntax.dockerfile.document import Instruction
    from dfguard.syntax.shell.nodes import Script


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


_FLAVOURS = {"debian": "dash", "ubuntu": "dash", "alpine": "busybox", "busybox": "busybox"}
_BASH_SYSTEMS = frozenset(
    """
    centos rocky rockylinux almalinux fedora rhel amazonlinux oraclelinux ubi opensuse arch
    """.split()
)
WORKDIR_MODE = 0o755


def run(
    instruction: Instruction,
    state: BuildState,
    mounts: tuple[RunMount, ...],
    world: World,
    stages: tuple[StageTrace, ...],
) -> tuple[BuildState, Effects]:
    """The state after a RUN, and its effects. `mounts` are its --mount flags with BuildKit's defaults filled in.

    What is written below a mount is in the effects, with the mount that discards it, and not in the state. A command
    whose failure would end the build is taken to succeed: what follows is looked at all the same.
    """
    system = (state.base.system if state.base else "").partition(" ")[0]
    dialect = Dialect.BASH if system in _BASH_SYSTEMS and state.shell[:1] == ("/bin/sh",) else None
    script = run_script(instruction, state.shell, dialect=dialect)
    copies = bind_sources(instruction, mounts, world, stages)
    if script is None:
        return state, Effects(mounts=mounts, copies=copies)
    before = _with_volumes(state.files.tip(), state, world)
    base, real_mounts = _prepared(before, state, mounts, world, stages)
    shell = _shell(instruction, state, base.fork() if mounts else base, script, system)
    walk = walk_of(state, world, script.source, real_mounts)
    walk.snippets = snippets_of_instruction(instruction, script)
    walk.user, walk.at_start = shell.user, dict(shell.variables)
    if script.dialect is Dialect.OTHER:
        _other_language(walk, script, shell)
    else:
        walk.script(script, shell, FATAL, Stream(walk.empty))
    files = shell.files
    hidden = [mount.target for mount in real_mounts]
    if mounts:
        files = before.adopt(files, hidden, base)
    if world.builder == "legacy" and state.volumes:
        files = before.adopt(files, [*hidden, *(paths.clean(path) for path, _ in state.volumes)], before)
    effects = _effects(walk, script, real_mounts)
    after = replace(state, files=files, packages=shell.packages)
    return after, replace(effects, mounts=mounts, copies=copies)


def _prepared(
    before: FileSystem,
    state: BuildState,
    mounts: tuple[RunMount, ...],
    world: World,
    stages: tuple[StageTrace, ...],
) -> tuple[FileSystem, tuple[RunMount, ...]]:
    """The files when the RUN starts, and its mounts: the working directory is made when it is missing."""
    if not mounts:
        return _with_workdir(before, state), ()
    return laid_over(_with_workdir(before.fork(), state), mounts, world, stages)


def _with_volumes(files: FileSystem, state: BuildState, world: World) -> FileSystem:
    """The legacy builder mounts a fresh volume at each VOLUME while a RUN runs; its mount point stays in the image."""
    for path, place in state.volumes if world.builder == "legacy" else ():
        files = files.make_directory(paths.clean(path), Maker(written_by=place), WORKDIR_MODE)
    return files


def _with_workdir(files: FileSystem, state: BuildState) -> FileSystem:
    """Runc makes the working directory when it is not there, as root (libcontainer `prepareRootfs`)."""
    workdir = known(state.workdir)
    if workdir is None or files.resolve(workdir).presence is not Presence.ABSENT:
        return files
    return files.make_directory(workdir, Maker(), WORKDIR_MODE)


def _shell(
    instruction: Instruction, state: BuildState, files: FileSystem, script: Script, system: str
) -> Shell:
    """The shell that reads the script: its variables, directory and user."""
    shell = Shell(files, state.workdir, script.dialect, known(state.user))
    shell.variables = build_variables(state)
    shell.exported = set(shell.variables)
    shell.is_open = state.environment.is_open
    shell.patterns = state.environment.patterns
    shell.flavour = _FLAVOURS.get(system, "")
    shell.packages = state.packages
    shell.name, flags = state.shell[0] if state.shell else "/bin/sh", list(state.shell[1:])
    if script.shebang is not None:
        flags = script.shebang.split()[1:]
        shell.name = f"/dev/pipes/{instruction.heredocs[0].name}" if instruction.heredocs else shell.name
    shell.options = read_flags(flags)
    shell.is_open = shell.is_open or reads_files(flags, shell)
    if "HOME" not in shell.variables and shell.user is not None:
        home = files.accounts.home(shell.user)
        if home is not None:
            shell.variables["HOME"] = Known(home)
            shell.exported.add("HOME")
    return shell


def _other_language(walk: Walk, script: Script, shell: Shell) -> None:
    """A script for something else than a POSIX shell: Python's loads are known, its other effects are not."""
    name = script.interpreter or (script.shebang or "").partition(" ")[0]
    place = script.text.place()
    record = CommandRun(name, (Known(name),), Command(place.span, ()), place, shell.cwd, user=shell.user)
    walk.report.ran(record)
    before = shell.files
    walk.opaque(shell, because(Cause.MADE, name or "the script"))
    note_loads(walk, CommandCall(walk, shell, record, (), Stream(walk.empty)), before)


def _effects(walk: Walk, script: Script, mounts: tuple[RunMount, ...]) -> Effects:
    report = walk.report
    return Effects(
        writes=tuple(_kept(write, mounts) for write in report.writes),
        loads=tuple(report.loads),
        commands=tuple(report.commands),
        snippets=walk.snippets,
        programs=tuple(report.programs),
        script=script,
        unknowns=tuple(report.unknowns),
        unset=tuple(report.unset.values()),
    )


def _kept(write: Write, mounts: tuple[RunMount, ...]) -> Write:
    mount = discarding(write.path, mounts)
    return write if mount is None else replace(write, discarded_by=mount)

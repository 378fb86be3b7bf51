"""A RUN to the state it leaves and to everything it does: its script walked over the files, mounts laid over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.build.run_mounts import bind_sources, discarding, laid_over
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.filesystem.filesystem import FileSystem, Maker
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.call import Call
from dfguard.interp.shell.effects.load_effects import note_loads
from dfguard.interp.shell.evaluator import walk_of
from dfguard.interp.shell.failure import FATAL
from dfguard.interp.shell.nested import read_flags, reads_files
from dfguard.interp.shell.state import Shell, Stream
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.state.model import CommandRun, Effects
from dfguard.interp.values import Known, known
from dfguard.syntax.embedded.snippets import snippets_of_instruction
from dfguard.syntax.shell.instruction_scripts import run_script
from dfguard.syntax.shell.nodes import Command, Dialect

if TYPE_CHECKING:
    from dfguard.interp.shell.walk import Walk
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, RunMount, StageTrace, Write
    from dfguard.syntax.dockerfile.document import Instruction
    from dfguard.syntax.shell.nodes import Script

_FLAVOURS = {"debian": "dash", "ubuntu": "dash", "alpine": "busybox", "busybox": "busybox"}
_BASH_SYSTEMS = frozenset(
    [
        "centos",
        "rocky",
        "rockylinux",
        "almalinux",
        "fedora",
        "rhel",
        "amazonlinux",
        "oraclelinux",
        "ubi",
        "opensuse",
        "arch",
    ]
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
    note_loads(walk, Call(walk, shell, record, (), Stream(walk.empty)), before)


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

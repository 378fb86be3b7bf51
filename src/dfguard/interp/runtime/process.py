"""ENTRYPOINT and CMD of the finished image to the process: the commands it starts with, its programs, what they load, and the
places that lead to each load.

The start command is walked like the script of a RUN, over the image as the platform shows it: start scripts are
followed, and the Python they start with its local modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.core.source import Place, Run, Span, Text
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.reasons import Cause, because
from dfguard.interp.runtime.view import runtime_view
from dfguard.interp.state.model import Environment, Moment, Variable
from dfguard.interp.values import Known, known
from dfguard.syntax.python.program import Reach
from dfguard.syntax.shell.nodes import Command, Dialect, Literal, Script, Sequence, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.shell.walk import Walk
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import (
        BuildState,
        CommandRun,
        Load,
        ProcessCommand,
        StageTrace,
        Started,
        Step,
    )
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.python.program import Program, PythonCall


MOST_CALLERS = 4


class Waypoint(Record):
    """One place on the way, and what it does."""

    place: Place
    what: str


def trail(load: Load, process: Process, files: FileSystem) -> tuple[Waypoint, ...]:
    """The way to a load, outermost first: the start command, the instruction that brought the file into the image,
    and the calls of local functions that lead to it while a request waits.
    """
    found = [Waypoint(place, "starts the program") for place in load.proof]
    started = next((s for s in process.programs if s.program.source is load.place.source), None)
    if started is None:
        return tuple(found)
    entry = files.resolve(started.path) if started.path is not None else None
    if entry is not None and entry.written_by is not None:
        found.append(Waypoint(entry.written_by, f"brings {entry.path} into the image"))
    programs = tuple(s.program for s in process.programs)
    return (*found, *_callers(load, started.program, programs))


def _callers(load: Load, program: Program, programs: tuple[Program, ...]) -> Iterator[Waypoint]:
    function = next((c.function for c in program.calls if c.span == load.place.span), None)
    seen: set[str] = set()
    waiting = [function] if function else []
    count = 0
    while waiting and count < MOST_CALLERS:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        for source, call in _calls_of(name, programs):
            count += 1
            yield Waypoint(Place(source.source, call.span), f"calls {name} while a request waits")
            if call.function:
                waiting.append(call.function)


def _calls_of(name: str, programs: tuple[Program, ...]) -> Iterator[tuple[Program, PythonCall]]:
    """The calls of a local function or class, by its qualified name or its last part, that requests reach; where none is
    known to be reached, those of which nobody knows what calls them (it may be another file).
    """
    owner, _, last = name.rpartition(".")
    last = owner.rpartition(".")[2] if last == "__init__" else last
    found = [(p, call) for p in programs for call in p.calls if call.name.rpartition(".")[2] == last]
    asked = [pair for pair in found if pair[1].reach is Reach.REQUEST]
    yield from asked or (pair for pair in found if pair[1].reach is Reach.UNCALLED)


class Process(Record):
    """The program the image starts. `words` are its start command (a shell form: the shell and the text), empty when
    nothing says what starts; `place` the instruction (None: the base image's).

    `commands` are the simple commands of the start and its scripts, `programs` the Python files that run, each
    program's main file first, `loads` what they load, in the order of the run. `missing` are files that are surely
    not there, with the command that runs them; `unknowns` what could not be followed.
    """

    words: tuple[str, ...] = ()
    place: Place | None = None
    commands: tuple[CommandRun, ...] = ()
    programs: tuple[Started, ...] = ()
    loads: tuple[Load, ...] = ()
    missing: tuple[tuple[Place, str], ...] = ()
    unknowns: tuple[tuple[Place, str], ...] = ()


def process_of(trace: StageTrace, traces: tuple[StageTrace, ...], world: World) -> Process:  # noqa: ARG001
    """The process of the target stage's image on the deployment's platform."""
    view = runtime_view(trace.final, world)
    start = _start(trace, view, world.knowledge)
    if start is None:
        return Process()
    words, script, place = start
    report = _walked(script, view, world).report
    return Process(
        words,
        place,
        tuple(report.commands),
        tuple(report.programs),
        tuple(report.loads),
        tuple(report.missing),
        tuple(report.unknowns),
    )


def health_check(step: Step, trace: StageTrace, world: World) -> Process:
    """What the command of a HEALTHCHECK runs each time, in the container of the target stage's image; empty for NONE."""
    from dfguard.syntax.shell import run_script

    instruction = step.instruction
    script = run_script(instruction, step.before.shell)
    if script is None:
        return Process()
    view = runtime_view(trace.final, world)
    report = _walked(script, view, world).report
    return Process(
        place=instruction.place,
        commands=tuple(report.commands),
        programs=tuple(report.programs),
        loads=tuple(report.loads),
        missing=tuple(report.missing),
        unknowns=tuple(report.unknowns),
    )


def _walked(script: Script, view: RuntimeView, world: World) -> Walk:
    """The start command walked like a script of the build, at the start."""
    from dfguard.interp.shell.evaluator import walk_of
    from dfguard.interp.shell.state import FATAL, Shell, Stream

    state = _state_at_start(view)
    walk = walk_of(state, world, script.source)
    shell = Shell(state.files, state.workdir, script.dialect, known(state.user))
    shell.variables = {name: variable.value for name, variable in state.environment.variables}
    home = known(view.home)
    if "HOME" not in shell.variables and home is not None:
        shell.variables["HOME"] = Known(home)
    shell.exported = set(shell.variables)
    shell.packages = state.packages
    shell.is_open = state.environment.is_open
    shell.patterns = state.environment.patterns
    shell.is_given = True
    walk.at_start, walk.user = dict(shell.variables), shell.user
    walk.moment, walk.at_home = Moment.START, None
    walk.script(script, shell, FATAL, Stream(walk.empty))
    return walk


def _start(
    trace: StageTrace, view: RuntimeView, knowledge: Knowledge
) -> tuple[tuple[str, ...], Script, Place | None] | None:
    """The words, script and place of the start command; None when the image says nothing."""
    entry, command = view.state.entrypoint, view.state.command
    if view.platform.process.command:
        command = None
    if entry is not None and passes_on(entry, knowledge) and command is not None:
        entry = None
    first = entry or command
    if first is None or first.is_none:
        return None
    if first.is_shell_form and not first.text:
        return None
    if first.is_shell_form:
        return first.words, _parsed(first, view), first.place
    texts = list(_texts(first, trace))
    words = first.words
    if entry is not None and command is not None:
        texts += _texts(command, trace)
        words += command.words
    return words, _exec_script(texts), (command or first).place if entry is None else first.place


def passes_on(entry: ProcessCommand, knowledge: Knowledge) -> bool:
    """Whether an ENTRYPOINT only runs what CMD says: an init program, or the base image's own entry script."""
    wrapper = knowledge.wrapper(entry.words[0].rpartition("/")[2]) if entry.words else None
    if wrapper is None:
        return False
    from dfguard.knowledge.wrappers import Role

    if wrapper.role is Role.INIT and all(word.startswith("-") for word in entry.words[1:]):
        return True
    return entry.place is None and wrapper.role in {Role.INIT, Role.ENTRY_SCRIPT}


def _parsed(command: ProcessCommand, view: RuntimeView) -> Script:
    from dfguard.syntax.shell import dialect_of, parse

    return parse(command.text[0], dialect_of(view.state.shell or ("/bin/sh",)))


def _texts(command: ProcessCommand, trace: StageTrace) -> list[Text]:
    """The words with their places; those of the base image, and the shell's, stand at the FROM."""
    if command.place is not None and len(command.text) == len(command.words):
        return list(command.text)
    origin = command.text[0] if command.text else trace.stage.base
    made = [_made(word, origin) for word in command.words[: len(command.words) - len(command.text)]]
    return [*made, *command.text]


def _made(word: str, origin: Text) -> Text:
    return Text(word, origin.source, (Run(0, origin.offset(0), 1),) if word else ())


def _exec_script(texts: list[Text]) -> Script:
    words = tuple(Word(text, (Literal(text, is_quoted=True),)) for text in texts)
    spans = [text.span() for text in texts]
    span = Span(min(s.start for s in spans), max(s.end for s in spans))
    command = Command(span, words)
    return Script(texts[0], Dialect.POSIX, Sequence(span, (command,)))


def _state_at_start(view: RuntimeView) -> BuildState:
    """The final state as a script of the running container finds it: platform variables, mounts that may hold
    anything, no ARGs.
    """
    state = view.state
    own = (name for name, _ in view.deployment.settings)
    image = (name for name, _ in state.environment.variables)
    names = dict.fromkeys((*image, *view.platform.runtime_variables, *own))
    values = ((name, view.variable(name)) for name in names if "*" not in name)
    variables = tuple((name, Variable(name, value)) for name, value in values if value is not None)
    return replace(
        state,
        environment=Environment(variables, state.environment.is_open, state.environment.patterns),
        arguments=(),
        build_environment=(),
        user=view.user,
        files=_files_at_start(view),
    )


def _files_at_start(view: RuntimeView) -> FileSystem:
    files = view.state.files.fork()
    for mount in view.mounts:
        if mount.path is not None and mount.hides:
            why = because(Cause.PLATFORM_MOUNT, view.platform.title, mount.title)
            presence = Presence.PRESENT if view.is_certain(mount) else Presence.MAYBE
            files = files.put(Entry(mount.path, EntryKind.DIRECTORY, presence, why=why))
            files = files.reground(mount.path, Presence.MAYBE, why)
    if view.platform.process.gpu is not False:
        files = files.put(
            Entry("/usr/bin/nvidia-smi", EntryKind.FILE, Presence.MAYBE, why=because(Cause.DRIVER_MOUNT))
        )
    return files

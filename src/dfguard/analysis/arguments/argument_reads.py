"""The process's code to the variables it reads that exist only as ARG: set while the image is built, gone when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.interp.build.bases import PLATFORM_ARGUMENTS
from dfguard.interp.values import Known, Value, known
from dfguard.syntax.python.program import Choice, Constant, EnvironmentRead, Items, Joined, Pairs
from dfguard.syntax.shell import parse
from dfguard.syntax.shell.nodes import Command, Dialect, For, Parameter
from dfguard.syntax.shell.visitor import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import Started, Step
    from dfguard.syntax.dockerfile.document import Instruction
    from dfguard.syntax.python.program import Expression
    from dfguard.syntax.shell.nodes import Script


class ArgumentRead(Record):
    """A variable `name` that `argument` declares (with `value` during the build) and the process reads at `reader`.

    `is_required`: the code has nothing to fall back on.
    """

    name: str
    value: Value
    argument: Instruction
    reader: Place
    is_required: bool


class _Read(Record):
    name: str
    place: Place
    is_required: bool


_OF_THE_CONTAINER = frozenset({"HOME", "HOSTNAME", "PATH", "PWD", "SHLVL", "TERM"})
"""What the container's runtime or its shell sets whatever the image says. Source: docs.docker.com/reference/cli/docker/container/run
"Set environment variables", POSIX.1-2024 XCU 2.5.3, 2026-12-01.
"""
_LOADERS = frozenset({"dotenv.load_dotenv", "environ.Env.read_env"})
_FALLBACKS = frozenset({":-", "-", ":=", "=", ":?", "?", ":+", "+"})
_GETTERS = frozenset({"os.getenv", "os.environ.get"})


def argument_reads(process: Process, view: RuntimeView, steps: Iterable[Step]) -> Iterator[ArgumentRead]:
    """The reads of variables that only ARGs with a value set, each variable once. `steps` are the image's own."""
    values = {name: value for name, value in view.state.arguments if value is not None}
    given = _OF_THE_CONTAINER.union(PLATFORM_ARGUMENTS)
    names = {name for name in values if view.variable(name) is None and name not in given}
    if not names or any(call.name in _LOADERS for s in process.programs for call in s.program.calls):
        return
    names -= _set_later(process, view)
    declared = {
        pair.key.value: step.instruction
        for step in steps
        if step.instruction.keyword == "ARG"
        for pair in step.instruction.pairs
    }
    found: dict[str, _Read] = {}
    for read in (*_shell_reads(process), *(r for s in process.programs for r in _python_reads(s))):
        if read.name in names and read.name in declared:
            found.setdefault(read.name, read)
    for name, read in found.items():
        yield ArgumentRead(name, values[name], declared[name], read.place, read.is_required)


def _set_later(process: Process, view: RuntimeView) -> set[str]:
    """The names that a start script or the program itself sets."""
    read = {w for run in process.commands if run.name == "read" for w in map(known, run.words[1:]) if w}
    shell = {name for script in _scripts(process, view) for name in _assigned(script)}
    return shell | read | {write.name for s in process.programs for write in s.program.environment}


def _scripts(process: Process, view: RuntimeView) -> Iterator[Script]:
    """The shell texts of ENTRYPOINT and CMD, and the files whose commands the process runs."""
    starts = [c for c in (view.state.entrypoint, view.state.command) if c is not None and c.place is not None]
    dockerfiles = {command.place.source for command in starts if command.place}
    for command in starts:
        for text in command.text:
            yield parse(text, Dialect.BASH)
    for source in {run.place.source for run in process.commands} - dockerfiles:
        yield parse(source.text_of(Span(0, len(source.text))), Dialect.BASH)


def _assigned(script: Script) -> Iterator[str]:
    for met in nodes_of(script):
        match met.node:
            case Command(assignments=assignments):
                yield from (assignment.name for assignment in assignments)
            case For(name=name):
                yield name


def _shell_reads(process: Process) -> Iterator[_Read]:
    for run in process.commands:
        for part in (part for word in run.command.words for part in word.parts):
            if isinstance(part, Parameter) and part.operator not in _FALLBACKS:
                yield _Read(part.name, Place(run.place.source, part.span), run.is_certain)


def _python_reads(started: Started) -> Iterator[_Read]:
    """What the calls get from the environment, then what only variables of a module or class hold."""
    program = started.program
    held = [found for _, value in program.constants for found in _names(value)]
    needed = {name for name, is_required in held if is_required}
    for call in program.calls:
        place = Place(program.source, call.span)
        if call.name in _GETTERS and call.arguments:
            first = call.arguments[0].value
            if isinstance(first, Constant) and isinstance(first.value, str):
                yield _Read(first.value, place, len(call.arguments) == 1 and not call.is_conditional)
        for argument in call.arguments:
            for name, is_required in _names(argument.value):
                is_met = is_required and not (call.is_conditional or call.is_caught)
                yield _Read(name, place, is_met or name in needed)
    for name, is_required in held:
        yield _Read(name, started.place, is_required)


def _names(expression: Expression) -> Iterator[tuple[str, bool]]:
    """The variables an expression reads, and whether it has no other value for them."""
    match expression:
        case EnvironmentRead(name, default):
            yield name, default is None
        case Joined(parts=inner) | Items(items=inner):
            for part in inner:
                yield from _names(part)
        case Choice(options=options):
            yield from ((name, False) for option in options for name, _ in _names(option))
        case Pairs(pairs=pairs):
            for _, value in pairs:
                yield from _names(value)


def is_telling(read: ArgumentRead) -> bool:
    """Whether the build's value is known, so that the Dockerfile alone says what the process should have read."""
    return isinstance(read.value, Known) and bool(read.value.text)

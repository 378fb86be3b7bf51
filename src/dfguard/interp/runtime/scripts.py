"""The commands of build and process to the script files that they run, each with its content and how it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.permissions import executable, is_mode_meant
from dfguard.interp.python.command_lines import LaunchKind, launch_of
from dfguard.interp.runtime.script_faults import (
    ScriptFault,
    dialect_of_content,
    escaped_quotes,
    lost_lines,
    syntax_faults,
)
from dfguard.interp.values import known
from dfguard.syntax.shell.nodes import Dialect, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place, Source, Text
    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.python.command_lines import Launch
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import BuildState, CommandRun, StageTrace, Step
    from dfguard.syntax.python.program import Snippet

_WRITES = frozenset({">", ">>", ">|", "&>", "&>>"})


class RunScript(Record):
    """A script that is run. `place` is the command, `program` the shell it is given to (empty: run by its name).
    `is_exec`: the kernel starts it, no shell is there to help out. `user` who runs it.
    """

    entry: Entry
    content: Text
    place: Place
    program: str
    is_exec: bool
    user: str | None
    state: BuildState
    is_of_process: bool = False

    @property
    def dialect(self) -> Dialect:
        """Which shell reads it; OTHER when it is none."""
        return dialect_of_content(self.content, self.program)


def scripts_of_build(steps: tuple[Step, ...]) -> Iterator[RunScript]:
    """The scripts that RUN instructions run and that are still there behind them."""
    for step in steps:
        if step.instruction.keyword == "RUN":
            for run in step.effects.commands:
                found = _script(run, step.after, is_exec=False)
                if found is not None:
                    yield found


def scripts_of_process(process: Process, target: StageTrace) -> Iterator[RunScript]:
    """The scripts that the image's process runs."""
    starts = {target.final.entrypoint, target.final.command} - {None}
    is_shell_form = any(start is not None and start.is_shell_form for start in starts)
    for position, run in enumerate(process.commands):
        found = _script(run, target.final, is_exec=not position and not is_shell_form, is_of_process=True)
        if found is not None:
            yield found


def _script(
    run: CommandRun, state: BuildState, *, is_exec: bool, is_of_process: bool = False
) -> RunScript | None:
    launch = launch_of(run.words)
    if launch is None or launch.kind not in {LaunchKind.FILE, LaunchKind.SHELL_FILE}:
        return None
    name, workdir = known(launch.target), known(run.workdir)
    if name is None or (workdir is None and not name.startswith("/")):
        return None
    entry = state.files.resolve(paths.clean(name, workdir or "/"))
    if entry.content is None or entry.kind is not EntryKind.FILE or entry.presence is not Presence.PRESENT:
        return None
    program = launch.program if launch.kind is LaunchKind.SHELL_FILE else ""
    is_first = is_exec and not launch.index and not program
    user = run.user if run.user is not None else known(state.user)
    return RunScript(
        entry, entry.content, place_of_target(run, launch), program, is_first, user, state, is_of_process
    )


def snippets_of_scripts(scripts: tuple[RunScript, ...]) -> Iterator[Snippet]:
    """The Python that the scripts hand to an interpreter: `-c`, heredocs, files that they write."""
    from dfguard.syntax.embedded.snippets import snippets_of_script
    from dfguard.syntax.shell import parse

    for script in scripts:
        if script.dialect is not Dialect.OTHER and "py" in script.content.value:
            yield from snippets_of_script(parse(script.content, script.dialect))


def place_of_target(run: CommandRun, launch: Launch) -> Place:
    """Where the file that a command starts is written; the whole command when its words came from elsewhere."""
    words = run.command.words
    if len(words) == len(run.words) and words[launch.index].literal == known(launch.target):
        return words[launch.index].raw.place()
    return run.place


def start_faults(script: RunScript) -> Iterator[ScriptFault]:
    """Why the script cannot be started by its name: no right to execute, no `#!` line, a carriage return in it."""
    if script.program:
        return
    if script.user is not None:
        access = executable(script.state.files, script.entry.path, script.user)
        if (
            access.presence is Presence.ABSENT
            and access.blocking is not None
            and access.blocking.path == script.entry.path
        ):
            mode = f" (mode {script.entry.mode:o})" if script.entry.mode is not None else ""
            message = f"{script.entry.path} is run by its name, but it is not executable{mode}"
            yield ScriptFault(script.place, message, is_mode_meant(script.state.files, script.entry))
            return
    first = script.content.value.partition("\n")[0]
    if first.startswith("#!") and first.endswith("\r"):
        at = len(first) - 1
        message = f"the first line ends in a carriage return: there is no interpreter {first[2:-1].split(' ')[0].strip()!r} with one in its name"
        yield ScriptFault(script.content.place(at, at + 1), message)
    elif (
        script.is_exec
        and not first.startswith("#!")
        and script.content.value.strip()
        and _is_text(script.content.value)
    ):
        message = f"{script.entry.path} is started without a shell, but its first line is no `#!` line: exec format error"
        yield ScriptFault(script.place, message)


def _is_text(content: str) -> bool:
    return "\0" not in content[:4000] and not content.startswith("\x7f")


def generated_faults(script: RunScript) -> Iterator[ScriptFault]:
    """What is wrong with a script that the Dockerfile itself writes."""
    yield from start_faults(script)
    if script.dialect is not Dialect.OTHER:
        yield from escaped_quotes(script.content, script.dialect)
        yield from syntax_faults(script.content, script.dialect)


def copied_faults(script: RunScript) -> Iterator[ScriptFault]:
    """What is wrong with a script that comes from the build context."""
    started = tuple(start_faults(script))
    yield from started
    if script.dialect is not Dialect.OTHER and not started:
        yield from syntax_faults(script.content, script.dialect)


def is_generated(script: RunScript, dockerfile: Source) -> bool:
    """Whether the Dockerfile itself holds the script's text."""
    return script.content.source is dockerfile


def lost_echoes(step: Step) -> tuple[Place, ...]:
    """The echoes between two that write to one file, whose own redirection is missing."""
    return tuple(lost_lines([_printed(run) for run in step.effects.commands]))


def _printed(run: CommandRun) -> tuple[str, str, Place, str]:
    target = ""
    for redirect in run.command.redirects:
        if redirect.operator in _WRITES and redirect.descriptor in {None, 1} and redirect.target:
            target = redirect.target.raw.value
    source = run.place.source.text
    behind = source[run.place.span.end : run.place.span.end + 40].lstrip(" \t\\\n")
    if behind.startswith("|") and not behind.startswith("||"):
        target = target or "|"
    texts = [
        part.text.value for word in run.command.words[1:] for part in word.parts if isinstance(part, Literal)
    ]
    return target, " ".join(texts), run.place, run.name

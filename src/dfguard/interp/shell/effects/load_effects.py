"""A command that was walked to the models it downloads or loads, what that writes, and the Python it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.loads.environment import Sight
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.effects.file_actions import maker

if TYPE_CHECKING:
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.walk import Walk
    from dfguard.interp.state.model import Write
    from dfguard.interp.values import Value
    from dfguard.syntax.python.program import Snippet


def note_loads(walk: Walk, call: CommandCall, before: FileSystem) -> None:
    """Report what the command loads, with what that writes, and the programs it runs; called after its own effects.

    `before` is what the image held when the command started.
    """
    from dfguard.interp.loads.commands import loads_of_run

    snippets = _snippets(walk, call)
    found = loads_of_run(call.run, sight_of_call(walk, call), snippets, walk.proof(call.place), walk.moment)
    walk.report.started(call.place, found, before)
    for write in found.writes:
        _put(call, write)
        walk.report.wrote(write)


def sight_of_call(walk: Walk, call: CommandCall) -> Sight:
    """What a program that the shell starts now sees."""
    shell, own = call.shell, dict(call.run.environment)

    def lookup(name: str) -> Value | None:
        if name in own:
            return own[name]
        return shell.variables.get(name) if name in shell.exported else None

    state = walk.state
    return Sight(
        shell.files,
        lookup,
        shell.user,
        shell.cwd,
        shell.packages,
        state.base,
        state.environment.is_open,
        walk.world,
        shell.look,
    )


def _snippets(walk: Walk, call: CommandCall) -> tuple[Snippet, ...]:
    """The Python that this command receives: found with the step's script, else in the command alone (a script file)."""
    of_step = [s for s in walk.snippets if s.command == call.place and s.interpreter is not None]
    if of_step:
        return tuple(of_step)
    if call.place.source is walk.at_home:
        return ()
    from dfguard.syntax.embedded.snippets import snippets_of_command

    found = snippets_of_command(call.run.command, dialect=call.shell.dialect)
    return tuple(s for s in found if s.interpreter is not None)


def _put(call: CommandCall, write: Write) -> None:
    """A download's folder or file, with anything below it: what exactly it brings is not listed."""
    path = call.files.real(write.path)
    there = call.files.raw(path)
    why = because(Cause.BROUGHT, write.tool)
    if there.presence is Presence.PRESENT:
        call.files = call.files.havoc_below(path, why)
        return
    if _is_file(write):
        file = Entry(path, EntryKind.FILE, Presence.PRESENT, written_by=write.place, because=write.because)
        call.files = call.files.put(file)
        return
    call.files = call.files.make_directory(path, maker(call.shell, path, write.place, write.because))
    call.files = call.files.havoc_below(path, why)


def _is_file(write: Write) -> bool:
    """Whether a download writes the path itself, not a folder of a cache or what lies below a local directory."""
    load = write.load
    return load is not None and load.is_local_directory and (bool(load.files) or load.kind == "url")

"""What the process reads to what it may not read: files that the build left to another user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.permissions import readable
from dfguard.interp.values import known
from dfguard.syntax.python.program import EnvironmentRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import Load
    from dfguard.interp.values import Binding


class Closed(Record):
    """The process reads `path` as `user` and is refused at `closed`, the path itself or a directory above it.

    `written_by` is what put it there (None: the base image), `because` says why the user is who it is; `load` is the
    load that wants it, None for a file of the program.
    """

    path: str
    user: str
    closed: Entry
    written_by: Place | None
    because: tuple[Binding, ...] = ()
    load: Load | None = None


def closed_paths(process: Process, view: RuntimeView) -> Iterator[Closed]:
    """What the process provably may not read of what the image provably holds, each place that wrote some once."""
    user = view.user
    name = known(user)
    if not name or view.state.files.accounts.ids(name)[0] == 0:
        return
    seen: set[Place | str] = set()
    for path, load in (*_wanted(process), *_told(process, view)):
        if view.mount_over(path) is not None:
            continue
        entry = view.state.files.resolve(path)
        verdict = readable(view.state.files, path, name, needs_list=entry.kind is EntryKind.FILE)
        if verdict.presence is not Presence.ABSENT or entry.presence is Presence.ABSENT:
            continue
        if entry.presence is Presence.MAYBE and entry.written_by is None:
            continue
        if verdict.blocking is None or (entry.written_by or path) in seen:
            continue
        seen.add(entry.written_by or path)
        yield Closed(path, name, verdict.blocking, entry.written_by, user.because, load)


def _wanted(process: Process) -> Iterable[tuple[str, Load | None]]:
    for started in process.programs:
        if started.path is not None:
            yield started.path, None
    for load in process.loads:
        directory = known(load.directory)
        if directory is None or not load.reads:
            continue
        subject = known(load.subject)
        is_repository = load.kind == "hub" and subject and not load.is_local_directory
        yield (
            (f"{directory}/models--{subject.replace('/', '--')}" if is_repository and subject else directory),
            load,
        )


def _told(process: Process, view: RuntimeView) -> Iterable[tuple[str, None]]:
    """The paths that the image's variables hold and that the program asks the environment for."""
    for started in process.programs:
        values = (argument.value for call in started.program.calls for argument in call.arguments)
        for read in values:
            found = view.variable(read.name) if isinstance(read, EnvironmentRead) else None
            path = known(found) if found is not None else None
            if path and path.startswith("/"):
                yield path, None

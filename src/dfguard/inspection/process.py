"""The process and the run-time view to what starts, with which variables, below which mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.inspection.marks import CONDITIONS, EFFECTS
from dfguard.inspection.records import Link, MountView, ProcessView, Variable
from dfguard.inspection.telling import cut, notes, spot, told, user_told
from dfguard.interp.values import described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.facts import Facts
    from dfguard.inspection.records import FileRow
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.values import Value

MOST_LINKS = 200
MOST_NOTES = 50


_SHELL_S_OWN = frozenset(
    """
    : [ [[ cd echo exit export local printf pwd readonly return set shift shopt test trap true ulimit umask
    unset
    """.split()
)
"""Commands of start scripts that say nothing of what is started."""


def process_view(facts: Facts, process: Process, view: RuntimeView, rows: tuple[FileRow, ...]) -> ProcessView:
    """What the image's program is and sees on the platform; `rows` are those of the image's tree."""
    words = process.words
    return ProcessView(
        tuple(map(cut, words)),
        spot(process.place) if process.place else None,
        user_told(view.user),
        told(view.home),
        told(view.state.workdir),
        tuple(_variables(process, view)),
        _may_hold(view),
        tuple(dict.fromkeys(_chain(facts, process)))[:MOST_LINKS],
        notes(((place, f"{path} is not in the image") for place, path in process.missing), MOST_NOTES),
        notes(process.unknowns, MOST_NOTES),
        tuple(_mounts(view, rows)),
    )


def _variables(process: Process, view: RuntimeView) -> Iterator[Variable]:
    """The image's and the platform's, with what the start scripts export before the program starts."""
    fixed = (name for name in view.platform.runtime_variables if "*" not in name)
    own = (name for name, variable in view.state.environment.variables if not variable.is_argument)
    exported = _exported(process)
    for name in sorted({*fixed, *own, *exported}):
        value = exported.get(name) or view.variable(name)
        if value is not None:
            yield Variable(name, told(value))


def _exported(process: Process) -> dict[str, Value]:
    """What the command that starts the last program sees beyond the image's variables."""
    places = [started.place for started in process.programs]
    runs = [run for run in process.commands if run.place in places] or list(process.commands)
    return dict(runs[-1].environment) if runs else {}


def _may_hold(view: RuntimeView) -> tuple[str, ...]:
    platform = (name for name in view.platform.runtime_variables if "*" in name)
    base = ("*",) if view.state.environment.is_open else ()
    return tuple(dict.fromkeys((*view.state.environment.patterns, *platform, *base)))


def _chain(facts: Facts, process: Process) -> Iterator[Link]:
    """The commands of the start and its scripts, then the Python that they run, in the order of the run."""
    scripts = {spot(script.place): script.entry.path for script in facts.run_scripts if script.is_of_process}
    for run in process.commands:
        if run.name in _SHELL_S_OWN:
            continue
        path = scripts.get(spot(run.place))
        words = " ".join(described(word) for word in run.words)
        yield Link("script" if path else "command", cut(words), path, spot(run.place))
    for started in process.programs:
        kind = "module" if started.name else "program"
        text = started.name or started.path or "code that is no file"
        yield Link(kind, text, started.path, spot(started.place))


def _mounts(view: RuntimeView, rows: tuple[FileRow, ...]) -> Iterator[MountView]:
    for mount in view.mounts:
        if mount.path is not None:
            yield MountView(
                mount.path,
                mount.title,
                EFFECTS[mount.semantics],
                CONDITIONS[mount.when],
                view.is_certain(mount),
                sum(mount.hides and mount.covers(row.path) for row in rows),
            )

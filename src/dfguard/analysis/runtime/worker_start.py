"""The image's process to how it starts: whether anything does, what blocks it, whether a worker is started at all."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dfguard.core.context import Kind
from dfguard.core.record import Record, replace
from dfguard.core.source import Place
from dfguard.interp.build.stages import chain
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.paths import clean
from dfguard.interp.python.command_lines import LaunchKind, launch_of
from dfguard.interp.reasons import Cause, sources
from dfguard.interp.runtime.process import passes_on
from dfguard.interp.runtime.scripts import place_of_target
from dfguard.interp.state.model import Moment
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.context import BuildContext
    from dfguard.core.project import Reference
    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import CommandRun, Load, StageTrace, Started
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.python.program import PythonCall

_MOST_FOLDERS = 200
_LEFT_TO_PACKAGES = frozenset([Cause.BASE, Cause.PACKAGES])
_IDLE = frozenset({"bash", "sh", "ash", "dash", "zsh", "python", "python3", "node"})
_STARTS_OTHERS = tuple(
    """
    subprocess. os.exec os.system os.spawn os.popen runpy. importlib. multiprocessing. exec eval __import__
    """.split()
)
_SERVES = frozenset(
    {
        LaunchKind.PYTHON_FILE,
        LaunchKind.PYTHON_MODULE,
        LaunchKind.APPLICATION,
        LaunchKind.FILE,
        LaunchKind.SHELL_FILE,
    }
)


class NoStart(Record):
    """Why the image starts nothing that lasts; `place` is the FROM of the stage, or what names a missing file (`path` in the
    image); `named_at` is where a build file makes an image of that stage.
    """

    place: Place
    message: str
    is_certain: bool = True
    named_at: Place | None = None
    path: str = ""


def idle_start(target: StageTrace, knowledge: Knowledge) -> NoStart | None:
    """The final stage sets no CMD and no ENTRYPOINT, and all that its base image starts is a shell or interpreter, which
    ends at once without a terminal.
    """
    final = target.final
    start, entry = final.command, final.entrypoint
    if any(one is not None and one.place is not None for one in (start, entry)):
        return None
    base = known(target.base) or ""
    place = target.stage.base.place()
    stage = f"the stage {target.stage.name}" if target.stage.name else "the stage"
    if base == "scratch" and start is None and entry is None:
        return NoStart(place, "the image has no CMD and no ENTRYPOINT: there is nothing to start")
    if final.base is None:
        return None
    words = start.words if start else ()
    is_open = entry is None or passes_on(entry, knowledge)
    if is_open and len(words) == 1 and words[0].rpartition("/")[2] in _IDLE:
        return NoStart(
            place,
            f"{stage} sets no CMD and no ENTRYPOINT, and its base image only starts {words[0]}, which ends at once",
        )
    if is_open and not words and entry is not None:
        return NoStart(place, f"{stage} sets no CMD and no ENTRYPOINT, and its base image starts no program")
    return None


def holds_program(trace: StageTrace, traces: tuple[StageTrace, ...]) -> bool:
    """Whether the stage, or one it is built on, copies a script or Python file of the context: it is no mere base."""
    steps = (step for one in chain(trace, traces) for step in one.steps)
    own = (copy for step in steps for copy in step.effects.copies if copy.origin is None)
    return any(path.endswith((".py", ".sh")) for copy in own for path in copy.matched)


def idle_targets(
    references: Iterable[Reference],
    path: str,
    traces: tuple[StageTrace, ...],
    target: StageTrace,
    knowledge: Knowledge,
) -> Iterator[NoStart]:
    """The other stages that a build file of the repository makes images of, and that start nothing."""
    seen: set[str] = set()
    for reference in references:
        name = (reference.target or "").lower()
        if reference.dockerfile != path or not name or name in seen:
            continue
        seen.add(name)
        for trace in traces:
            if trace is not target and (trace.stage.name or "").lower() == name:
                found = idle_start(trace, knowledge)
                if found is not None:
                    certain = holds_program(trace, traces)
                    yield replace(found, named_at=reference.place, is_certain=certain)


def missing_starts(
    process: Process, target: StageTrace, view: RuntimeView, context: BuildContext
) -> Iterator[NoStart]:
    """The files that the start command names and that are surely not in the image."""
    for position, run in enumerate(process.commands[:1]):
        launch = launch_of(run.words)
        if launch is None or launch.kind not in {
            LaunchKind.FILE,
            LaunchKind.PYTHON_FILE,
            LaunchKind.SHELL_FILE,
        }:
            continue
        name, workdir = known(launch.target), known(run.workdir)
        if name is None or position or (workdir is None and not name.startswith("/")):
            continue
        if launch.kind is LaunchKind.FILE and "/" not in name:
            continue
        path = clean(name, workdir or "/")
        resolved = target.final.files.resolve(path)
        if view.mount_over(path) is not None:
            continue
        near = next(_like(path, context), "") or next(_copied_elsewhere(path, target, context), "")
        # A well-known base image, too, does not hold the program that the context has and copies to another place.
        is_foreign = near.endswith(".py") and target.final.base is not None and _is_left_to_packages(resolved)
        if resolved.presence is not Presence.ABSENT and not is_foreign:
            continue
        entry = target.final.files.look(path)
        if entry.kind is EntryKind.LINK and entry.presence is Presence.PRESENT:
            continue
        hint = f"; the context has {near}" if near else ""
        yield NoStart(
            place_of_target(run, launch),
            f"{path} is started here, and the image has no such file{hint}",
            run.is_certain and not _is_folder_of_context(path, target, context),
            path=path,
        )


def _is_folder_of_context(path: str, target: StageTrace, context: BuildContext) -> bool:
    """Whether a COPY brings a folder with the program's name: the file that was meant is made before the build, or the build
    context is another one.
    """
    name = path.rpartition("/")[2]
    copies = (copy for step in target.steps for copy in step.effects.copies if copy.origin is None)
    named = (p for copy in copies for p in copy.matched if p.rpartition("/")[2] == name)
    return any((entry := context.entry(p)) is not None and entry.kind is Kind.DIRECTORY for p in named)


def _like(path: str, context: BuildContext) -> Iterator[str]:
    name = path.rpartition("/")[2]
    for folder in ("", "src", "app", "docker", "scripts"):
        full = f"{folder}/{name}".lstrip("/")
        entry = context.entry(full)
        if entry is not None and entry.kind is not Kind.DIRECTORY:
            yield full


def _is_left_to_packages(entry: Entry) -> bool:
    """Whether nothing that is copied or made brings it, so that only the base image or a system package could hold it."""
    found = sources(entry.why)
    return entry.written_by is None and bool(found) and found <= _LEFT_TO_PACKAGES


def _copied_elsewhere(path: str, target: StageTrace, context: BuildContext) -> Iterator[str]:
    """The files of the context with that name in the folders that the stage copies, near ones first."""
    name = path.rpartition("/")[2]
    copies = (copy for step in target.steps for copy in step.effects.copies if copy.origin is None)
    queue = deque(dict.fromkeys(folder for copy in copies for folder in copy.matched))
    for _ in range(_MOST_FOLDERS):
        if not queue:
            return
        for child in context.children(queue.popleft()):
            if child.kind is Kind.DIRECTORY:
                queue.append(child.path)
            elif child.path.rpartition("/")[2] == name and not context.is_ignored(child.path):
                yield child.path


def blocking_loads(process: Process, view: RuntimeView) -> Iterator[tuple[Load, CommandRun]]:
    """The downloads of weights that a start script makes before it starts what serves, and that last command.

    Left out are downloads under a condition or in the background, and those onto a mount of the platform.
    """
    served = [run for run in process.commands if (launch := launch_of(run.words)) and launch.kind in _SERVES]
    if not served:
        return
    last = served[-1]
    order = {run.place: index for index, run in enumerate(process.commands)}
    programs = {started.place for started in process.programs}
    for load in process.loads:
        place = load.proof[-1] if load.proof and load.place not in order else load.place
        at = order.get(place)
        if at is None or place == last.place or at >= order[last.place] or last.place not in programs:
            continue
        if (
            load.moment is not Moment.START
            or not load.downloads
            or not load.is_weights
            or not load.is_certain
        ):
            continue
        directory = known(load.directory)
        if directory is not None and view.mount_over(directory) is not None:
            continue
        run = process.commands[at]
        if not run.is_certain or _is_in_background(run):
            continue
        yield load, last


def _is_in_background(run: CommandRun) -> bool:
    behind = run.place.source.text[run.place.span.end : run.place.span.end + 200].partition("\n")[0]
    return "&" in behind.replace("&&", "").replace(">&", "").replace("&>", "")


class Unstarted(Record):
    """A main program that imports runpod at `place` and never starts a worker. `kept_out` is a start that stands where only an
    import of the file would come.
    """

    started: Started
    place: Place
    has_handler: bool
    kept_out: Place | None = None


def unstarted_worker(process: Process) -> Unstarted | None:
    """The program that never starts a worker; None when one is started, or when something could not be followed."""
    programs = process.programs
    if not programs or process.unknowns or any(one.program.fault or one.program.unread for one in programs):
        return None
    imports = [
        (one, item)
        for one in programs
        for item in one.program.imports
        if item.module.partition(".")[0] == "runpod" and not item.is_typing
    ]
    if not imports or any(_starts_worker(names) for names in _called(programs)):
        return None
    started, item = imports[0]
    if any(i.name == "*" for one in programs for i in one.program.imports):
        return None
    if any(
        i.module.startswith("runpod.") and not i.module.startswith("runpod.serverless") for _, i in imports
    ):
        return None
    uses_api = any(
        name.startswith("runpod.") and not name.startswith("runpod.serverless")
        for names in _called(programs)
        for name in names
    )
    if uses_api:
        return None
    has_handler = any("handler" in name.lower() for one in programs for name in one.program.functions)
    kept_out = next(
        (
            Place(one.program.source, call.span)
            for one in programs
            for call in one.program.calls
            if call.name == "runpod.serverless.start" and not _is_reached(one, call)
        ),
        None,
    )
    return Unstarted(started, Place(started.program.source, item.span), has_handler, kept_out)


def _called(programs: Iterable[Started]) -> Iterator[tuple[str, ...]]:
    for one in programs:
        for call in one.program.calls:
            if _is_reached(one, call):
                yield (call.name, *call.alternatives)


def _is_reached(started: Started, call: PythonCall) -> bool:
    """Whether the file comes to the call as it is started: run, or imported by another."""
    return call.is_main in (None, not started.name)


def _starts_worker(names: tuple[str, ...]) -> bool:
    """Whether a call starts a worker, or something that may do so."""
    return any(
        "serverless" in name
        or name.endswith((".start", "?"))
        or name.startswith(_STARTS_OTHERS)
        or name == "main"
        for name in names
    ) and not all(name == "main" for name in names)

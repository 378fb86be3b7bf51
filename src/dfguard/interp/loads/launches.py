"""A start of Python to the program, the local modules it imports from the image, and the loads of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.loads.environment import surroundings
from dfguard.interp.loads.programs import Start, play
from dfguard.interp.python.command_lines import LaunchKind
from dfguard.interp.python.modules import Module, find_module, gather, read_file
from dfguard.interp.state.model import Moment, Started
from dfguard.interp.values import Known, known, texts_of

if TYPE_CHECKING:
    from dfguard.core.source import Place
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.loads.environment import Sight
    from dfguard.interp.loads.load import Circumstances
    from dfguard.interp.loads.programs import Played
    from dfguard.interp.python.command_lines import Launch
    from dfguard.interp.state.model import Load
    from dfguard.syntax.python.program import Program


class LaunchOutcome(Record):
    """What a start of Python comes to. `missing` is the file that is surely not in the image, `why` why nothing is
    known otherwise; both empty when the program was read.
    """

    programs: tuple[Started, ...] = ()
    loads: tuple[Load, ...] = ()
    missing: str = ""
    why: str = ""


def start_file(launch: Launch, sight: Sight, place: Place, circumstances: Circumstances) -> LaunchOutcome:
    """The outcome of a start that names a file, module or application."""
    workdir = known(sight.workdir)
    text = known(launch.target) or _only_one_there(launch, sight, workdir)
    if text is None:
        return LaunchOutcome(why="which file is started is not known")
    if launch.kind is LaunchKind.PYTHON_FILE:
        if workdir is None and not text.startswith("/"):
            return LaunchOutcome(why="the working directory is not known")
        path = paths.clean(text, workdir or "/")
        return _start_path(path, launch, sight, place, circumstances, (paths.parent(path),))
    dotted = text.partition(":")[0]
    search = (workdir,) if workdir is not None else ()
    search = (*search, *_python_path(sight))
    found = _module_file(dotted, search, sight.files)
    if found is None:
        return LaunchOutcome(why=f"{dotted} is no file of the image that is known")
    return _start_path(found, launch, sight, place, circumstances, search)


def _only_one_there(launch: Launch, sight: Sight, workdir: str | None) -> str | None:
    """Of several files that may be meant, the one that the image holds (`$DIR/app.py`, DIR being the volume or a copy)."""
    if launch.kind is not LaunchKind.PYTHON_FILE:
        return None
    entries = [
        (text, sight.files.resolve(paths.clean(text, workdir or "/")))
        for text in texts_of(launch.target) or ()
    ]
    there = [
        text for text, entry in entries if entry.presence is Presence.PRESENT and entry.content is not None
    ]
    return there[0] if len(there) == 1 else None


def _module_file(dotted: str, search: tuple[str, ...], files: FileSystem) -> str | None:
    found = find_module(None, dotted, search, files)
    if found is not None and found.endswith("/__init__.py"):
        return find_module(None, f"{dotted}.__main__", search, files) or found
    return found


def _python_path(sight: Sight) -> tuple[str, ...]:
    text = known(sight.lookup("PYTHONPATH") or Known(""))
    workdir = known(sight.workdir) or "/"
    return tuple(paths.clean(part, workdir) for part in (text or "").split(":") if part)


def _start_path(
    path: str,
    launch: Launch,
    sight: Sight,
    place: Place,
    circumstances: Circumstances,
    search: tuple[str, ...],
) -> LaunchOutcome:
    entry = sight.files.resolve(path)
    if entry.presence is Presence.ABSENT:
        return LaunchOutcome(missing=path)
    if entry.content is None:
        return LaunchOutcome(why=f"what {path} holds is not known")
    program = read_file(entry.content)
    search = tuple(dict.fromkeys((*search, *_python_path(sight))))
    start = Start(launch.words, launch.is_script)
    main = Module(program, paths.clean(path))
    return start_program(main, search, sight, place, circumstances, start, launch.program)


def start_program(
    main: Module,
    search: tuple[str, ...],
    sight: Sight,
    place: Place,
    circumstances: Circumstances,
    start: Start,
    interpreter: str = "",
) -> LaunchOutcome:
    """The outcome of running a program that was read, with its local modules looked for in `search`."""
    modules = gather(main, search, sight.files)
    circumstances = replace(circumstances, proof=(*circumstances.proof, place))
    if circumstances.moment is Moment.BUILD:
        start = replace(start, is_asked=_has_test_request(start, sight))
    played = play(modules, surroundings(sight, interpreter=interpreter), circumstances, start)
    programs = [
        Started(
            m.program,
            m.path,
            place,
            circumstances.proof,
            m.name,
            repeated=_repeated(played, m),
            search=search,
        )
        for m in modules.all()
    ]
    programs[:1] = [replace(programs[0], late=played.late)]
    return LaunchOutcome(tuple(programs), played.loads)


def _repeated(played: Played, module: Module) -> frozenset[int]:
    return frozenset(order for path, order in played.repeated if path == module.path)


def _has_test_request(start: Start, sight: Sight) -> bool:
    """Whether runpod answers one request without an endpoint: that of its option, or of a file in the working
    directory (runpod-python, serverless/modules/rp_local.py). Without one it ends.
    """
    if any((known(word) or "").startswith("--test_input") for word in start.words or ()):
        return True
    workdir = known(sight.workdir)
    return (
        workdir is not None and sight.files.resolve(f"{workdir}/test_input.json").presence is Presence.PRESENT
    )


def start_code(
    program: Program, sight: Sight, place: Place, circumstances: Circumstances, start: Start
) -> LaunchOutcome:
    """The outcome of code that is no file (`python -c`, a heredoc): modules are looked for in the working directory."""
    workdir = known(sight.workdir)
    search = (*((workdir,) if workdir is not None else ()), *_python_path(sight))
    return start_program(Module(program, None), search, sight, place, circumstances, start)

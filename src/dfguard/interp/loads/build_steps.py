"""One command of the build (or of a start script), as it runs, to the loads it makes, what they write, and the Python programs it runs.

To be called while the script is walked, with the files and packages of that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.loads.commands import loads_of_command
from dfguard.interp.loads.environment import surroundings
from dfguard.interp.loads.launches import start_code, start_file
from dfguard.interp.loads.load import Circumstances, writes_of
from dfguard.interp.loads.programs import Start
from dfguard.interp.python.command_lines import LaunchKind, launch_of, name_of
from dfguard.interp.python.modules import read_snippet
from dfguard.interp.state.model import Moment
from dfguard.interp.values import Unknown, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.loads.environment import Sight
    from dfguard.interp.loads.launches import LaunchOutcome
    from dfguard.interp.state.model import CommandRun, Load, Started, Write
    from dfguard.interp.values import Value
    from dfguard.syntax.python.program import Snippet


_FILES = frozenset(
    {LaunchKind.PYTHON_FILE, LaunchKind.PYTHON_MODULE, LaunchKind.APPLICATION, LaunchKind.FILE}
)


class StepLoads(Record):
    """What a command of the build does with models. `missing` is a Python file that it runs and that is surely not
    there; `programs` are all files of the programs it runs, the main one first.
    """

    loads: tuple[Load, ...] = ()
    writes: tuple[Write, ...] = ()
    programs: tuple[Started, ...] = ()
    missing: str = ""


def loads_of_run(
    run: CommandRun,
    sight: Sight,
    snippets: tuple[Snippet, ...] = (),
    proof: tuple[Place, ...] = (),
    moment: Moment = Moment.BUILD,
) -> StepLoads:
    """What a command does: as a loader of the packs, and as a start of Python with the snippets found in it.

    `sight` is what the command sees when it runs, its own variables included; `proof` the places that lead to it when
    it stands in a script; `moment` is START for what the finished image starts.
    """
    if not snippets and not _may_matter(run, sight):
        return StepLoads()
    circumstances = Circumstances(moment, run.is_certain, run.failure, run.swallowed_by, proof)
    around = surroundings(sight)
    loads = tuple(loads_of_command(run, around, circumstances))
    programs: tuple[Started, ...] = ()
    missing = ""
    for outcome in _started(run, sight, snippets, circumstances):
        loads += outcome.loads
        programs += outcome.programs
        missing = missing or outcome.missing
    writes = tuple(write for load in loads for write in writes_of(load, around))
    return StepLoads(loads, writes, programs, missing)


def _may_matter(run: CommandRun, sight: Sight) -> bool:
    """Whether the command is a loader, a downloader, or starts code; most are none of these."""
    program = known(run.words[0]) if run.words else None
    if program is None:
        return False
    name, knowledge = name_of(program), sight.world.knowledge
    is_tool = name in knowledge.starters or name == "git" or knowledge.downloader((name,)) is not None
    return is_tool or name == "comfy" or launch_of(run.words, sight.world.knowledge) is not None


def _started(
    run: CommandRun, sight: Sight, snippets: tuple[Snippet, ...], circumstances: Circumstances
) -> Iterator[LaunchOutcome]:
    for snippet in snippets:
        program = read_snippet(snippet)
        if program.fault is None or program.fault.is_flattened:
            launch = launch_of(run.words, sight.world.knowledge)
            words = launch.words if launch else ()
            start = Start(words, holes=_holes(snippet, sight))
            yield start_code(program, sight, run.place, circumstances, start)
    if snippets:
        return
    launch = launch_of(run.words, sight.world.knowledge)
    if launch is None or launch.kind not in _FILES:
        return
    if launch.kind is LaunchKind.FILE:
        if not _is_python(launch.program, sight):
            return
        launch = replace(launch, kind=LaunchKind.PYTHON_FILE)
    if launch.environment:
        own = dict(launch.environment)
        sight = replace(sight, lookup=lambda name, below=sight.lookup: own.get(name) or below(name))
    yield start_file(launch, sight, run.place, circumstances)


def _holes(snippet: Snippet, sight: Sight) -> tuple[tuple[str, Value], ...]:
    """The placeholders of a snippet with what the shell puts there: a variable's value, else Unknown."""
    look = sight.shell or sight.lookup
    found: dict[str, Value] = {}
    for start, end in snippet.holes:
        written = snippet.code.place(start, end).text
        name = written.removeprefix("$").removeprefix("{").removesuffix("}")
        value = look(name) if name.isidentifier() else None
        found[snippet.code.value[start:end]] = (
            value if value is not None else Unknown(f"{written} is not known")
        )
    return tuple(found.items())


def _is_python(path: str, sight: Sight) -> bool:
    """Whether a file that is run by its name is Python: by its `#!` line, else by its ending."""
    entry = sight.files.resolve(paths.clean(path, known(sight.workdir) or "/"))
    first = entry.content.value.partition("\n")[0] if entry.content is not None else ""
    return "python" in first if first.startswith("#!") else path.endswith(".py")

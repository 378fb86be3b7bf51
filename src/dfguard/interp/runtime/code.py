"""Steps to the Python in them: what a RUN's walk found, and what other instructions hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.python.modules import read_file, read_snippet
from dfguard.interp.python.versions import version_of
from dfguard.syntax.python.verdict.check import check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.python.versions import Version
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import BuildState, CommandRun, StageTrace, Started, Step
    from dfguard.syntax.python.program import Program, PythonFault, Snippet


_HOLDERS = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK", "COPY", "ADD"})


def snippets_of_step(step: Step) -> tuple[Snippet, ...]:
    """All Python in the step's instruction, in the order of the text."""
    if step.effects.snippets or step.instruction.keyword not in _HOLDERS:
        return step.effects.snippets
    if step.instruction.keyword in {"COPY", "ADD"} and not step.instruction.heredocs:
        return ()
    from dfguard.syntax.embedded.snippets import snippets_of_instruction
    from dfguard.syntax.shell.grammar.script import run_script

    return snippets_of_instruction(step.instruction, run_script(step.instruction, step.before.shell))


class RunningCode(Record):
    """One program, or one module of it. `path` is where it lies in the image (None: no file, or not known), `proof` the
    places that lead to it (outermost first), `state` the image that it runs in. `snippet` is set for code that stands
    in the Dockerfile or a shell script. `is_of_process`: the finished image runs it, not the build. `is_run` False: it
    was only copied, under its own name. `is_module`: another file imports it. `version` is the Python that runs it, None
    when not known. `search` are the folders in which it looks for modules, as far as they are known.
    """

    program: Program
    state: BuildState
    proof: tuple[Place, ...] = ()
    path: str | None = None
    snippet: Snippet | None = None
    is_of_process: bool = False
    is_run: bool = True
    is_module: bool = False
    version: Version | None = None
    search: tuple[str, ...] = ()


def code_of_build(steps: Iterable[Step]) -> Iterator[RunningCode]:
    """The Python that the build steps run: snippets, and the files of the programs they start."""
    for step in steps:
        inside: set[int] = set()
        for snippet in snippets_of_step(step):
            version = version_of(step.before, snippet.interpreter) if snippet.interpreter else None
            program = read_snippet(snippet)
            inside.add(id(program))
            yield RunningCode(program, step.before, (snippet.command,), snippet=snippet, version=version)
        for started in step.effects.programs:
            if id(started.program) not in inside:
                yield _of_started(started, step)


def _of_started(started: Started, step: Step) -> RunningCode:
    """A file that the step runs, in the image as it was when the command started."""
    version = version_of(step.before, _interpreter(step.effects.commands, started.place))
    state = replace(step.before, files=started.files) if started.files is not None else step.before
    proof = started.proof or (started.place,)
    is_module = bool(started.name)
    return RunningCode(
        started.program,
        state,
        proof,
        started.path,
        is_module=is_module,
        version=version,
        search=started.search,
    )


def code_of_process(process: Process, trace: StageTrace) -> Iterator[RunningCode]:
    """The Python files that the image's process runs."""
    for started in process.programs:
        proof = started.proof or (started.place,)
        version = version_of(trace.final, _interpreter(process.commands, started.place))
        yield RunningCode(
            started.program,
            trace.final,
            proof,
            started.path,
            is_of_process=True,
            is_module=bool(started.name),
            version=version,
            search=started.search,
        )


def _interpreter(commands: tuple[CommandRun, ...], place: Place) -> str:
    """The word that starts the program at a place (`python3.11`); `python` for other starters."""
    name = next((run.name for run in commands if run.place == place), "python")
    return name if "python" in name.rpartition("/")[2] else "python"


def copied_code(steps: Iterable[Step], final: BuildState) -> Iterator[RunningCode]:
    """The Python files that a COPY or ADD names one by one (not those of a folder) and that the image still holds."""
    for step in steps:
        for copy in step.effects.copies:
            if copy.origin is not None or len(copy.matched) != 1 or not copy.matched[0].endswith(".py"):
                continue
            if copy.destination is None:
                continue
            folder = copy.destination.rstrip("/")
            for path in (folder, f"{folder}/{copy.matched[0].rpartition('/')[2]}"):
                entry = final.files.resolve(path)
                is_it = entry.kind is EntryKind.FILE and entry.context_path == copy.matched[0]
                if is_it and entry.presence is Presence.PRESENT and entry.content is not None:
                    yield RunningCode(read_file(entry.content), final, (copy.place,), path, is_run=False)
                    break


def fault_in_file(program: Program) -> PythonFault | None:
    """The fault of a program that is a whole file, with its index an offset of the source; None when it compiles or is
    only a part of a source.
    """
    fault = program.fault
    return fault if fault is not None and check(program.source.text) == fault else None

"""Inspection to text for people: the process, the models side by side, the mounts, every stage with its tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.inspection.terms import Verdict
from dfguard.reports.inspection_files import MARKS, tree
from dfguard.reports.inspection_tree import size_text
from dfguard.reports.inspection_words import (
    Words,
    base_words,
    command_words,
    counted,
    known_and_not,
    stage_role,
    told_text,
)
from dfguard.reports.report import printable
from dfguard.reports.text import coloured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.inspection.records import CommandLine, Inspection, Note, ProcessView, StageView, Variable
    from dfguard.inspection.terms import Baked, LookedUp, Told
    from dfguard.reports.text import Piece

MOST_VARIABLES = 100
LONGEST_VALUE = 200
_VERDICTS = {
    Verdict.FOUND: "bold green",
    Verdict.HIDDEN: "bold yellow",
    Verdict.UNREADABLE: "bold red",
    Verdict.ELSEWHERE: "bold yellow",
    Verdict.MISSING: "bold red",
    Verdict.UNKNOWN: "cyan",
}
_SEVERITIES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}


def render(inspection: Inspection) -> str:
    """The inspection as plain text."""
    return "".join(text for _, text in pieces(inspection))


def render_colour(inspection: Inspection, width: int | None = None) -> str:
    """The same words with terminal colours."""
    return coloured(pieces(inspection), width)


def pieces(inspection: Inspection) -> Iterator[Piece]:
    """(rich style, text) pairs; the texts one after the other are the whole report."""
    words = Words(inspection.path)
    yield "bold", printable(inspection.path)
    stages, count = len(inspection.stages), inspection.instructions
    yield "", f": {counted(stages, 'stage')}, {counted(count, 'instruction')}\n"
    yield "dim", f"build context {printable(inspection.context)}{_note(inspection.context_reason)}\n"
    yield "dim", f"runs on {printable(inspection.platform_title)}{_note(inspection.platform_reason)}\n"
    if inspection.process is not None:
        yield from _process(inspection.process, words)
        yield from _mounts(inspection.process)
    yield from _models(inspection, words)
    if inspection.process is not None:
        yield from _title("Downloaded at run time")
        for line in words.downloads(inspection.downloads):
            yield "", f"  {printable(line)}\n"
    for stage in inspection.stages:
        yield from _stage(stage, inspection, words)
    yield from _closing(inspection, words)


def _title(text: str) -> Iterator[Piece]:
    yield "", "\n"
    yield "bold underline", text
    yield "", "\n"


def _note(text: str) -> str:
    return f"  ({printable(text)})" if text else ""


def _line(label: str, text: str, note: str = "", style: str = "") -> Iterator[Piece]:
    yield style or "dim", f"  {label:<10} "
    yield "", printable(text)
    yield "dim", f"{_note(note)}\n"


def _field(label: str, told: Told, words: Words) -> Iterator[Piece]:
    return _line(label, told_text(told), words.origins(told), "" if told.texts else "cyan")


def _process(process: ProcessView, words: Words) -> Iterator[Piece]:
    yield from _title("Process")
    start = " ".join(process.start) or "nothing: neither ENTRYPOINT nor CMD is known"
    yield from _line("starts", start, words.spot(process.where))
    yield from _field("user", process.user, words)
    yield from _field("HOME", process.home, words)
    yield from _field("directory", process.workdir, words)
    for link in process.chain:
        where = f" ({link.path})" if link.path and link.path != link.text else ""
        yield from _line(link.kind, link.text + where, words.spot(link.where))
    yield from _notes("missing", process.missing, words, "bold red")
    yield from _notes("unknown", process.unknowns, words, "cyan")
    yield "dim", f"  environment: {counted(len(process.environment), 'variable')}\n"
    yield from _variables(process.environment, words)
    if process.may_hold:
        yield "cyan", f"    perhaps others: {printable(', '.join(process.may_hold))}\n"


def _notes(label: str, notes: Iterable[Note], words: Words, style: str) -> Iterator[Piece]:
    for note in notes:
        yield from _line(label, note.message, words.spot(note.where), style)


def _variables(variables: tuple[Variable, ...], words: Words) -> Iterator[Piece]:
    found, unknown = known_and_not(variables[:MOST_VARIABLES])
    for variable in found:
        text = told_text(variable.value)
        yield "", f"    {printable(variable.name)}"
        yield "dim", "="
        yield "", printable(text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…")
        yield "dim", f"{_note(words.origins(variable.value))}\n"
    for why, names in unknown:
        yield "", f"    {printable(', '.join(names))}"
        yield "dim", ": "
        yield "cyan", f"unknown, {printable(why)}\n"
    if len(variables) > MOST_VARIABLES:
        yield "dim", f"    … {len(variables) - MOST_VARIABLES} more\n"


def _mounts(process: ProcessView) -> Iterator[Piece]:
    if process.mounts:
        yield from _title("Mounts of the platform")
    for mount in process.mounts:
        yield ("bold yellow" if mount.hides else "bold"), f"  {printable(mount.path)}"
        yield "", f"  {printable(mount.title)}, {mount.when}: {mount.effect}"
        yield "dim", f"  ({counted(mount.hides, 'path')} of the build)\n" if mount.hides else "\n"


def _models(inspection: Inspection, words: Words) -> Iterator[Piece]:
    yield from _title("Models: baked and looked up")
    if not inspection.baked and not inspection.looked_up:
        yield "dim", "  none that a known loader fetches or reads\n"
    subjects = (
        *(load.subject for load in inspection.baked),
        *(load.subject for load in inspection.looked_up),
    )
    for subject in dict.fromkeys(subjects):
        yield "bold", f"  {printable(told_text(subject))}\n"
        baked = [load for load in inspection.baked if load.subject.texts == subject.texts != ()]
        for load in baked:
            yield from _baked(load, words)
        if not baked:
            yield "dim", "    baked      nowhere that is known\n"
        for wanted in inspection.looked_up:
            if wanted.subject == subject:
                yield from _looked_up(wanted, words)


def _baked(load: Baked, words: Words) -> Iterator[Piece]:
    yield "dim", "    baked      "
    yield MARKS[load.mark], load.mark.value
    size = f", {size_text(load.size)}" if load.size else ""
    yield "", f"  {printable(load.path or told_text(load.directory))}{size}{_because(load.why)}"
    yield "dim", f"{_note(f'build, {load.loader}, {words.spot(load.where)}')}\n"
    for note in load.notes:
        yield "dim", f"               {printable(note)}\n"
    yield from _deciders(load.directory, words)


def _looked_up(load: LookedUp, words: Words) -> Iterator[Piece]:
    yield "dim", "    looked up  "
    yield _VERDICTS[load.verdict], load.verdict.value
    yield "", f"  {printable(load.path or told_text(load.directory))}{_because(load.why)}"
    yield "dim", f"{_note(f'{load.moment}, {load.loader}, {words.spot(load.where)}')}\n"
    yield from _deciders(load.directory, words)
    if load.offline_by:
        offline = f"{load.offline_by.name}={load.offline_by.text}"
        yield (
            "dim",
            f"               offline: {printable(offline)}{_note(words.spot(load.offline_by.where))}\n",
        )


def _because(why: str) -> str:
    return f": {printable(why)}" if why else ""


def _deciders(directory: Told, words: Words) -> Iterator[Piece]:
    parts = []
    for origin in directory.because:
        where = words.spot(origin.where) or origin.by
        parts.append(printable(f"{origin.name}={origin.text}") + (f" ({printable(where)})" if where else ""))
    if parts:
        yield "dim", f"               because {', '.join(parts)}\n"


def _stage(stage: StageView, inspection: Inspection, words: Words) -> Iterator[Piece]:
    name = f" {printable(stage.name)}" if stage.name else ""
    yield from _title(f"Stage {stage.index}{name}: {stage_role(stage, inspection.image)}")
    yield from _field("from", base_words(stage), words)
    yield from _field("user", stage.user, words)
    yield from _field("HOME", stage.home, words)
    yield from _field("directory", stage.workdir, words)
    yield from _command("ENTRYPOINT", stage.entrypoint, words)
    yield from _command("CMD", stage.command, words)
    yield from _command("HEALTH", stage.healthcheck, words)
    own = tuple(variable for variable in stage.environment if variable not in stage.inherited)
    if own and stage.index != inspection.image:
        yield "dim", "  environment of its own:\n"
        yield from _variables(own, words)
    yield "dim", f"  files that the build wrote: {counted(len(stage.files) + stage.files_cut, 'path')}\n"
    yield from tree(stage, words)
    for step in stage.steps:
        yield from _notes("unknown", step.unknowns, words, "cyan")


def _command(label: str, command: CommandLine | None, words: Words) -> Iterator[Piece]:
    if command is not None:
        yield from _line(label, command_words(command), words.spot(command.where) or "base image")


def _closing(inspection: Inspection, words: Words) -> Iterator[Piece]:
    yield from _title("Second reader")
    if not inspection.disagreements:
        yield "", "  dockerfile-parse reads the same instructions\n"
    for found in inspection.disagreements:
        text = f"read as {found.ours}, by dockerfile-parse as {found.theirs}"
        yield from _line("differs", text, words.spot(found.where), "bold yellow")
    if inspection.faults:
        yield from _title("Refused by BuildKit")
        yield from _notes("refused", inspection.faults, words, "bold red")
    if inspection.findings:
        yield from _title("Findings")
    for row in inspection.findings:
        text = f"{row.rule} {row.name}: {row.message}"
        yield from _line(row.severity, text, words.spot(row.where), _SEVERITIES[row.severity])

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
    pairs,
    place_text,
    stage_role,
    told_text,
)
from dfguard.reports.report import printable
from dfguard.reports.text import coloured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.inspection.records import CommandLine, Inspection, Note, ProcessView, StageView, Variable
    from dfguard.inspection.terms import Baked, LookedUp, Told
    from dfguard.reports.inspection_words import Pair
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
    for pair in pairs(inspection):
        yield "bold", f"  {printable(told_text(pair.subject))}"
        yield "dim", f", {size_text(pair.size)}\n" if pair.size else "\n"
        yield from _pair(pair, words)


def _pair(pair: Pair, words: Words) -> Iterator[Piece]:
    for load in pair.baked:
        where = f"build, {load.loader}, {words.spot(load.where)}"
        yield from _load("baked", (MARKS[load.mark], load.mark.value), load, where)
        yield from _remarks((load.why, *load.notes, *_deciders(load.directory, words)))
    if not pair.baked:
        yield "dim", "    baked      by no download that is known\n"
    told = {load.why for load in pair.baked}
    decided = {load.directory.because for load in pair.baked}
    for wanted in pair.looked_up:
        where = f"{wanted.moment}, {wanted.loader}, {words.spot(wanted.where)}"
        yield from _load("looked up", (_VERDICTS[wanted.verdict], wanted.verdict.value), wanted, where)
        is_same = bool(wanted.directory.because) and wanted.directory.because in decided
        because = ["for the same reasons"] if is_same else _deciders(wanted.directory, words)
        yield from _remarks(("" if wanted.why in told else wanted.why, *because, _offline(wanted, words)))
    if not pair.looked_up:
        yield "dim", "    looked up  by no load that is known\n"


def _load(label: str, verdict: Piece, load: Baked | LookedUp, where: str) -> Iterator[Piece]:
    yield "dim", f"    {label:<9}  "
    yield verdict
    yield "", f"  {printable(place_text(load))}"
    yield "dim", f"{_note(where)}\n"


def _remarks(texts: Iterable[str]) -> Iterator[Piece]:
    for text in texts:
        if text:
            yield "dim", f"               {printable(text)}\n"


def _deciders(directory: Told, words: Words) -> list[str]:
    parts = []
    for origin in directory.because:
        where = words.spot(origin.where) or origin.by
        parts.append(f"{origin.name}={origin.text}" + (f" ({where})" if where else ""))
    return [f"because {', '.join(parts)}"] if parts else []


def _offline(load: LookedUp, words: Words) -> str:
    if load.offline_by is None:
        return ""
    where = words.spot(load.offline_by.where) or load.offline_by.by
    return f"offline: {load.offline_by.name}={load.offline_by.text}" + (f" ({where})" if where else "")


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

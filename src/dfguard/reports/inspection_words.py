"""The words that the text and the page of an inspection share; what comes out is not yet made safe for either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.reports.inspection_tree import size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.inspection.records import CommandLine, FileRow, Inspection, StageView, Variable
    from dfguard.inspection.terms import Baked, Download, LookedUp, Spot, Told


class Words(Record):
    """What a report says of places: those of the Dockerfile itself, `home`, are lines only."""

    home: str

    def spot(self, where: Spot | None) -> str:
        """`line 3`, or `handler.py:3` for another file; empty for none."""
        if where is None:
            return ""
        return f"line {where.line}" if where.path == self.home else f"{where.path}:{where.line}"

    def origins(self, told: Told) -> str:
        """Where a value comes from, the last binding first."""
        found = (self.spot(origin.where) or origin.by for origin in reversed(told.because))
        return ", ".join(dict.fromkeys(text for text in found if text))

    def writers(self, row: FileRow) -> str:
        """What wrote a path, and where; for what was made on the way only the place."""
        found = dict.fromkeys(f"{write.tool}, {self.spot(write.where)}" for write in row.writes)
        return "; ".join(found) or self.spot(row.where)

    def downloads(self, downloads: tuple[Download, ...]) -> Iterator[str]:
        """One line for the start and one for the first request, each with what it fetches behind it, indented."""
        for moment in ("start", "first request"):
            own = [download for download in downloads if download.moment == moment]
            if not own:
                yield f"at the {moment}: nothing that is known"
                continue
            yield f"at the {moment}: {counted(len(own), 'model')}{_total(own)}"
            for download in own:
                size = f", {size_text(download.size)}" if download.size is not None else ""
                unsure = "" if download.is_sure else ", perhaps"
                yield f"  {download.subject}{size}{unsure} ({self.spot(download.where)})"


def _total(own: list[Download]) -> str:
    sizes = [download.size for download in own if download.size is not None]
    if not sizes:
        return ""
    rest = len(own) - len(sizes)
    return f", {size_text(sum(sizes))}{f' and {rest} of unknown size' if rest else ''}"


def counted(number: int, what: str) -> str:
    """`1 path`, `2 paths`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def told_text(told: Told) -> str:
    """What is known of a value, or why it is not."""
    if told.texts:
        return " or ".join(told.texts)
    return f"unknown: {told.why}" if told.why else "unknown"


def place_text(load: Baked | LookedUp) -> str:
    """Where a load puts or looks for its files."""
    return load.path or " or ".join(load.directory.texts) or "a place that is not known"


def base_words(stage: StageView) -> Told:
    """The base image of a stage, or the stage it is built on."""
    if stage.parent is not None:
        return replace(stage.base, texts=tuple(f"stage {stage.parent} ({text})" for text in stage.base.texts))
    return stage.base


def command_words(command: CommandLine) -> str:
    """An ENTRYPOINT, CMD or HEALTHCHECK in one line."""
    return " ".join(command.words)


class Pair(Record):
    """One model: where the build puts it, and where the process looks for it."""

    subject: Told
    baked: tuple[Baked, ...]
    looked_up: tuple[LookedUp, ...]

    @property
    def size(self) -> int | None:
        """Its bytes, None when no pack knows them."""
        sizes = (*(load.size for load in self.baked), *(load.size for load in self.looked_up))
        return next((size for size in sizes if size), None)


def pairs(inspection: Inspection) -> Iterator[Pair]:
    """The models in the order of the build, then of the run. A load that names a path at which the build put a model
    stands beside that model.
    """
    at = {load.path: load.subject for load in inspection.baked if load.path}
    built: dict[Told, list[Baked]] = {}
    for load in inspection.baked:
        built.setdefault(replace(load.subject, because=()), []).append(load)
    wanted: dict[Told, list[LookedUp]] = {}
    for look in inspection.looked_up:
        named = look.subject.texts[0] if len(look.subject.texts) == 1 else ""
        subject = at.get(named, look.subject)
        wanted.setdefault(replace(subject, because=()), []).append(look)
    for subject in dict.fromkeys((*built, *wanted)):
        yield Pair(subject, tuple(built.get(subject, ())), tuple(wanted.get(subject, ())))


def stage_role(stage: StageView, image: int | None) -> str:
    """What a stage is to the image."""
    if stage.index == image:
        return "the image"
    if stage.is_image:
        return "part of the image"
    return "the image takes from it" if stage.is_needed else "the image does not need it"


def known_and_not(variables: Iterable[Variable]) -> tuple[list[Variable], list[tuple[str, list[str]]]]:
    """The variables whose value is known, and the names of the others by why it is not."""
    found: list[Variable] = []
    groups: dict[str, list[str]] = {}
    for variable in variables:
        if variable.value.texts:
            found.append(variable)
        else:
            groups.setdefault(variable.value.why.replace(variable.name, "it"), []).append(variable.name)
    return found, list(groups.items())

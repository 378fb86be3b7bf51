"""Loads of build and process to models baked and models looked up, with a verdict for each, and what is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.inspection.marks import Fate, condition, fate
from dfguard.inspection.sizes import size_of
from dfguard.inspection.telling import cut, origin, reason, spot, told
from dfguard.inspection.terms import Baked, Download, LookedUp, Mark, Verdict
from dfguard.inspection.travels import Arrival, arrival
from dfguard.interp.loads.load import places_of
from dfguard.interp.state.model import Failure, Moment
from dfguard.interp.values import known, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.facts import Facts
    from dfguard.inspection.records import FileRow, FindingRow
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import Load, Step
    from dfguard.knowledge.platforms import Mount

MOST_LOADS = 500
_VERDICTS = {
    Mark.BAKED: Verdict.FOUND,
    Mark.HIDDEN: Verdict.HIDDEN,
    Mark.UNREADABLE: Verdict.UNREADABLE,
}
_SMALL = (".json", ".txt", ".yaml", ".yml", ".md", ".py")
_FIRST_REQUEST = "first request"
Rows = dict[tuple[int, str], "FileRow"]


def baked(facts: Facts, rows: Rows, findings: Iterable[FindingRow]) -> Iterator[Baked]:
    """The downloads of the build; `rows` are those of all trees, by stage and path. `findings` say which steps fail."""
    errors = [row for row in findings if row.severity == "error" and row.where.path == facts.source.path]
    for step, load in facts.build_loads[:MOST_LOADS]:
        if load.downloads:
            yield _baked(step, load, facts, rows, errors)


def _baked(step: Step, load: Load, facts: Facts, rows: Rows, errors: list[FindingRow]) -> Baked:
    path = _path(load, facts)
    there = arrival(load, path, step.stage, facts, rows) if path else Arrival(step.stage, "")
    row = rows.get((there.stage, there.path))
    found = Fate(row.mark, row.is_sure, row.why) if row else _unplaced(load)
    return Baked(
        told(load.subject),
        load.loader,
        told(load.directory),
        there.path or None,
        tuple(map(cut, load.files)),
        size_of(load, facts.knowledge),
        there.stage,
        spot(load.place),
        found.mark,
        found.is_sure,
        found.why,
        (*there.way, *_faults(step, errors), *_remarks(load)),
    )


def _unplaced(load: Load) -> Fate:
    if load.is_offline:
        return Fate(Mark.UNKNOWN, is_sure=False, why="an offline switch is on: nothing is downloaded")
    return Fate(Mark.UNKNOWN, is_sure=False, why=reason(load.directory))


def _faults(step: Step, errors: list[FindingRow]) -> Iterator[str]:
    """The errors found in the step's own lines: what it fetches is in doubt."""
    last = step.instruction.source.line_of(max(step.instruction.span.end - 1, 0))
    for row in errors:
        if step.instruction.line <= row.where.line <= last:
            yield f"but line {row.where.line} has an error ({row.rule} {row.name})"


def _remarks(load: Load) -> Iterator[str]:
    if load.failure is Failure.SWALLOWED and load.swallowed_by is not None:
        yield f"line {load.swallowed_by.line} swallows a failure"
    if not load.is_certain:
        yield "a condition decides whether it runs"
    if not load.is_weights:
        yield "no weights"


def _path(load: Load, facts: Facts) -> str | None:
    """Where the load's files lie, of several the first that may be weights; None when its directory is not known."""
    root = known(load.directory)
    if root is None:
        return None
    places = places_of(load, root, facts.knowledge)
    return next((place for place in places if not place.endswith(_SMALL)), places[0])


def looked_up(facts: Facts, view: RuntimeView, built: Iterable[Baked]) -> Iterator[LookedUp]:
    """The loads of the process, each with its verdict."""
    bakes = tuple(built)
    for load in dict.fromkeys(facts.run_loads[:MOST_LOADS]):
        path = _path(load, facts)
        verdict, found = _verdict(load, path, facts, view, bakes)
        yield LookedUp(
            told(load.subject),
            load.loader,
            _moment(load, facts),
            told(load.directory),
            path,
            tuple(map(cut, load.files)),
            size_of(load, facts.knowledge),
            spot(load.place),
            verdict,
            found.is_sure and load.is_certain,
            found.why,
            load.downloads,
            origin(load.offline_because) if load.offline_because else None,
        )


def _moment(load: Load, facts: Facts) -> str:
    """`first request`; `import` for what stands at module level of an imported file; else `start`."""
    if load.moment is Moment.REQUEST:
        return _FIRST_REQUEST
    for started in facts.process.programs if facts.process else ():
        if started.name and started.program.source is load.place.source:
            spans = (call.span for call in started.program.calls if call.function is None)
            return "import" if load.place.span in spans else "start"
    return "start"


def _verdict(
    load: Load, path: str | None, facts: Facts, view: RuntimeView, bakes: tuple[Baked, ...]
) -> tuple[Verdict, Fate]:
    subject = known(load.subject)
    if subject is not None and view.has_cached_model(subject):
        return Verdict.FOUND, Fate(Mark.BAKED, why="the platform's model cache is declared to hold it")
    if path is None or (subject is None and load.kind != "path"):
        value = load.subject if subject is None else load.directory
        mounts = {view.mount_over(text) for text in texts_of(load.directory) or ()}
        mount = mounts.pop() if len(mounts) == 1 and subject is not None else None
        why = _on_mount(mount) if mount is not None else reason(value)
        return Verdict.UNKNOWN, Fate(Mark.UNKNOWN, is_sure=False, why=why)
    found = fate(path, view)
    same = [b for b in bakes if subject is not None and subject.lower() in map(str.lower, b.subject.texts)]
    is_there = found.mark is not Mark.BAKED or path != known(load.directory) or load.is_local_directory
    if found.mark in _VERDICTS and (is_there or any(b.path == path for b in same)):
        return _VERDICTS[found.mark], found
    others = [b for b in same if b.path != path]
    mount = view.mount_over(path)
    if mount is not None:
        why = _on_mount(mount)
        why += f"; the build puts it at {others[-1].path}" if others else ""
        return Verdict.UNKNOWN, Fate(Mark.UNKNOWN, is_sure=False, why=why)
    if others:
        return Verdict.ELSEWHERE, Fate(found.mark, found.is_sure, f"it is baked at {others[-1].path}")
    if found.mark in {Mark.REMOVED, Mark.BAKED} or load in facts.unbaked_loads:
        is_sure = found.mark is not Mark.UNKNOWN
        return Verdict.MISSING, Fate(found.mark, is_sure, "nothing puts it into the image")
    return Verdict.UNKNOWN, found


def _on_mount(mount: Mount) -> str:
    return f"it looks on the {mount.title} ({condition(mount)}), whose content is not known"


def downloads(loads: Iterable[LookedUp]) -> Iterator[Download]:
    """What the process will fetch before it serves and at its first request, each subject and directory once."""
    seen: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for load in sorted(loads, key=lambda load: load.moment == _FIRST_REQUEST):
        is_idle = not load.downloads or load.offline_by is not None or load.verdict is Verdict.FOUND
        key = (load.subject.texts, load.directory.texts)
        if is_idle or not load.subject.texts or key in seen:
            continue
        seen.add(key)
        moment = load.moment if load.moment == _FIRST_REQUEST else "start"
        is_sure = load.is_sure and load.verdict is not Verdict.UNKNOWN
        yield Download(moment, " or ".join(load.subject.texts), load.size, is_sure, load.where)

"""Stages and copies to the weights that the process needs and the final image does not get from the stage that has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.analysis.models.baked_models import carried_on, is_bake
from dfguard.core.record import Record
from dfguard.interp.build.stages import lineage
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.values import known, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import CopySource, Load, StageTrace


class LeftBehind(Record):
    """A download of another stage that the image lacks. `stage` names the stage, `reader` is the load of the process
    that wants it; `is_proven` False: something we do not know may bring it all the same.
    """

    load: Load
    stage: str
    reader: Load
    is_proven: bool


class LooseLinks(Record):
    """A copy of a hub snapshot, whose files are links into the `blobs` beside it, without these. `load` made them."""

    copy: CopySource
    load: Load
    repository: str


def left_behind(
    target: StageTrace, traces: tuple[StageTrace, ...], run_loads: Iterable[Load], view: RuntimeView
) -> Iterator[LeftBehind]:
    """The weights that a stage downloads, the process loads, and nothing brings into the target's image."""
    own = lineage(target, traces)
    readers = tuple(run_loads)
    for trace in traces:
        if trace.stage.index in own or not (trace.is_shipped or _is_forgotten(trace, traces)):
            continue
        for load in (x for step in trace.steps for x in step.effects.loads if is_bake(x)):
            directory = known(load.directory)
            if directory is None or carried_on(trace.steps, load) or _is_taken(directory, trace, traces):
                continue
            reader = next((r for r in readers if _wants(r, load, directory)), None)
            if reader is None or _is_there(reader, target, traces, own, view):
                continue
            is_sure = load.is_certain and reader.is_certain and view.state.base is not None
            yield LeftBehind(load, trace.stage.name or str(trace.stage.index), reader, is_sure)


def _is_forgotten(trace: StageTrace, traces: tuple[StageTrace, ...]) -> bool:
    """Whether a stage that the target does not need cannot be meant as an image of its own, nor for another one."""
    if any(step.instruction.keyword in {"CMD", "ENTRYPOINT"} for step in trace.steps):
        return False
    return not any(other.parent == trace.stage.index or _copies(other, trace) for other in traces)


def _copies(user: StageTrace, origin: StageTrace) -> list[CopySource]:
    names = {str(origin.stage.index), origin.stage.name}
    found = (copy for step in user.steps for copy in step.effects.copies)
    return [copy for copy in found if copy.origin is not None and copy.origin.lower() in names]


def _is_taken(directory: str, trace: StageTrace, traces: tuple[StageTrace, ...]) -> bool:
    """Whether some stage copies or mounts what the directory holds from the stage or from one made FROM it."""
    heirs = [other for other in traces if trace.stage.index in lineage(other, traces)]
    names = {name for heir in heirs for name in (str(heir.stage.index), heir.stage.name)}
    for other in traces:
        if any((m.origin or "").lower() in names for step in other.steps for m in step.effects.mounts):
            return True
        if any(_touches(copy, directory) for heir in heirs for copy in _copies(other, heir)):
            return True
    return False


def _touches(copy: CopySource, directory: str) -> bool:
    texts = texts_of(copy.pattern)
    if texts is None:
        return True
    fixed = (paths.clean(re.split(r"/[^/]*[*?\[]", text, maxsplit=1)[0] or "/") for text in texts)
    return any(
        paths.is_at_or_below(directory, path) or paths.is_at_or_below(path, directory) for path in fixed
    )


def _wants(reader: Load, load: Load, directory: str) -> bool:
    """Whether the process's load is of the same repository or name, or of a path below the download's directory."""
    wanted, got = known(reader.subject), known(load.subject)
    if wanted is None or not reader.is_weights:
        return False
    if reader.kind == "path":
        return wanted.startswith("/") and paths.is_at_or_below(paths.clean(wanted), directory)
    return got is not None and reader.kind == load.kind and wanted.lower() == got.lower()


def _is_there(
    reader: Load, target: StageTrace, traces: tuple[StageTrace, ...], own: frozenset[int], view: RuntimeView
) -> bool:
    """Whether the image may hold what the reader looks for, or a mount of the platform may."""
    path = known(reader.subject) if reader.kind == "path" else known(reader.directory)
    if path is None or view.mount_over(path) or view.has_cached_model(known(reader.subject) or ""):
        return True
    steps = [step for trace in traces if trace.stage.index in own for step in trace.steps]
    if reader.kind == "path":
        entry = target.final.files.resolve(path)
        return entry.presence is Presence.PRESENT or entry.written_by is not None
    writes = (w for step in steps for w in step.effects.writes if w.is_payload and not w.discarded_by)
    return any(paths.is_at_or_below(w.path, path) or paths.is_at_or_below(path, w.path) for w in writes)


_SNAPSHOTS = re.compile(r"(?P<repository>.*/(?:models|datasets|spaces)--[^/]+)/snapshots(?:/[^/]+)?/?$")


def loose_links(traces: tuple[StageTrace, ...]) -> Iterator[LooseLinks]:
    """The copies that take the snapshots of a hub cache out of a stage and leave the blobs there."""
    for user in (trace for trace in traces if trace.is_shipped):
        for origin in traces:
            copies = _copies(user, origin)
            for copy in copies:
                found = _SNAPSHOTS.match(known(copy.pattern) or "")
                load = _filler(found["repository"], origin, traces) if found else None
                if found and load and not any(_brings_blobs(c, found["repository"]) for c in copies):
                    yield LooseLinks(copy, load, found["repository"])


def _filler(repository: str, origin: StageTrace, traces: tuple[StageTrace, ...]) -> Load | None:
    own = lineage(origin, traces)
    steps = [step for trace in traces if trace.stage.index in own for step in trace.steps]
    for load in (x for step in steps for x in step.effects.loads if is_bake(x) and x.kind == "hub"):
        directory = known(load.directory)
        if directory and not load.is_local_directory and paths.is_below(repository, directory):
            return load
    return None


def _brings_blobs(copy: CopySource, repository: str) -> bool:
    text = known(copy.pattern)
    if text is None:
        return True
    path = paths.clean(text)
    return path == f"{repository}/blobs" or paths.is_at_or_below(repository, path)

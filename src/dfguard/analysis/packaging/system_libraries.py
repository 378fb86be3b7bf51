"""The packages of the final image to the system libraries that the process needs and nothing installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.packaging.harmless_names import PLAIN_COMMANDS
from dfguard.analysis.packaging.imports import wanted_modules
from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.runtime.code import RunningCode
    from dfguard.interp.state.model import Package, StageTrace
    from dfguard.knowledge.packaging import Packaging, SystemLibrary

_SMALL = {"debian", "ubuntu", "nvidia/cuda"}
_READ = PLAIN_COMMANDS | {"cp"}


class MissingLibrary(Record):
    """A library that `package` needs and the image has not; `imported` is where the process imports it."""

    library: SystemLibrary
    package: Package
    imported: Place


def missing_libraries(
    target: StageTrace, code: Iterable[RunningCode], table: Packaging
) -> Iterator[MissingLibrary]:
    """The libraries that surely are missing, where everything that the image installs is known."""
    state = target.final
    wanted = [
        row
        for row in table.libraries
        if any(p.name == row.name and p.manager != "apt" for p in state.packages)
    ]
    if not wanted or not _is_all_known(target):
        return
    system = [p.name for p in state.packages if p.manager == "apt"]
    names = {p.name for p in state.packages}
    for row in wanted:
        is_there = any(name.startswith(row.packages) for name in system) or row.alternative in names
        imported = _import_of(row.module, code) if not is_there else None
        package = next(p for p in state.packages if p.name == row.name)
        if imported is not None and package.is_certain and package.url is None:
            yield MissingLibrary(row, package, imported)


def _is_all_known(target: StageTrace) -> bool:
    base = target.final.base
    is_slim = base is not None and (base.repository in _SMALL or "slim" in base.id)
    if base is None or base.is_open or not is_slim or target.parent is not None:
        return False
    for step in target.steps:
        keyword = step.instruction.keyword
        if keyword in {"COPY", "ADD"} and step.instruction.flag("from") is not None:
            return False
        if keyword != "RUN":
            continue
        names = {run.name.rpartition("/")[2] for run in step.effects.commands}
        if step.effects.script is None or not names <= _READ:
            return False
        if step.effects.unknowns and names & {"apt-get", "apt"}:
            return False
    return True


def _import_of(module: str, code: Iterable[RunningCode]) -> Place | None:
    for one in code:
        if one.is_of_process:
            for wanted in wanted_modules(one.program):
                if wanted.dotted.partition(".")[0] == module and wanted.is_certain:
                    return wanted.place
    return None

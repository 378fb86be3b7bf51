"""Cache variables that are set to those that nothing in the image reads: misspelt, dropped by a release, ignored."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.analysis.packaging.api_mismatches import verdict_on
from dfguard.core.record import Record, replace
from dfguard.interp.filesystem.paths import clean
from dfguard.interp.loads.environment import directory, surroundings, versions_of
from dfguard.interp.values import described, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place, Source
    from dfguard.interp.python.versions import Versions
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.values import Binding, Value
    from dfguard.knowledge.caches import CacheLibrary
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.python.program import Program


class DeadVariable(Record):
    """A variable that has no effect. `why` completes `NAME ...`; `instead` is the one that has, None when there is none;
    `decided_at` is what decides the version. `is_overruled`: another variable of the image says where the library goes.
    """

    name: str
    place: Place
    why: str
    instead: str | None
    is_misspelt: bool
    is_certain: bool
    decided_at: Place | None = None
    is_overruled: bool = False


def dead_variables(
    view: RuntimeView, source: Source, programs: Iterable[Program], knowledge: Knowledge, *, is_read: bool
) -> Iterator[DeadVariable]:
    """The variables of ENV that nothing reads. `programs` are all that run; a name that occurs in one of them, or in
    the Dockerfile other than where it is set, counts as read. `is_read`: the code of the process is among them.
    """
    read = tuple(programs)
    imported = frozenset(item.module.partition(".")[0] for program in read for item in program.imports)
    code = tuple(dict.fromkeys(p.source.text for p in read if p.source is not source))
    versions = versions_of(view.sight())
    for name, variable in view.state.environment.variables:
        binding = variable.value.because[-1] if variable.value.because else None
        if variable.is_argument or binding is None or binding.place is None or binding.name != name:
            continue
        misspelt = tuple(_misspelt(name, binding, view, knowledge))
        dropped = misspelt or tuple(_dropped(name, binding, view, versions, knowledge))
        dead = dropped or tuple(_ignored(name, binding, view, imported, knowledge))
        if not dead or any(_name(name).search(text) for text in code) or _reading(name).search(source.text):
            continue
        for found in dead:
            yield found if is_read or not found.is_misspelt else replace(found, is_certain=False)


@cache
def _name(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


@cache
def _reading(name: str) -> re.Pattern[str]:
    """The name where it is not set: neither `NAME=` nor `ENV NAME value`."""
    return re.compile(rf"(?<!ENV )(?<!\w){re.escape(name)}(?![\w=])")


def _misspelt(name: str, binding: Binding, view: RuntimeView, knowledge: Knowledge) -> Iterator[DeadVariable]:
    is_misspelt, instead = knowledge.misspelt(name)
    if is_misspelt and binding.place is not None and (instead is None or view.variable(instead) is None):
        yield DeadVariable(
            name,
            binding.place,
            "is a variable that no library reads",
            instead,
            is_misspelt=True,
            is_certain=True,
        )


def _dropped(
    name: str, binding: Binding, view: RuntimeView, versions: Versions, knowledge: Knowledge
) -> Iterator[DeadVariable]:
    """What a release of the installed library stopped reading, where it then goes elsewhere."""
    for removed in knowledge.packages.removed:
        reads = {use.library for use in knowledge.variable(name)}
        if removed.what != name or removed.kind != "variable" or not reads or binding.place is None:
            continue
        found = versions.of(removed.distribution)
        verdict = verdict_on(found, removed.versions, knowledge)
        library = next((lib for lib in map(knowledge.cache_library, sorted(reads)) if lib), None)
        if verdict is None or library is None or not versions.installed(removed.distribution):
            continue
        goes = _goes(library, name, view)
        if goes is not None:
            why = f"is not read by {removed.distribution} {removed.versions}, which goes by {described(goes)}"
            instead = removed.instead or None
            yield DeadVariable(
                name,
                binding.place,
                why,
                instead,
                is_misspelt=False,
                is_certain=verdict,
                decided_at=found.place,
                is_overruled=any(b.name != "HOME" and b.place is not None for b in goes.because),
            )


def _goes(library: CacheLibrary, name: str, view: RuntimeView) -> Value | None:
    """The directory that is used without the variable; None when it is the same or not known."""
    around = surroundings(view.sight())
    without = directory(
        library, replace(around, lookup=lambda of, other: None if other == name else around.lookup(of, other))
    )
    wanted = view.variable(name)
    path = known(wanted) if wanted is not None else None
    if path is None or known(without) is None or known(without) == clean(path):
        return None
    return without


def _ignored(
    name: str, binding: Binding, view: RuntimeView, imported: frozenset[str], knowledge: Knowledge
) -> Iterator[DeadVariable]:
    """What people set for an installed library that does not read it, where no library that reads it is at hand and the
    models of that library lie elsewhere.
    """
    versions = versions_of(view.sight())
    readers = [
        lib for lib in (knowledge.cache_library(use.library) for use in knowledge.variable(name)) if lib
    ]
    if any(versions.installed(lib.distribution) or imported & set(lib.modules) for lib in readers):
        return
    for library in knowledge.caches.libraries:
        is_it = name in library.ignored and versions.installed(library.distribution)
        if is_it and binding.place is not None and _goes(library, name, view) is not None:
            others = " or ".join(dict.fromkeys(lib.distribution for lib in readers))
            why = f"is not read by {library.distribution}" + (f"; only {others} reads it" if others else "")
            base = view.state.base
            is_used = bool(imported & set(library.modules)) and base is not None and not base.is_open
            yield DeadVariable(name, binding.place, why, "HF_HOME", is_misspelt=False, is_certain=is_used)
            return

"""Python that is run to what it asks of a library that the installed version does not have: names and arguments."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.interp.state import EntryKind, Presence
from dfguard.interp.values import known
from dfguard.interp.versions import How, Versions, newest_is
from dfguard.knowledge.versions import within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.image_code import Code
    from dfguard.interp.state import BuildState
    from dfguard.interp.versions import Resolution
    from dfguard.knowledge.loaders import Rejected
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.program import Call, Import


class Misuse(Record):
    """A name (`f5_tts.model.F5TTS`) or argument (`model_type` of `name`) that the library does not have.

    `instead` is what it has, empty when nothing takes its place. `versions` are those without it (empty: all), `range`
    and `decided_at` what decides the installed version. `is_certain`: the version surely is one of them.
    """

    place: Place
    name: str
    argument: str
    instead: str
    distribution: str
    versions: str
    range: str
    decided_at: Place | None
    is_certain: bool
    consequence: str = ""


def wrong_names(code: Code, knowledge: Knowledge) -> Iterator[Misuse]:
    """The imported names that do not exist; of flattened code as well, whose imports still can be read."""
    versions = _versions(code.state, knowledge)
    for name, place, is_guarded in (*_imported(code), *_imported_in_text(code)):
        entry = knowledge.misnamed(name)
        if entry is None or _is_local(code, name):
            continue
        found = versions.of(entry.distribution)
        verdict = verdict_on(found, entry.versions, knowledge)
        if verdict is not None:
            yield Misuse(
                place,
                entry.name,
                "",
                entry.instead,
                entry.distribution,
                entry.versions,
                found.range,
                found.place,
                verdict and not is_guarded,
                entry.consequence,
            )


def _imported(code: Code) -> Iterator[tuple[str, Place, bool]]:
    for item in code.program.imports:
        if not item.is_typing and not item.module.startswith("."):
            place = Place(code.program.source, item.span)
            yield _dotted(item), place, item.is_guarded or item.is_conditional
    imported = {_dotted(item) for item in code.program.imports}
    for call in code.program.calls:
        if call.name not in imported:
            yield call.name, Place(code.program.source, call.span), call.is_caught or call.is_conditional


def _dotted(item: Import) -> str:
    return f"{item.module}.{item.name}" if item.name else item.module


@cache
def _from_import() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.])from\s+([A-Za-z_][\w.]*)\s+import\s+([A-Za-z_]\w*)")


def _imported_in_text(code: Code) -> Iterator[tuple[str, Place, bool]]:
    """The imports of a snippet that is no Python only because it was flattened."""
    fault = code.program.fault
    if code.snippet is None or fault is None or not fault.is_flattened:
        return
    text = code.snippet.code
    for found in _from_import().finditer(text.value):
        yield f"{found[1]}.{found[2]}", text.place(found.start(), found.end()), False


def rejected_arguments(code: Code, knowledge: Knowledge) -> Iterator[Misuse]:
    """The keyword arguments of calls of the loader table that the installed version does not take."""
    versions = _versions(code.state, knowledge)
    for call in code.program.calls:
        loader = knowledge.loader_for_call(call.name) if not call.alternatives else None
        if loader is None or not loader.rejects or _is_local(code, call.name):
            continue
        found = versions.of(loader.distribution)
        for rejected in loader.rejects:
            verdict = verdict_on(found, rejected.versions, knowledge)
            if verdict is not None and call.argument(None, rejected.argument) is not None:
                yield _misuse(code, call, rejected, found, is_certain=verdict and not call.is_caught)


def _misuse(code: Code, call: Call, rejected: Rejected, found: Resolution, *, is_certain: bool) -> Misuse:
    argument = call.argument(None, rejected.argument)
    span = argument.span if argument else call.span
    return Misuse(
        Place(code.program.source, Span(span.start, span.end)),
        call.name,
        rejected.argument,
        rejected.instead,
        found.distribution,
        rejected.versions,
        found.range,
        found.place,
        is_certain,
    )


def _versions(state: BuildState, knowledge: Knowledge) -> Versions:
    python = state.base.python if state.base else None
    return Versions(state.packages, state.base, knowledge, python.version if python else "")


def verdict_on(found: Resolution, versions: str, knowledge: Knowledge) -> bool | None:
    """Whether the installed version surely is one of these (True), plausibly is (False), or nothing is to be said (None)."""
    if not versions:
        return True
    if found.range and found.how in {How.PINNED, How.RANGED, How.BASE, How.ADDRESS}:
        return True if within(found.range, versions) else None
    if not newest_is(found, knowledge, versions):
        return None
    if found.how is How.BASE:
        fact = knowledge.package(found.distribution)
        return bool(fact and within(fact.unpinned, versions)) and not _is_limited(
            found.distribution, knowledge
        )
    return found.how is How.UNPINNED and not _is_limited(found.distribution, knowledge)


def _is_limited(distribution: str, knowledge: Knowledge) -> bool:
    """Whether other distributions are known to limit the version of this one."""
    return any(need.name == distribution for package in knowledge.packages.packages for need in package.needs)


def _is_local(code: Code, name: str) -> bool:
    """Whether the top-level name is a file or folder of the image beside the code: then it is not the library."""
    top = name.partition(".")[0]
    folders = {code.path.rpartition("/")[0] or "/"} if code.path else set()
    workdir = known(code.state.workdir)
    folders |= {workdir} if workdir else set()
    for folder in folders:
        for path in (f"{folder.rstrip('/')}/{top}", f"{folder.rstrip('/')}/{top}.py"):
            entry = code.state.files.resolve(path)
            if entry.presence is Presence.PRESENT and entry.kind is not EntryKind.UNKNOWN:
                return True
    return False

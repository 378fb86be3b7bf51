"""Python that is run to what it asks of a library that the installed version does not have: names and arguments."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.python.versions import PYTHON_MANAGERS, How, Versions, newest_is
from dfguard.interp.values import known
from dfguard.knowledge.model import distribution_name
from dfguard.knowledge.versions import key, within
from dfguard.syntax.python.program import Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.python.versions import Resolution
    from dfguard.interp.runtime.code import RunningCode
    from dfguard.interp.state.model import BuildState
    from dfguard.knowledge.api import Callee
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.python.program import Argument, Import, PythonCall


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


def wrong_names(code: RunningCode, knowledge: Knowledge) -> Iterator[Misuse]:
    """The imported names that do not exist; of flattened code as well, whose imports still can be read."""
    versions = _versions(code.state, knowledge)
    imported = (*_imported(code), *_imported_in_text(code))
    for name, place, is_guarded in (*imported, *_called(code)):
        misnamed = knowledge.misnamed(name)
        entries = (misnamed,) if misnamed else knowledge.gone(name)
        if not entries and (name, place, is_guarded) in imported:
            module, _, last = name.rpartition(".")
            entries = knowledge.missing_export(module, last)
        for entry in entries:
            if _is_local(code, name):
                break
            found = versions.of(entry.distribution)
            verdict = verdict_on(found, entry.versions, knowledge)
            if verdict is not None:
                is_sure = verdict and not is_guarded and _is_told(code.state, found, entry.newest, knowledge)
                yield Misuse(
                    place,
                    entry.name,
                    "",
                    entry.instead,
                    entry.distribution,
                    entry.versions,
                    found.range,
                    found.place,
                    is_sure,
                )
                break


def _imported(code: RunningCode) -> Iterator[tuple[str, Place, bool]]:
    for item in code.program.imports:
        if not item.is_typing and not item.module.startswith("."):
            place = Place(code.program.source, item.span)
            yield _dotted(item), place, item.is_guarded or item.is_conditional


def _called(code: RunningCode) -> Iterator[tuple[str, Place, bool]]:
    imported = {_dotted(item) for item in code.program.imports}
    for call in code.program.calls:
        if call.name not in imported:
            yield call.name, Place(code.program.source, call.span), call.is_caught or call.is_conditional


def _dotted(item: Import) -> str:
    return f"{item.module}.{item.name}" if item.name else item.module


@cache
def _from_import() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.])from\s+([A-Za-z_][\w.]*)\s+import\s+([A-Za-z_]\w*)")


def _imported_in_text(code: RunningCode) -> Iterator[tuple[str, Place, bool]]:
    """The imports of a snippet that is no Python only because it was flattened."""
    fault = code.program.fault
    if code.snippet is None or fault is None or not fault.is_flattened:
        return
    text = code.snippet.code
    for found in _from_import().finditer(text.value):
        yield f"{found[1]}.{found[2]}", text.place(found.start(), found.end()), False


def rejected_arguments(code: RunningCode, knowledge: Knowledge) -> Iterator[Misuse]:
    """The keyword arguments of calls that the installed version does not take."""
    versions = _versions(code.state, knowledge)
    for call in code.program.calls:
        callees = knowledge.callees(call.name) if not call.alternatives else ()
        if not callees or _is_local(code, call.name):
            continue
        installed = [c for c in callees if versions.installed(c.distribution)]
        callee = next(iter(installed if len(callees) > 1 else callees), None)
        if callee is None or len(installed) > 1:
            continue
        found = versions.of(callee.distribution)
        for argument in call.arguments:
            misuse = _misuse(code, call, argument, callee, found, knowledge)
            if misuse is not None:
                yield misuse


def _misuse(
    code: RunningCode,
    call: PythonCall,
    argument: Argument,
    callee: Callee,
    found: Resolution,
    knowledge: Knowledge,
) -> Misuse | None:
    if argument.keyword is None or argument.keyword.startswith("*"):
        return None
    for versions in _without(callee, argument.keyword):
        verdict = verdict_on(found, versions, knowledge)
        if verdict is not None:
            is_told = _is_told(code.state, found, callee.newest, knowledge)
            is_sure = verdict and is_told and _is_bound_to_run(call)
            return Misuse(
                Place(code.program.source, Span(argument.span.start, argument.span.end)),
                call.name,
                argument.keyword,
                _instead(callee, argument.keyword, versions),
                found.distribution,
                versions,
                found.range,
                found.place,
                is_sure,
            )
    return None


def _without(callee: Callee, keyword: str) -> Iterator[str]:
    """The ranges of versions that do not take the keyword; those that follow each other are one."""
    open_range = ""
    for accepted in callee.accepts:
        low, _, high = accepted.versions.partition(",<")
        if keyword in accepted.keywords:
            if open_range:
                yield open_range
            open_range = ""
        elif open_range.partition(",<")[2] == low.removeprefix(">="):
            open_range = open_range.partition(",<")[0] + (f",<{high}" if high else "")
        else:
            if open_range:
                yield open_range
            open_range = accepted.versions
    if open_range:
        yield open_range


def _instead(callee: Callee, keyword: str, versions: str) -> str:
    """What the keyword is called where it is not taken, empty when nothing is known."""
    taken = {
        word
        for accepted in callee.accepts
        if within(accepted.versions, versions)
        for word in accepted.keywords
    }
    for old, new in callee.renamed:
        if keyword == old and new in taken:
            return new
        if keyword == new and old in taken:
            return old
    return ""


def _is_told(state: BuildState, found: Resolution, newest: str, knowledge: Knowledge) -> bool:
    """Whether the version is no newer than all that was read (empty: that does not matter), and an install without one gets
    the newest: nothing in the image can hold it back.
    """
    installed, read = key(found.version or ""), key(newest)
    if installed is not None and read is not None and installed > read:
        return False
    if found.how is not How.UNPINNED or not newest:
        return True
    if state.base is None or state.base.is_open or state.environment.is_open:
        return False
    fact = knowledge.package(found.distribution)
    harmless = {found.distribution, *(fact.unrelated if fact else ())}
    own = [p for p in state.packages if p.manager in PYTHON_MANAGERS]
    names = {*(distribution_name(p.name) for p in own), *dict(state.base.distributions)}
    return names <= harmless and not any(p.is_constraint or p.url is not None for p in own)


def _is_bound_to_run(call: PythonCall) -> bool:
    """Whether the call is reached, its TypeError is not caught, and no question about the version stands before it."""
    asks = ("version", "hasattr", "signature", "inspect")
    is_asked = call.is_conditional and any(word in call.condition for word in asks)
    return not call.is_caught and not is_asked and call.reach is not Reach.UNCALLED


def _versions(state: BuildState, knowledge: Knowledge) -> Versions:
    python = state.base.python if state.base else None
    return Versions(state.packages, state.base, knowledge, python.version if python else "")


def verdict_on(found: Resolution, versions: str, knowledge: Knowledge) -> bool | None:
    """Whether the installed version surely is one of these (True), plausibly is (False), or nothing is to be said (None)."""
    if not versions:
        return True
    if found.range and found.how in {How.PINNED, How.RANGED, How.BASE, How.ADDRESS}:
        if within(found.range, versions):
            return True
        return False if found.how is How.RANGED and newest_is(found, knowledge, versions) else None
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


def _is_local(code: RunningCode, name: str) -> bool:
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

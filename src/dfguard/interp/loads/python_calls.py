"""A Python call to the loads it makes, by the loader table: subject, cache, files, device, conditions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.source import Place
from dfguard.interp.loads.environment import has_hub_layout
from dfguard.interp.loads.load import (
    Request,
    beside,
    handed_in,
    hub_address,
    is_repository,
    is_weights_name,
    load_of,
    may_be_empty,
    saved_to,
)
from dfguard.interp.python.evaluation import each, evaluate, given_later
from dfguard.interp.state.model import Failure
from dfguard.interp.values import Known, OneOf, Unknown, Value, known, prefix_of, texts_of
from dfguard.knowledge.loaders import Subject
from dfguard.knowledge.patterns import glob_matches
from dfguard.knowledge.versions import overlap
from dfguard.syntax.python.program import Items, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.loads.environment import Surroundings
    from dfguard.interp.loads.load import Circumstances
    from dfguard.interp.python.evaluation import ProgramScope
    from dfguard.interp.state.model import Load
    from dfguard.knowledge.loaders import Item, Parameter, PythonLoader
    from dfguard.syntax.python.program import Argument, Expression, Program, PythonCall


def loads_of_call(
    call: PythonCall,
    program: Program,
    scope: ProgramScope,
    around: Surroundings,
    circumstances: Circumstances,
) -> Iterator[Load]:
    """The loads of one call; none when no loader of the packs has its name.

    A known wrong name (`f5_tts.model.F5TTS`) counts as the right one: it says what the program is after.
    """
    loader, is_sure = _loader(call, program, scope, around)
    if loader is None or not _is_wanted(loader, call, program, scope):
        return
    for request in _requests(loader, call, program, scope, around):
        load = load_of(request, around, circumstances)
        if call.is_caught and call.caught_at is not None and load.failure is Failure.FATAL:
            load = replace(
                load, failure=Failure.SWALLOWED, swallowed_by=Place(program.source, call.caught_at)
            )
        yield replace(
            load, is_cached=call.is_cached or loader.is_kept, is_certain=load.is_certain and is_sure
        )


def _loader(
    call: PythonCall, program: Program, scope: ProgramScope, around: Surroundings
) -> tuple[PythonLoader | None, bool]:
    """The loader that a call's name means, and whether it surely does (it may have several names). One that goes by a
    convention counts only where none of the names is known.
    """
    found: PythonLoader | None = None
    for name in (call.name, *call.alternatives, *handed_in(call, program), *beside(call, program, scope)):
        misnamed = around.knowledge.misnamed(name)
        loader = around.knowledge.loader_for_call(misnamed.instead if misnamed else name)
        if loader is not None and not loader.is_convention:
            return loader, not call.alternatives
        found = found or loader
    return found, not call.alternatives


def _is_wanted(loader: PythonLoader, call: PythonCall, program: Program, scope: ProgramScope) -> bool:
    """Whether the conditions of the pack hold (`needs`), and nothing is splatted over them."""
    parameters = dict(loader.arguments)
    for need in loader.needs:
        argument = _argument(call, parameters.get(need.role))
        value = evaluate(argument.value, scope) if argument else None
        text = known(value) if value is not None else ""
        match need.is_:
            case "empty":
                if not may_be_empty(argument, call, program, scope):
                    return False
            case "true":
                if text not in {"True", "1"}:
                    return False
            case "false":
                if text not in {"False", "0", ""}:
                    return False
    return True


def _argument(call: PythonCall, parameter: Parameter | None) -> Argument | None:
    return call.argument(parameter.position, *parameter.keywords) if parameter else None


def _requests(
    loader: PythonLoader, call: PythonCall, program: Program, scope: ProgramScope, around: Surroundings
) -> Iterator[Request]:
    place = Place(program.source, call.span)
    roles: list[tuple[str, Value | None]] = []
    device_place = None
    for role, parameter in loader.arguments:
        argument = _argument(call, parameter)
        if argument is not None:
            roles.append((role, evaluate(argument.value, scope)))
            if role == "device":
                device_place = Place(program.source, argument.span)
        elif role in ("variant", "revision") and call.argument(None, "**") is not None:
            roles.append((role, Unknown("the arguments are not written out")))
    if loader.kind is Subject.URL and not loader.reads and not roles:
        saved = saved_to(call, program)
        roles += [("destination", evaluate(saved.value, scope))] if saved is not None else []
    base = Request(
        loader.id,
        loader.library,
        loader.kind.value,
        Unknown("it is not named"),
        place,
        loader.downloads,
        loader.reads,
        tuple(roles),
        device_place=device_place,
        is_weights=not loader.is_weightless and not _is_weightless(loader, call.name),
        is_certain=not call.is_conditional or call.is_cached or (loader.downloads and _looks_for_file(call)),
        is_secondary=loader.is_first_request,
    )
    files = (*_files(base), *_patterns(loader, call, scope))
    for subject in map(given_later, _subjects(loader, call, scope, around)):
        if known(subject) != "" and (not loader.is_convention or is_repository(subject)):
            for request in _with_items(loader, replace(base, subject=subject, files=files), around):
                yield request if has_weights(request, around) else replace(request, is_weights=False)


def _looks_for_file(call: PythonCall) -> bool:
    """Whether the call waits only for a file that is not there (`if not path.exists(): download`): it is what makes it."""
    return re.search(r"\b(?:exists|isfile|isdir|is_file|is_dir)\(", call.condition) is not None


_MAKES_OBJECTS = (".from_pretrained", ".to", ".cuda", ".eval", ".half", ".from_config", ".from_quantized")
"""What gives a model and no name of one: nothing more is fetched for it."""
_HARMLESS = (".json", ".txt", ".yaml", ".yml", ".md", ".py", ".model.json")


def has_weights(request: Request, around: Surroundings) -> bool:
    """Whether what is asked for may be weights: not when all its files are of other kinds, nor for an address that
    does not look like weights.
    """
    if not request.is_weights or (request.files and all(file.endswith(_HARMLESS) for file in request.files)):
        return False
    if request.kind != "url" or request.reads:
        return request.is_weights
    target = request.role("destination") or request.subject
    return is_weights_name(request.subject, around.knowledge) or is_weights_name(target, around.knowledge)


def _is_weightless(loader: PythonLoader, name: str) -> bool:
    owner = name.rpartition(".")[0].rpartition(".")[2]
    return any(glob_matches(pattern, owner) for pattern in loader.weightless)


def _files(request: Request) -> tuple[str, ...]:
    file, folder = request.role("file"), request.role("subfolder")
    name = known(file) if file is not None else None
    if name is None:
        return ()
    inside = known(folder) if folder is not None else None
    return (f"{inside}/{name}" if inside else name,)


def _patterns(loader: PythonLoader, call: PythonCall, scope: ProgramScope) -> tuple[str, ...]:
    """The files that are let through (`allow_patterns`), empty when all are or some are not known."""
    argument = _argument(call, dict(loader.arguments).get("include"))
    values = each(argument.value, scope) if argument else ()
    texts = [known(value) for value in values if value is not None]
    return tuple(text for text in texts if text) if all(texts) else ()


def _subjects(
    loader: PythonLoader, call: PythonCall, scope: ProgramScope, around: Surroundings
) -> Iterator[Value]:
    """What the call loads: its argument, the default when it gives none, each of a loop's in turn."""
    argument = _argument(call, loader.subject)
    if (
        argument is None
        and loader.subject is not None
        and any(a.keyword in {"*", "**"} for a in call.arguments)
    ):
        yield Unknown("the arguments are not written out")
        return
    values: tuple[Value | None, ...] = (None,)
    if argument is not None:
        values = _each_subject(argument.value, scope)
    for value in values:
        if value is not None:
            yield _prefixed(value, loader)
        else:
            yield _default(loader, around)


def _each_subject(expression: Expression, scope: ProgramScope) -> tuple[Value | None, ...]:
    if isinstance(expression, Items):
        return (Unknown("a list"),)
    if isinstance(expression, Result) and expression.name.endswith(_MAKES_OBJECTS):
        return ()
    return each(expression, scope)


def _prefixed(value: Value, loader: PythonLoader) -> Value:
    text = known(value)
    if loader.prefix and text and "/" not in text:
        return Known(loader.prefix + text, value.because)
    return value


def _default(loader: PythonLoader, around: Surroundings) -> Value:
    installed = around.ranges(loader.distribution) if loader.distribution else ""
    fitting = [d.subject for d in loader.defaults if _may_be(d.versions, installed)]
    if len(fitting) == 1:
        return Known(fitting[0])
    if fitting:
        return OneOf(tuple(sorted(fitting)))
    return Unknown("it is not named")


def _may_be(versions: str, installed: str) -> bool:
    return overlap(versions, installed) is not False


def _with_items(loader: PythonLoader, request: Request, around: Surroundings) -> Iterator[Request]:
    """The request itself, or what the packs know that it fetches; both when only part of that is known."""
    if _is_path(request) or loader.kind is Subject.PATH:
        yield replace(request, kind="path", downloads=False)
        beside = _items(loader, request, around) if loader.kind is Subject.PATH else ()
        for item in beside:
            yield replace(request, kind="url", subject=Known(item.subject), roles=())
        return
    address = hub_address(request.subject) if loader.hub_library else None
    if address is not None:
        subject, files = address
        yield replace(request, subject=subject, files=files, kind="hub", library=loader.hub_library)
        return
    items = tuple(_items(loader, request, around))
    if not any(item.when for item in items) and (not loader.items or any(i.when for i in loader.items)):
        yield _as_hub(request, around)
    is_sure = sum(1 for item in items if item.when) <= 1
    for item in items:
        instead = request.role(item.unless) if item.unless else None
        if instead is not None and known(instead) != "":
            yield replace(request, subject=instead, kind="path", downloads=False)
            continue
        yield replace(
            request,
            subject=Known(item.subject, request.subject.because),
            kind="hub",
            library=item.library or request.library,
            files=item.files or request.files,
            is_certain=request.is_certain and (is_sure or not item.when),
        )


def _is_path(request: Request) -> bool:
    """Whether the subject is evidently a path of the image, not a repository or address."""
    start = prefix_of(request.subject)
    if request.kind == "url":
        return known(request.subject) is not None and "://" not in start
    return start.startswith(("/", "./", "../", "~/"))


def _items(loader: PythonLoader, request: Request, around: Surroundings) -> Iterator[Item]:
    installed = around.ranges(loader.distribution) if loader.distribution else ""
    texts = texts_of(request.subject) or ()
    for item in loader.items:
        if _may_be(item.versions, installed) and (not item.when or item.when in texts):
            yield item


def _as_hub(request: Request, around: Surroundings) -> Request:
    """A name of the form `org/name` that is none of the library's own is a repository of the hub."""
    text = known(request.subject)
    library = around.knowledge.cache_library(request.library)
    if request.kind == "name" and text and text.count("/") == 1 and library and has_hub_layout(library):
        return replace(request, kind="hub")
    return request

"""Values, bindings and places of the paper build to the texts of an inspection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.inspection.records import CommandLine, Note, Variable
from dfguard.inspection.terms import Origin, Spot, Told
from dfguard.interp.values import Unknown, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import BuildState, Environment, ProcessCommand
    from dfguard.interp.values import Binding, Value

MOST_TEXT = 2000
"""Longer texts are cut: nobody reads them, and a hostile file must not blow the page up."""


def spot(place: Place) -> Spot:
    """Where a place begins."""
    line, column = place.source.position(place.span.start)
    return Spot(place.path, line, column)


def note(place: Place, message: str) -> Note:
    """A remark at a place."""
    return Note(message, spot(place))


def cut(text: str, most: int = MOST_TEXT) -> str:
    """The text, its end replaced by an ellipsis and the count when it is too long."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def told(value: Value) -> Told:
    """A value with what decided it."""
    because = tuple(origin(binding) for binding in value.because)
    texts = texts_of(value)
    if texts is not None:
        return Told(tuple(map(cut, texts)), "", because)
    return Told((), reason(value), because)


def reason(value: Value) -> str:
    """Why a value is not one text; an expression that could not be followed is named in a sentence."""
    if not isinstance(value, Unknown):
        return "several values are possible"
    return f"what {value.why} is" if value.is_name else value.why


def user_told(value: Value) -> Told:
    """Who runs: root where nothing says another."""
    shown = told(value)
    return replace(shown, texts=("root",)) if shown.texts == ("",) else shown


def origin(binding: Binding) -> Origin:
    """A binding."""
    where = spot(binding.place) if binding.place else None
    return Origin(binding.name, cut(binding.text), where, binding.origin)


def variables(environment: Environment) -> Iterator[Variable]:
    """The variables of ENV and of the base image, by name."""
    for name, variable in sorted(environment.variables):
        if not variable.is_argument:
            yield Variable(name, told(variable.value))


def set_between(before: BuildState, after: BuildState) -> Iterator[Variable]:
    """The variables that one state has and the one before it had not, or had with other values: ENV first, then ARG."""
    if after.environment is not before.environment:
        old = {name: variable.value for name, variable in before.environment.variables}
        for name, variable in after.environment.variables:
            if old.get(name) != variable.value:
                yield Variable(name, told(variable.value))
    declared = dict(before.arguments)
    for name, value in after.arguments:
        if name not in declared or declared[name] != value:
            shown = told(value) if value is not None else Told((), "it has no value")
            yield Variable(name, shown, is_argument=True)


def command_line(command: ProcessCommand | None) -> CommandLine | None:
    """ENTRYPOINT, CMD or HEALTHCHECK; None when it is not set, or set to NONE."""
    if command is None or command.is_none:
        return None
    where = spot(command.place) if command.place else None
    return CommandLine(tuple(map(cut, command.words)), command.is_shell_form, where)


def notes(found: Iterable[tuple[Place, str]], most: int) -> tuple[Note, ...]:
    """Remarks, each once, at most so many; the last one then says how many there are."""
    single = dict.fromkeys((spot(place), message) for place, message in found)
    shown = [Note(message, where) for where, message in list(single)[:most]]
    if len(single) > most:
        shown[-1] = Note(f"and {len(single) - most + 1} more", shown[-1].where)
    return tuple(shown)

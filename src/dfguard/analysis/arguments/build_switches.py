"""Steps to the build arguments that switch a part of the build on: ARGs that are empty by default and that a RUN tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.values import known
from dfguard.syntax.shell.nodes import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import CommandRun, Step
    from dfguard.syntax.shell.nodes import Word

_EQUAL = frozenset({"=", "==", "-eq"})
_ON = ("1", "true", "yes", "on")


class Switched(Record):
    """`arguments` is what to give for a build with everything switched on; `tests` are the switches themselves, each with
    the place of a test that looks at it.
    """

    tests: tuple[tuple[str, Place], ...]
    arguments: tuple[tuple[str, str], ...]


def switched(steps: tuple[Step, ...]) -> Switched | None:
    """The switches of these steps, with the other empty arguments of the RUNs they stand in; None without any.

    An argument that only has to be there is given as its name in angle brackets.
    """
    switches: dict[str, str] = {}
    given: dict[str, str] = {}
    places: dict[str, Place] = {}
    for step in steps:
        empty = _empty_arguments(step)
        tests = [run for run in step.effects.commands if run.name in ("test", "[")] if empty else []
        found: dict[str, str] = {}
        for run in tests:
            for name, value in _switches(run, empty):
                found[name] = value
                places.setdefault(name, run.place)
        if found:
            text = step.instruction.place.text
            given |= {name: f"<{name}>" for name in empty if f"${name}" in text or f"${{{name}" in text}
            switches |= found
    return Switched(tuple(places.items()), tuple((given | switches).items())) if switches else None


def _empty_arguments(step: Step) -> frozenset[str]:
    """The ARGs in scope that are empty, so that only a build argument can give them a value."""
    if step.instruction.keyword != "RUN":
        return frozenset()
    return frozenset(
        name for name, value in step.before.arguments if value is None or known(value) in {"", "0", "false"}
    )


def _switches(run: CommandRun, empty: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The arguments that make the test true when they have a value: `-n "$X"`, `"$X"` alone, `"$X" = 1`."""
    words = [word for word in run.command.words if word.literal not in ("[", "]", "[[", "]]", "test")]
    if len(words) == 1 or (len(words) == 2 and words[0].literal == "-n"):
        name = _name(words[-1])
        if name in empty:
            yield name, f"<{name}>"
    elif len(words) == 3 and words[1].literal in _EQUAL:
        name, text = _name(words[0]), words[2].literal
        if name in empty and text and text.lower() in _ON:
            yield name, text


def _name(word: Word) -> str:
    """The variable that the word is, empty when it is more than that."""
    parameters = [part for part in word.parts if isinstance(part, Parameter)]
    return parameters[0].name if len(word.parts) == len(parameters) == 1 else ""

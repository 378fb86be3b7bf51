"""RUN steps to the variables they use and cannot see: arguments declared elsewhere, and what `set -u` stops at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.shell.variable_use import set_by_script, used_parameters
from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.build.bases import PLATFORM_ARGUMENTS
from dfguard.interp.state.lookup import build_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.state.model import Step, Unset
    from dfguard.syntax.dockerfile.document import Document, Instruction

_DEFAULTS = frozenset([":-", "-", ":=", "=", ":+", "+", ":?", "?"])


class Undeclared(Record):
    """A variable of a RUN that is empty there. `declared` is the ARG that does not reach it (None: there is none);
    `is_global`: it is declared before FROM, or BuildKit does so itself. `is_certain`: the base image does not set it.
    `stops`: `set -u` ends the shell there, `is_certain` then says that this surely ends the build; `proof` are the
    commands of other texts that lead there.
    """

    name: str
    place: Place
    run: Instruction
    declared: Place | None
    is_global: bool
    is_certain: bool
    stops: bool = False
    proof: tuple[Place, ...] = ()


def undeclared(steps: Iterable[Step], document: Document) -> Iterator[Undeclared]:
    """The first use of each such variable in each RUN; one that stops the shell comes before one that is empty."""
    is_fragment = not document.stages
    preamble = () if is_fragment else document.preamble
    before: dict[str, Place | None] = {} if is_fragment else dict.fromkeys(PLATFORM_ARGUMENTS)
    before |= {p.key.value: p.key.place() for i in preamble if i.keyword == "ARG" for p in i.pairs}
    last: dict[int, dict[str, tuple[int, Place]]] = {}
    for step in steps:
        if step.instruction.keyword != "RUN" or step.effects.script is None:
            continue
        if step.stage not in last:
            around = document.preamble if is_fragment else document.stages[step.stage].instructions
            last[step.stage] = _last_declared(around)
        declared, at = last[step.stage], step.instruction.index
        later = {name: place for name, (index, place) in declared.items() if index > at}
        stopped = list(_stopped(step, before, later))
        yield from stopped
        yield from _empty(step, before, later, {one.name for one in stopped})


def _stopped(step: Step, before: dict[str, Place | None], later: dict[str, Place]) -> Iterator[Undeclared]:
    """Where `set -u` ends the shell. An ARG without a default may be given a value by whoever builds."""
    declared = dict(step.before.arguments)
    seen: set[str] = set()
    for unset in step.effects.unset:
        if unset.name not in seen and unset.name not in declared:
            seen.add(unset.name)
            yield _stop(step, unset, before, later)


def _stop(step: Step, unset: Unset, before: dict[str, Place | None], later: dict[str, Place]) -> Undeclared:
    name = unset.name
    is_global = name not in later and name in before
    place = later.get(name) or before.get(name)
    return Undeclared(
        name, unset.place, step.instruction, place, is_global, unset.is_certain, stops=True, proof=unset.proof
    )


def _empty(
    step: Step, before: dict[str, Place | None], later: dict[str, Place], seen: set[str]
) -> Iterator[Undeclared]:
    script = step.effects.script
    parameters = tuple(used_parameters(script)) if script is not None else ()
    names = {used.name for used in parameters}
    if script is None or not names & (before.keys() | later.keys()):
        return
    visible = {name for name, _ in step.before.arguments} | build_variables(step.before).keys()
    own = set_by_script(script)
    if own is None:
        return
    for used in parameters:
        name = used.name
        if name in visible | own | seen or used.operator in _DEFAULTS or name not in before | later:
            continue
        seen.add(name)
        place = later.get(name) or before.get(name)
        is_certain = not step.before.environment.may_hold(name)
        where = Place(script.source, used.span)
        yield Undeclared(name, where, step.instruction, place, name not in later, is_certain)


def _last_declared(instructions: Iterable[Instruction]) -> dict[str, tuple[int, Place]]:
    """The build arguments of a stage, each with the index and place of its last ARG."""
    return {
        pair.key.value: (i.index, pair.key.place())
        for i in instructions
        if i.keyword == "ARG"
        for pair in i.pairs
    }

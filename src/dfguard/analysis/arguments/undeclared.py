"""RUN steps to the build arguments they use and cannot see: declared before FROM, or further down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.shell.variable_use import set_by_script, used_parameters
from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.state.lookup import build_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.state.model import Step
    from dfguard.syntax.dockerfile.document import Document, Instruction

_DEFAULTS = frozenset([":-", "-", ":=", "=", ":+", "+", ":?", "?"])


class Undeclared(Record):
    """A variable of a RUN that is empty there; `declared` is the ARG that does not reach it. `is_certain`: the base image does
    not set it.
    """

    name: str
    place: Place
    run: Instruction
    declared: Place
    is_global: bool
    is_certain: bool


def undeclared(steps: Iterable[Step], document: Document) -> Iterator[Undeclared]:
    """The first use of each such variable in each RUN."""
    is_fragment = not document.stages
    preamble = () if is_fragment else document.preamble
    before = {p.key.value: p.key.place() for i in preamble if i.keyword == "ARG" for p in i.pairs}
    last: dict[int, dict[str, tuple[int, Place]]] = {}
    for step in steps:
        script = step.effects.script
        if step.instruction.keyword != "RUN" or script is None:
            continue
        if step.stage not in last:
            around = document.preamble if is_fragment else document.stages[step.stage].instructions
            last[step.stage] = _last_declared(around)
        declared, at = last[step.stage], step.instruction.index
        parameters = tuple(used_parameters(script))
        names = {used.name for used in parameters}
        later = {name: declared[name][1] for name in names if name in declared and declared[name][0] > at}
        if not later and not names & before.keys():
            continue
        visible = {name for name, _ in step.before.arguments} | build_variables(step.before).keys()
        own = set_by_script(script)
        if own is None:
            continue
        seen: set[str] = set()
        for used in parameters:
            place = later.get(used.name) or before.get(used.name)
            if place is None or used.name in visible | own | seen or used.operator in _DEFAULTS:
                continue
            seen.add(used.name)
            is_certain = not step.before.environment.may_hold(used.name)
            yield Undeclared(
                used.name,
                Place(script.source, used.span),
                step.instruction,
                place,
                used.name not in later,
                is_certain,
            )


def _last_declared(instructions: Iterable[Instruction]) -> dict[str, tuple[int, Place]]:
    """The build arguments of a stage, each with the index and place of its last ARG."""
    return {
        pair.key.value: (i.index, pair.key.place())
        for i in instructions
        if i.keyword == "ARG"
        for pair in i.pairs
    }

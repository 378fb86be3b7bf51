"""A document to its stages, played: every instruction in turn, from what each FROM names to what the stage leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import is_index, is_number
from dfguard.core.record import replace
from dfguard.core.source import Span
from dfguard.interp.build import stages
from dfguard.interp.build.bases import state_of_child, state_of_image
from dfguard.interp.build.expansion import expand
from dfguard.interp.build.frame import Scene
from dfguard.interp.build.instructions import play_instruction
from dfguard.interp.state.model import StageTrace, Step
from dfguard.interp.values import Unknown, known
from dfguard.syntax.dockerfile.document import Fault, FaultKind, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.build.stages import Base, Need
    from dfguard.interp.state.inputs import World
    from dfguard.syntax.dockerfile.document import Document, Flag, Instruction


def play(document: Document, world: World) -> tuple[StageTrace, ...]:
    """All stages in file order, each instruction played once. A file without FROM is played as one stage on a base image
    of which nothing is known.

    What BuildKit would refuse is on the step or stage as `refusals`, and the play goes on. `is_shipped` marks the
    stages that the target needs (none when --target names no stage).
    """
    scope, refusals = stages.global_scope(document, world)
    bases = stages.bases(document, scope, world)
    ties = _Ties(document, bases)
    shipped = stages.shipped(stages.target_index(document, world), bases, ties.needs)
    played: tuple[StageTrace, ...] = ()
    for stage, base in zip(document.stages, bases, strict=True):
        scene = Scene(document, world, played, tuple(scope.items()))
        trace = _play_stage(stage, base, scene, ties)
        first = refusals if stage.index == 0 else ()
        played += (replace(trace, is_shipped=stage.index in shipped, refusals=first + trace.refusals),)
    if not document.stages and document.preamble:
        scene = Scene(document, world, (), tuple(scope.items()))
        stage = Stage(0, None, document.source.text_of(Span(0, 0)), document.preamble)
        played = (replace(_play_stage(stage, stages.Base(_NO_BASE, None, ()), scene, ties), is_shipped=True),)
    return played


_NO_BASE = Unknown("no FROM names it")


def target_of(traces: tuple[StageTrace, ...], world: World) -> StageTrace | None:
    """The stage that becomes the image: --target by name or index, else the last; None when there is none, as in a
    fragment.
    """
    if traces and traces[-1].stage.is_fragment:
        return None
    if world.target is None:
        return traces[-1] if traces else None
    wanted = world.target.lower()
    named = [trace for trace in traces if trace.stage.name == wanted]
    if named:
        return named[-1]
    return next((trace for trace in traces if str(trace.stage.index) == wanted), None)


class _Ties:
    """The needs of the stages, by stage and by the identity of the instruction, and the instructions that close a
    circle of them. `count` is how many stages BuildKit may count: `--from` and mounts add some that have no name.
    """

    def __init__(self, document: Document, bases: tuple[Base, ...]) -> None:
        self.needs = stages.needs(document, bases)
        self.closing = frozenset(id(need.instruction) for need in stages.circles(self.needs))
        flags = (flag for instruction in document.instructions for flag in instruction.flags)
        added = sum(flag.name == "mount" or not _is_number(flag) for flag in flags)
        self.count = len(document.stages) + added
        self.by_instruction: dict[int, list[Need]] = {}
        for own in self.needs:
            grouped: dict[int, list[Need]] = {}
            for need in own:
                grouped.setdefault(id(need.instruction), []).append(need)
            self.by_instruction |= grouped


def _is_number(flag: Flag) -> bool:
    return flag.name != "from" or (flag.value is not None and is_number(flag.value.value))


def _play_stage(stage: Stage, base: Base, scene: Scene, ties: _Ties) -> StageTrace:
    parent = scene.played[base.parent] if base.parent is not None else None
    state = (
        state_of_child(parent.final)
        if parent
        else state_of_image(base.name, scene.world, scene.document.escape)
    )
    steps: list[Step] = []
    triggers = parent.final.triggers if parent else ()
    for number, instruction in enumerate((*triggers, *stage.instructions)):
        turn = play_instruction(instruction, state, scene)
        late = instruction.faults if number < len(triggers) else ()
        origins = () if stage.is_fragment else _origin_refusals(instruction, stage, scene, ties)
        refusals = (*late, *origins, *turn.refusals)
        steps.append(
            Step(instruction, stage.index, state, turn.state, turn.effects, refusals, turn.undefined)
        )
        state = turn.state
        if instruction.keyword == "CMD":
            scene = replace(scene, sets_command=True)
    return StageTrace(
        stage, base.name, base.parent, tuple(steps), state, is_shipped=False, refusals=base.refusals
    )


def _origin_refusals(instruction: Instruction, stage: Stage, scene: Scene, ties: _Ties) -> Iterator[Fault]:
    """What is wrong with the stages that an instruction copies or mounts from."""
    flag = instruction.flag("from") if instruction.keyword == "COPY" else None
    if flag and flag.value:
        origin, place = flag.value.value, flag.text.place()
        if known(expand(flag.value, lambda _: None, scene.document.escape)) != origin:
            yield _refusal(place, "--from takes no variables: name a stage instead")
        elif is_number(origin) and not is_index(origin, ties.count):
            yield _refusal(place, f"there is no stage {origin}")
        elif not is_number(origin) and _names_nothing(origin, scene):
            yield _refusal(place, f"{origin} is neither a stage nor the name of an image")
    for need in ties.by_instruction.get(id(instruction), ()):
        other = scene.document.stages[need.stage]
        name = other.name or str(other.index)
        if id(instruction) in ties.closing:
            yield _refusal(need.place, f"the stage {name} needs this one: they wait for each other")
        elif need.stage > stage.index or (need.stage == stage.index and not need.is_inherited):
            yield _refusal(need.place, f"the stage {name} comes only after this one")


def _names_nothing(origin: str, scene: Scene) -> bool:
    low = origin.lower()
    is_known = any(stage.name == low for stage in scene.document.stages) or scene.world.context_named(low)
    return not is_known and stages.bad_image_name(origin) != ""


def _refusal(place: Place, message: str) -> Fault:
    return Fault(FaultKind.REFUSED, place, message)

"""The stages of a document to a graph: what each is built on and for which platform, which it copies from, which the target needs.

After moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go (`buildMetaArgs`, `buildDispatchStates`, `addState`,
`toCommand`, `detectRunMount`, `validateCircularDependency`) and platform.go @73ed6825; the text of `--platform` after
github.com/containerd/platforms v1.0 (`Parse`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.build.expansion import UnsetArgument, bound, expansion
from dfguard.interp.values import Binding, Known, Unknown, known
from dfguard.syntax.dockerfile.document import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place, Text
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import StageTrace, Step
    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Document, Instruction, Stage


def chain(target: StageTrace, traces: tuple[StageTrace, ...]) -> tuple[StageTrace, ...]:
    """A stage behind the stages that it is made FROM, the lowest first."""
    found = [target]
    while (parent := found[-1].parent) is not None:
        found.append(traces[parent])
    return tuple(reversed(found))


def lineage(target: StageTrace, traces: tuple[StageTrace, ...]) -> frozenset[int]:
    """The indexes of a stage and of the stages it is made FROM."""
    return frozenset(trace.stage.index for trace in chain(target, traces))


def steps_of(trace: StageTrace, traces: tuple[StageTrace, ...]) -> tuple[Step, ...]:
    """The steps of a stage behind those of the stages that it is made FROM."""
    return tuple(step for one in chain(trace, traces) for step in one.steps)


MOST_PARTS = 3
SYSTEMS = frozenset(
    """
    aix android darwin dragonfly freebsd hurd illumos ios js linux macos nacl netbsd openbsd plan9 solaris
    windows zos
    """.split()
)
MACHINES = frozenset(
    """
    386 aarch64 amd64 amd64p32 arm arm64 arm64be armbe armel armhf i386 loong64 mips mips64 mips64le mips64p32
    mips64p32le mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm x86-64 x86_64
    """.split()
)
"""Systems and machines that may stand alone."""


@cache
def _part() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9_.-]+|[A-Za-z0-9_.-]+\([A-Za-z0-9_.+-]*\)")


def bad_platform(text: str) -> str:
    """Why the platform cannot be read, empty when it can."""
    if not text:
        return "the platform is empty"
    parts = text.split("/")
    if len(parts) > MOST_PARTS or not all(map(_part().fullmatch, parts)):
        return f"{text} is no platform: they are written system/machine or system/machine/variant"
    if len(parts) == 1 and parts[0].partition("(")[0].lower() not in SYSTEMS | MACHINES:
        return f"{text} is neither a system nor a machine"
    return ""


class Base(Record):
    """What a FROM names: `parent` is the index of an earlier stage, None for an image or `scratch`."""

    name: Value
    parent: int | None
    refusals: tuple[Fault, ...] = ()


class Need(Record):
    """One `--from` of a COPY or of a mount that names the stage of index `stage`. `is_inherited`: it stands in an
    ONBUILD of the parent stage.
    """

    stage: int
    instruction: Instruction
    place: Place
    is_inherited: bool = False


def global_scope(document: Document, world: World) -> tuple[dict[str, Value], tuple[Fault, ...]]:
    """The ARGs before the first FROM and BuildKit's own, as FROM sees them, and what is refused about them."""
    given = dict(world.build_arguments)
    scope: dict[str, Value] = {
        name: Known(given.get(name, text)) for name, text in _platform_arguments(document, world)
    }
    refusals: list[Fault] = []
    for instruction in document.preamble:
        for pair in instruction.pairs if instruction.keyword == "ARG" else ():
            name = pair.key.value
            if name in given:
                scope[name] = Known(given[name], (Binding(name, given[name], None, "--build-arg"),))
            elif pair.value is not None:
                found = expansion(pair.value, scope.get, document.escape)
                refusals += [found.refusal] if found.refusal else []
                binding = Binding(name, pair.value.value, pair.value.place())
                scope[name] = bound(found.value, binding)
            else:
                scope.setdefault(name, UnsetArgument(f"ARG {name} has no default"))
    return scope, tuple(refusals)


def _platform_arguments(document: Document, world: World) -> Iterator[tuple[str, str]]:
    last = document.stages[-1].name if document.stages else None
    for prefix, platform in (("BUILD", world.build_platform), ("TARGET", world.target_platform)):
        system, _, machine = platform.partition("/")
        architecture, _, variant = machine.partition("/")
        yield f"{prefix}PLATFORM", platform
        yield f"{prefix}OS", system
        yield f"{prefix}OSVERSION", ""
        yield f"{prefix}ARCH", architecture
        yield f"{prefix}VARIANT", variant
    yield "TARGETSTAGE", world.target or last or "default"


def bases(document: Document, scope: dict[str, Value], world: World) -> tuple[Base, ...]:
    """What each stage is built on. A name is looked for among the earlier stages, the latest first, as it is written:
    `FROM Build` does not find `AS Build`, whose name is folded to lower case.
    """
    found: list[Base] = []
    names: dict[str, int] = {}
    for stage in document.stages:
        found.append(_base(stage, document, scope, names, world))
        if stage.name is not None:
            names[stage.name] = stage.index
    return tuple(found)


def _base(
    stage: Stage, document: Document, scope: dict[str, Value], names: dict[str, int], world: World
) -> Base:
    refusals: list[Fault] = []
    named = expansion(stage.base, scope.get, document.escape)
    refusals += [named.refusal] if named.refusal else []
    platform = stage.from_instruction.flag("platform")
    if platform and platform.value:
        wanted = expansion(platform.value, scope.get, document.escape)
        refusals += [wanted.refusal] if wanted.refusal else []
        if (text := known(wanted.value)) is not None and (message := bad_platform(text)):
            refusals.append(_refusal(platform.text, message))
    name = known(named.value)
    if name is None:
        return Base(named.value, None, tuple(refusals))
    parent = names.get(name)
    if parent is None and world.context_named(name) is not None:
        image = world.image_named(name)
        told = Known(image) if image else Unknown(f"the build context {name} is given from outside")
        return Base(told, None, tuple(refusals))
    if parent is None and stage.base.value and (message := bad_image_name(name)):
        refusals.append(_refusal(stage.base, message))
    return Base(named.value, parent, tuple(refusals))


def _refusal(text: Text, message: str) -> Fault:
    return Fault(FaultKind.REFUSED, text.place(), message)


@cache
def _image_name() -> re.Pattern[str]:
    # Not possessive: before 3.11.5 a possessive group goes on behind its last try that failed (gh-106052).
    part = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
    label = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
    host = rf"(?:{label}(?:\.{label})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
    digest = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
    return re.compile(rf"(?:{host}/)?{part}(?:/{part})*(?::\w[\w.-]{{0,127}})?(?:@{digest})?", re.ASCII)


def bad_image_name(name: str) -> str:
    """Why the text cannot name an image, empty when it can (the grammar of github.com/distribution/reference)."""
    if not name:
        return "the name of the base image is empty"
    if name == "scratch" or _image_name().fullmatch(name):
        return ""
    if _image_name().fullmatch(name.lower()):
        return f"{name} is no image name: image names are in lower case"
    return f"{name} is no image name"


def needs(document: Document, parents: tuple[Base, ...]) -> tuple[tuple[Need, ...], ...]:
    """The stages that each stage copies or mounts from, those of the triggers it takes over from its parent included.

    COPY and mounts find the last stage of a name, wherever it stands; only COPY takes indexes.
    """
    names = {stage.name: stage.index for stage in document.stages if stage.name is not None}
    count = len(document.stages)
    found = []
    for stage in document.stages:
        triggers = triggers_of(document, parents[stage.index].parent)
        late = (need for trigger in triggers for need in _needs(trigger, names, count))
        own = (need for instruction in stage.instructions for need in _needs(instruction, names, count))
        found.append((*(replace(need, is_inherited=True) for need in late), *own))
    return tuple(found)


def triggers_of(document: Document, parent: int | None) -> tuple[Instruction, ...]:
    """The ONBUILD triggers of a stage of this file, which the stages built on it run."""
    if parent is None:
        return ()
    return tuple(i.trigger for i in document.stages[parent].instructions if i.trigger is not None)


def _needs(instruction: Instruction, names: dict[str, int], count: int) -> Iterator[Need]:
    flag = instruction.flag("from") if instruction.keyword == "COPY" else None
    if flag and flag.value:
        origin = flag.value.value
        index = int(origin) if re.fullmatch(r"\d{1,9}", origin, re.ASCII) else names.get(origin.lower())
        if index is not None and index < count:
            yield Need(index, instruction, flag.text.place())
    if instruction.keyword == "RUN":
        for mount in instruction.flags:
            for field in mount.value.value.split(",") if mount.name == "mount" and mount.value else ():
                name, _, origin = field.strip().strip('"').partition("=")
                if name.lower() == "from" and origin.lower() in names:
                    yield Need(names[origin.lower()], instruction, mount.text.place())


def circles(found: tuple[tuple[Need, ...], ...]) -> Iterator[Need]:
    """The needs that close a circle of stages, which BuildKit refuses altogether (it looks before it adds what ONBUILD
    brings).
    """
    found = tuple(tuple(need for need in own if not need.is_inherited) for own in found)
    state = [0] * len(found)
    for first in range(len(found)):
        path = [(first, iter(found[first]))] if not state[first] else []
        state[first] = state[first] or 1
        while path:
            stage, rest = path[-1]
            need = next(rest, None)
            if need is None:
                state[stage] = 2
                path.pop()
            elif state[need.stage] == 1:
                yield need
            elif state[need.stage] == 0:
                state[need.stage] = 1
                path.append((need.stage, iter(found[need.stage])))


def shipped(
    target: int | None, parents: tuple[Base, ...], found: tuple[tuple[Need, ...], ...]
) -> frozenset[int]:
    """The indexes of the stages that the target needs, itself included."""
    reached: set[int] = set()
    waiting = [] if target is None else [target]
    while waiting:
        stage = waiting.pop()
        if stage not in reached:
            reached.add(stage)
            parent = parents[stage].parent
            waiting += [need.stage for need in found[stage]] + ([] if parent is None else [parent])
    return frozenset(reached)


def target_index(document: Document, world: World) -> int | None:
    """The index of the stage that is built: --target by name (the last of several) or index, else the last stage."""
    if world.target is None:
        return len(document.stages) - 1 if document.stages else None
    return _stage_named(document, world.target)


def names_stage(document: Document, target: str) -> bool:
    """Whether a stage is what --target says."""
    return _stage_named(document, target) is not None


def _stage_named(document: Document, target: str) -> int | None:
    named = [stage.index for stage in document.stages if stage.name == target.lower()]
    if named:
        return named[-1]
    is_index = re.fullmatch(r"\d{1,9}", target, re.ASCII)
    return int(target) if is_index and int(target) < len(document.stages) else None

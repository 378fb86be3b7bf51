"""A Dockerfile's facts to what a fix must not break: the faults of its texts, and the build that it describes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dfguard import engine
from dfguard.checks.registry import all_rules, find
from dfguard.core.findings import Aspect
from dfguard.core.record import Record
from dfguard.interp.values import texts_of
from dfguard.syntax.dockerfile.document import FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.facts import Facts
    from dfguard.interp.state.model import BuildState, ProcessCommand, StageTrace, Step
    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Instruction

PARSER = frozenset(FaultKind) - {FaultKind.NO_STAGE, FaultKind.REFUSED}
"""What BuildKit's parser says no to, and not what stops the build later."""
CODE = ("DFG1", "DFG501", "DFG507", "DFG508")
"""Rules (prefixes of their ids) whose findings say that Python or a shell cannot read a text."""

_TRIGGERS = {
    **dict.fromkeys(("ENTRYPOINT", "CMD", "HEALTHCHECK"), Aspect.PROCESS),
    **dict.fromkeys(("COPY", "ADD"), Aspect.COPIES),
    **dict.fromkeys(("ENV", "ARG"), Aspect.VARIABLES),
    "RUN": Aspect.COMMANDS,
    "WORKDIR": Aspect.FOLDER,
    "LABEL": Aspect.LABELS,
    "EXPOSE": Aspect.PORTS,
}
"""The aspect of what ONBUILD holds."""

Build = dict[Aspect, tuple[object, ...]]


class Soundness(Record):
    """How a Dockerfile stands. `faults` counts what does not parse, by kind or rule; `is_parsed` says whether BuildKit's
    parser takes the whole file, `is_accepted` whether BuildKit does; `build` is what the paper build comes to, aspect by aspect, places left out.
    """

    faults: dict[str, int]
    is_parsed: bool
    is_accepted: bool
    build: Build

    def is_worse_than(self, before: Soundness, changed: frozenset[Aspect]) -> bool:
        """Whether there is a fault more than before, or the build is another one in an aspect that is not `changed`. What
        was refused described no build.
        """
        if any(count > before.faults.get(kind, 0) for kind, count in self.faults.items()):
            return True
        kept = frozenset(Aspect) - changed
        return before.is_accepted and any(self.build[aspect] != before.build[aspect] for aspect in kept)


def soundness(facts: Facts) -> Soundness:
    """How the facts' Dockerfile stands, whatever rules are selected."""
    refused = (*facts.document.faults, *facts.refusals)
    found = dict(Counter((*(fault.kind.value for fault in refused), *_code_faults(facts))))
    return Soundness(found, not any(facts.faults(*PARSER)), not refused, _build(facts.traces))


def _code_faults(facts: Facts) -> Iterator[str]:
    (internal_error,) = find(engine.INTERNAL_ERROR)
    rules = [rule for rule in all_rules() if rule.id.startswith(CODE)]
    diagnostics, _ = engine.run(facts, rules, internal_error)
    return (diagnostic.rule for diagnostic in diagnostics)


def _build(traces: Iterable[StageTrace]) -> Build:
    stages = tuple(traces)
    steps = [step for trace in stages for step in trace.steps]
    states = [trace.final for trace in stages]
    found: dict[Aspect, list[object]] = {
        Aspect.STAGES: [(_text(t.base), t.parent, t.stage.name, t.is_shipped) for t in stages],
        Aspect.COMMANDS: [_command(s) for s in steps if s.instruction.keyword == "RUN"],
        Aspect.COPIES: [_copy(s) for s in steps if s.instruction.keyword in {"COPY", "ADD"}],
        Aspect.VARIABLES: [_variables(state) for state in states],
        Aspect.FOLDER: [_text(state.workdir) for state in states],
        Aspect.PROCESS: [_process(state) for state in states],
        Aspect.LABELS: [tuple((k, _text(v)) for k, v in state.labels) for state in states],
        Aspect.PORTS: [state.ports for state in states],
        Aspect.SETTINGS: [_settings(state) for state in states],
    }
    for trigger in (trigger for state in states for trigger in state.triggers):
        found[_TRIGGERS.get(trigger.keyword, Aspect.SETTINGS)].append(_held(trigger))
    return {aspect: tuple(items) for aspect, items in found.items()}


def _text(value: Value | None) -> object:
    return None if value is None else texts_of(value)


def _command(step: Step) -> object:
    """What a RUN runs, and where that writes."""
    return (*_written(step.instruction), step.before.shell, _writes(step))


def _copy(step: Step) -> object:
    """What is copied where: COPY and ADD are the same as far as they do the same."""
    copies = ((_text(c.pattern), (c.origin or "").lower(), c.destination) for c in step.effects.copies)
    heredocs = tuple((heredoc.name, heredoc.body.value) for heredoc in step.instruction.heredocs)
    flags = tuple(flag.text.value.lower() for flag in step.instruction.flags)
    return tuple(copies), heredocs, flags, _writes(step)


def _written(instruction: Instruction) -> tuple[object, ...]:
    """The text of an instruction that a shell gets. Stages are named without regard to case, in the mounts, too."""
    bodies = tuple(heredoc.body.value for heredoc in instruction.heredocs)
    return tuple(flag.text.value.lower() for flag in instruction.flags), instruction.rest.value, bodies


def _writes(step: Step) -> tuple[object, ...]:
    return tuple((w.path, w.is_payload, w.discarded_by is None, w.link_target) for w in step.effects.writes)


def _variables(state: BuildState) -> object:
    environment = tuple((name, _text(v.value), v.is_argument) for name, v in state.environment.variables)
    return environment, tuple((name, _text(value)) for name, value in state.arguments)


def _process(state: BuildState) -> object:
    return tuple(_words(c) for c in (state.entrypoint, state.command, state.healthcheck))


def _words(command: ProcessCommand | None) -> object:
    return command and (command.words, command.is_shell_form, command.is_none)


def _settings(state: BuildState) -> object:
    return _text(state.user), state.shell, tuple(path for path, _ in state.volumes), state.stop_signal


def _held(trigger: Instruction) -> object:
    """What ONBUILD holds, as far as its form does not matter: ADD as COPY, the keys of pairs, ports without their case."""
    if trigger.pairs:
        return tuple(pair.key.value for pair in trigger.pairs)
    flags, rest, bodies = _written(trigger)
    return flags, str(rest).lower() if trigger.keyword == "EXPOSE" else rest, bodies

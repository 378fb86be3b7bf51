"""Loops of a script: rounds as long as they can be decided, then one that stands for any number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.source import Place
from dfguard.interp.filesystem.entries import appended
from dfguard.interp.shell.call import Call
from dfguard.interp.shell.conditions import fate_in_loop, run_condition
from dfguard.interp.shell.control_flow import after
from dfguard.interp.shell.failure import Fate, swallowed
from dfguard.interp.shell.state import Outcome, Shell, with_because
from dfguard.interp.state.model import CommandRun
from dfguard.interp.values import Binding, Known, Unknown, known, merge_because
from dfguard.syntax.shell.nodes import Command

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Stream
    from dfguard.interp.shell.evaluator import Walk
    from dfguard.interp.values import Value
    from dfguard.syntax.shell.nodes import For, Node, While

MOST_ROUNDS = 64
MOST_IDLE_ROUNDS = 1
"""Rounds of a `while` that change no variable, or that may have left it: more of them tell nothing new."""


def run_for(walk: Walk, node: For, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """`for name in words`: one round per word when the words are known, else one round that stands for any."""
    rounds, is_complete = _rounds(walk, node, shell)
    place = Place(walk.source, node.span)
    whole = Outcome(0, walk.empty, walk.empty)

    def turn() -> Outcome:
        nonlocal whole
        for number, value in enumerate(rounds):
            is_last = number + 1 == len(rounds) and is_complete
            round_fate = (
                fate if is_last or shell.options.errexit else swallowed(place, is_condition=fate.is_condition)
            )
            binding = Binding(node.name, known(value) or "", place)
            shell.variables[node.name] = with_because(value, merge_because(value.because, (binding,)))
            outcome = _round(walk, node.body, shell, round_fate, stdin)
            whole = after(whole, outcome)
            if outcome.jump:
                return _left(whole)
        if not is_complete:
            shell.variables[node.name] = Unknown(f"{node.name} goes through what is not known")
            whole = after(whole, _once(walk, node.body, shell, swallowed(place), stdin))
        return whole

    return walk.framed("loop", fate, shell, turn)


def _left(outcome: Outcome) -> Outcome:
    """A loop that was left: outer loops still have to be, one level less."""
    if outcome.jump in ("break", "continue") and outcome.levels > 1:
        return replace(outcome, levels=outcome.levels - 1, jump=f"outer {outcome.jump}")
    return replace(outcome, jump="", status=0) if outcome.jump == "break" else outcome


def _rounds(walk: Walk, node: For, shell: Shell) -> tuple[list[Value], bool]:
    """The values the variable takes, and whether these are all."""
    if node.words is None:
        return list(shell.arguments), True
    fields = walk.expander(shell).fields(node.words)
    run = CommandRun("for", (), Command(node.span, ()), Place(walk.source, node.span), shell.cwd)
    call = Call(walk, shell, run, fields, _nothing(walk))
    rounds: list[Value] = []
    is_complete = True
    for field in fields:
        if field.pattern is None and known(field.value) is not None:
            rounds.append(field.value)
            continue
        if field.pattern is None:
            is_complete = False
            continue
        for operand in call.operands([field]):
            if operand.text is None or not operand.is_certain:
                is_complete = False
            else:
                rounds.append(Known(operand.text, operand.because))
    if len(rounds) > MOST_ROUNDS:
        walk.note(call.place, f"more than {MOST_ROUNDS} rounds")
        return rounds[:MOST_ROUNDS], False
    return rounds, is_complete


def _nothing(walk: Walk) -> Stream:
    from dfguard.interp.shell.call import Stream

    return Stream(walk.empty)


def _round(walk: Walk, body: Node, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """One round; `continue` ends it, branches that left it maybe are joined."""
    frame = walk.frames[-1]
    before = len(frame.pending)
    outcome = walk.node(body, shell, fate, stdin)
    waiting = [(left, branch) for left, branch in frame.pending[before:] if left.jump == "continue"]
    frame.pending[before:] = [item for item in frame.pending[before:] if item[0].jump != "continue"]
    for _, branch in waiting:
        certain = shell.is_certain
        shell.join(branch)
        shell.is_certain = certain
    if outcome.jump == "continue" and outcome.levels == 1:
        outcome = replace(outcome, jump="", status=0)
    return replace(outcome, status=None) if waiting else outcome


def _once(walk: Walk, body: Node, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """Any number of rounds: one that may not happen; what it assigns is not known afterwards."""
    branch = shell.fork()
    branch.is_certain = False
    outcome = walk.node(body, branch, fate, stdin)
    for name, value in branch.variables.items():
        if shell.variables.get(name) != value:
            branch.variables[name] = Unknown(f"{name} is set in a loop")
    certain = shell.is_certain
    if outcome.jump in ("exit", "return") and walk.dropped(outcome, branch):
        return Outcome(None)
    shell.join(branch)
    shell.is_certain = certain
    return Outcome(None)


def run_while(walk: Walk, node: While, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """`while`/`until`: rounds as long as the test can be decided, else one round that stands for any number."""
    place = Place(walk.source, node.test.span)
    whole = Outcome(0, walk.empty, walk.empty)

    def turn() -> Outcome:
        nonlocal whole
        frame, idle = walk.frames[-1], 0
        for _ in range(MOST_ROUNDS):
            tested = run_condition(walk, node.test, shell, fate_in_loop(walk, node), stdin)
            whole = replace(whole, output=appended(whole.output, tested.output))
            if tested.status is None:
                whole = after(whole, _once(walk, node.body, shell, swallowed(place), stdin))
                return whole
            if (tested.status == 0) is node.is_until:
                return whole
            before = dict(shell.variables), len(frame.pending)
            outcome = _round(walk, node.body, shell, swallowed(Place(walk.source, node.span)), stdin)
            whole = after(whole, outcome)
            if outcome.jump:
                return _left(whole)
            idle += before[0] == shell.variables or len(frame.pending) > before[1]
            if idle > MOST_IDLE_ROUNDS:
                return after(whole, _once(walk, node.body, shell, swallowed(place), stdin))
        walk.note(place, f"more than {MOST_ROUNDS} rounds")
        return after(whole, _once(walk, node.body, shell, swallowed(place), stdin))

    return walk.framed("loop", fate, shell, turn)

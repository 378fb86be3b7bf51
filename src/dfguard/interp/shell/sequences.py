"""`;`, `&&`, `||`, `|`, `for` and `while`: what several commands do together, with both ways of what cannot be decided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.source import Place
from dfguard.interp.filesystem.entries import appended, together
from dfguard.interp.shell.call import CommandCall
from dfguard.interp.shell.control_flow import after, fate_in_loop, known_after, negated, run_condition
from dfguard.interp.shell.failure import between, chain, fate_in_chain
from dfguard.interp.shell.state import Outcome, Stream, swallowed, with_because
from dfguard.interp.state.model import CommandRun
from dfguard.interp.values import Binding, Known, Unknown, known, merge_because
from dfguard.syntax.shell.nodes import AndOr, Command, Negation

if TYPE_CHECKING:
    from dfguard.core.source import Text
    from dfguard.interp.shell.state import Fate, Shell
    from dfguard.interp.shell.walk import Walk
    from dfguard.interp.values import Value
    from dfguard.syntax.shell.nodes import For, Node, Pipeline, While


def run_sequence(walk: Walk, items: tuple[Node, ...], shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """Commands in order; where `set -e` or an `exit` leaves the shell, the rest does not run."""
    outputs: list[Text | None] = [walk.empty]
    errors: list[Text | None] = [walk.empty]
    outcome = Outcome(shell.status, walk.empty, walk.empty)
    for number, item in enumerate(items):
        stops = shell.options.errexit and not fate.is_condition
        item_fate = fate
        if number + 1 < len(items):
            place = between(walk.source, item.span, items[number + 1].span)
            item_fate = swallowed(place, is_condition=fate.is_condition)
            if stops:
                item_fate = replace(walk.exit_fate, chain_by=place, is_condition=False)
        outcome = walk.node(item, shell, item_fate, stdin)
        outputs.append(outcome.output)
        errors.append(outcome.errors)
        if outcome.jump:
            break
        shell.status = outcome.status
        stops = shell.options.errexit and not fate.is_condition and not isinstance(item, AndOr | Negation)
        if stops and outcome.status not in (0, None) and not walk.exit_fate.is_fatal:
            outcome = replace(outcome, jump="exit")
            break
    return replace(outcome, output=together(outputs), errors=together(errors))


def run_and_or(walk: Walk, node: AndOr, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """A chain of `&&` and `||`: each part runs when the status before it is known to lead there, or perhaps."""
    parts = chain(node)
    own = [fate_in_chain(parts, i, fate, walk.exit_fate, walk.source) for i in range(len(parts))]
    whole = walk.node(parts[0][1], shell, own[0], stdin)
    last = 0
    for number in range(1, len(parts)):
        operator, part = parts[number]
        if whole.jump:
            return whole
        status = whole.status
        if own[last].is_fatal and status != 0:
            _shadowed(walk, operator, part, shell, own[number], stdin)
            status = 0
        if status is None:
            branch = shell.fork()
            _remember(walk, parts[last][1], operator, shell, branch)
            whole = _perhaps(walk, operator, part, (shell, branch), own[number], stdin, whole)
            last = number
        elif (status == 0) is (operator == "&&"):
            shell.status = status
            outcome = walk.node(part, shell, own[number], stdin)
            output, errors = (
                appended(whole.output, outcome.output),
                appended(whole.errors, outcome.errors),
            )
            whole, last = replace(outcome, output=output, errors=errors), number
    return whole


def _shadowed(walk: Walk, operator: str, part: Node, shell: Shell, fate: Fate, stdin: Stream) -> None:
    """What would run if a command failed that ends the build when it fails: noted, without consequences."""
    if operator == "||":
        aside = shell.fork()
        aside.is_certain = False
        walk.node(part, aside, replace(fate, is_condition=True), stdin)


def _remember(walk: Walk, test: Node, operator: str, shell: Shell, branch: Shell) -> None:
    """What a test in front of a part shows of the files, where the part runs (`branch`) and where it does not."""
    holds = operator == "&&"
    other = shell.fork()
    other.files = known_after(walk, test, other, holds=not holds)
    branch.files = known_after(walk, test, branch, holds=holds)
    shell.take(other)


def _perhaps(
    walk: Walk,
    operator: str,
    part: Node,
    ways: tuple[Shell, Shell],
    fate: Fate,
    stdin: Stream,
    before: Outcome,
) -> Outcome:
    """A part that runs or not: both ways are kept. `ways` are the shell in which it does not run, and the other."""
    shell, branch = ways
    branch.is_certain = shell.is_certain and operator == "&&"
    branch.status = 0 if operator == "&&" else None
    outcome = walk.node(part, branch, fate, stdin)
    if outcome.jump:
        if not walk.dropped(outcome, branch):
            shell.is_certain = False
        return replace(before, status=0 if operator == "||" else None)
    certain = shell.is_certain
    shell.join(branch)
    shell.is_certain = certain
    status = 0 if operator == "||" and outcome.status == 0 else None
    quiet = [text is not None and not text.value for text in (outcome.output, outcome.errors)]
    return Outcome(
        status,
        before.output if quiet[0] else None,
        before.errors if quiet[1] else None,
        why=outcome.why,
        lacks=outcome.lacks,
    )


def run_pipeline(walk: Walk, node: Pipeline, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """`a | b`: every part in a shell of its own, its output the input of the next."""
    failing = False
    errors: Text | None = walk.empty
    outcome = Outcome(0, walk.empty, walk.empty)
    for number, part in enumerate(node.parts):
        is_last = number + 1 == len(node.parts)
        part_fate = fate
        if not is_last and not shell.options.pipefail:
            place = between(walk.source, part.span, node.parts[number + 1].span)
            part_fate = swallowed(place, is_condition=True)
        inner = shell.fork()
        feed = stdin
        outcome = walk.framed("subshell", part_fate, inner, partial(walk.node, part, inner, part_fate, feed))
        shell.take_files(inner)
        stdin = Stream(outcome.output)
        errors = appended(errors, outcome.errors)
        failing = failing or outcome.status not in (0, None)
    if shell.options.pipefail and failing and outcome.status == 0:
        outcome = replace(outcome, status=1, why="a part of the pipeline fails")
    outcome = replace(outcome, errors=errors)
    return negated(outcome, shell) if node.is_negated else outcome


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
        return list(shell.arguments or ()), shell.arguments is not None
    fields = walk.expander(shell).fields(node.words)
    run = CommandRun("for", (), Command(node.span, ()), Place(walk.source, node.span), shell.cwd)
    call = CommandCall(walk, shell, run, fields, _nothing(walk))
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
    from dfguard.interp.shell.state import Stream

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

"""`;`, `&&`, `||` and `|`: parts of a list to what they do together, with both ways of what cannot be decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem.entries import appended, together
from dfguard.interp.shell import failure as fates
from dfguard.interp.shell.call import Stream
from dfguard.interp.shell.conditions import negated
from dfguard.interp.shell.control_flow import known_after
from dfguard.interp.shell.failure import Fate, swallowed
from dfguard.interp.shell.state import Outcome, Shell
from dfguard.syntax.shell.nodes import AndOr, Negation

if TYPE_CHECKING:
    from dfguard.core.source import Text
    from dfguard.interp.shell.evaluator import Walk
    from dfguard.syntax.shell.nodes import Node, Pipeline


def run_sequence(walk: Walk, items: tuple[Node, ...], shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """Commands in order; where `set -e` or an `exit` leaves the shell, the rest does not run."""
    outputs: list[Text | None] = [walk.empty]
    errors: list[Text | None] = [walk.empty]
    outcome = Outcome(shell.status, walk.empty, walk.empty)
    for number, item in enumerate(items):
        stops = shell.options.errexit and not fate.is_condition
        item_fate = fate
        if number + 1 < len(items):
            place = fates.between(walk.source, item.span, items[number + 1].span)
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
    parts = fates.chain(node)
    own = [fates.fate_in_chain(parts, i, fate, walk.exit_fate, walk.source) for i in range(len(parts))]
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
        status, before.output if quiet[0] else None, before.errors if quiet[1] else None, why=outcome.why
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
            place = fates.between(walk.source, part.span, node.parts[number + 1].span)
            part_fate = swallowed(place, is_condition=True)
        inner = shell.fork()
        feed = stdin
        outcome = walk.framed("subshell", part_fate, inner, walk.part(part, inner, part_fate, feed))
        shell.take_files(inner)
        stdin = Stream(outcome.output)
        errors = appended(errors, outcome.errors)
        failing = failing or outcome.status not in (0, None)
    if shell.options.pipefail and failing and outcome.status == 0:
        outcome = replace(outcome, status=1, why="a part of the pipeline fails")
    outcome = replace(outcome, errors=errors)
    return negated(outcome, shell) if node.is_negated else outcome

"""The condition of an `if` or a loop to what its failure leads to: another branch, another round, or nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.core.source import Place
from dfguard.interp.shell.failure import FATAL, Fate, always_fails, is_harmless, swallowed
from dfguard.interp.state.model import Failure
from dfguard.syntax.shell.nodes import Negation, Pipeline

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Stream
    from dfguard.interp.shell.evaluator import Walk
    from dfguard.interp.shell.state import Outcome, Shell
    from dfguard.syntax.shell.nodes import If, Node, While


def run_condition(walk: Walk, test: Node, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """A condition with the fate of what it is made of: a `!` in front turns the outcome around, not what it leads to."""
    if isinstance(test, Negation):
        return negated(walk.node(test.body, shell, fate, stdin), shell)
    return walk.node(test, shell, fate, stdin)


def fate_in_if(walk: Walk, node: If, index: int, outer: Fate) -> Fate:
    """What a failing command in the condition of branch `index` leads to: what the branch does that is then taken."""
    branch = node.branches[index]
    place = Place(walk.source, branch.test.span if branch.test is not None else node.span)
    if _is_negated(branch.test):
        then = branch.body
    else:
        following = node.branches[index + 1] if index + 1 < len(node.branches) else None
        if following is None:
            return swallowed(place, is_condition=True)
        if following.test is not None:
            return Fate(Failure.UNKNOWN, place, is_condition=True)
        then = following.body
    how = always_fails(then)
    if how:
        return replace(walk.exit_fate if how == "exit" else outer, is_condition=True)
    failure = Failure.SWALLOWED if is_harmless(then) else Failure.UNKNOWN
    return Fate(failure, place, is_condition=True)


def fate_in_loop(walk: Walk, node: While) -> Fate:
    """What a failing command in the condition of a loop leads to: the end of a `while`, another round of an `until`."""
    place = Place(walk.source, node.test.span)
    if node.is_until is _is_negated(node.test):
        return swallowed(place, is_condition=True)
    body = walk.source.text[node.body.span.start : node.body.span.end]
    if re.search(r"\bbreak\b", body):
        return Fate(Failure.UNKNOWN, place, is_condition=True)
    return replace(FATAL, is_condition=True)


def _is_negated(test: Node | None) -> bool:
    return isinstance(test, Negation) or (isinstance(test, Pipeline) and test.is_negated)


def negated(outcome: Outcome, shell: Shell) -> Outcome:
    """The outcome with its exit status turned around (`!`)."""
    status = outcome.status
    shell.status = None if status is None else int(status == 0)
    return replace(outcome, status=shell.status)

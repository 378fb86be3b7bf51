"""Conditions of a script, `if`, `case` and tests: one way when it can be decided, else all ways, joined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.patterns import matches_shell
from dfguard.core.record import replace
from dfguard.core.source import Place
from dfguard.interp.filesystem.entries import appended
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.expansion.tests import evaluate, refined
from dfguard.interp.shell.failure import always_fails, is_harmless
from dfguard.interp.shell.state import FATAL, Fate, Outcome, Shell, swallowed
from dfguard.interp.state.model import CommandRun, Failure
from dfguard.interp.values import Known, texts_of
from dfguard.syntax.shell.nodes import Command, Negation, Pipeline, Sequence, Test

if TYPE_CHECKING:
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.state import Stream
    from dfguard.interp.shell.walk import Walk
    from dfguard.syntax.shell.nodes import Case, CaseArm, If, Node, While, Word


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


MOST_BRANCHES = 20


def run_if(walk: Walk, node: If, shell: Shell, fate: Fate, stdin: Stream, index: int = 0) -> Outcome:
    """`if … elif … else … fi` from branch `index` on."""
    if index == len(node.branches):
        return Outcome(0, walk.empty, walk.empty)
    branch = node.branches[index]
    if branch.test is None:
        return walk.node(branch.body, shell, fate, stdin)
    place = Place(walk.source, branch.test.span)
    tested = run_condition(walk, branch.test, shell, fate_in_if(walk, node, index, fate), stdin)
    if tested.jump:
        return tested
    if tested.status == 0:
        return after(tested, walk.node(branch.body, shell, fate, stdin))
    if tested.status is not None:
        return after(tested, run_if(walk, node, shell, fate, stdin, index + 1))
    if index >= MOST_BRANCHES:
        walk.note(place, "more conditions than are followed")
        return walk.opaque(shell, because(Cause.NOT_FOLLOWED, "conditions decide"))
    taken, other = shell.fork(), shell.fork()
    taken.is_certain = other.is_certain = False
    taken.files = known_after(walk, branch.test, taken, holds=True)
    other.files = known_after(walk, branch.test, other, holds=False)
    outcomes = [walk.node(branch.body, taken, fate, stdin), run_if(walk, node, other, fate, stdin, index + 1)]
    return after(tested, merged(walk, shell, [taken, other], outcomes))


def after(first: Outcome, then: Outcome) -> Outcome:
    """The second outcome, behind what the first one printed."""
    return replace(
        then, output=appended(first.output, then.output), errors=appended(first.errors, then.errors)
    )


def merged(walk: Walk, shell: Shell, branches: list[Shell], outcomes: list[Outcome]) -> Outcome:
    """Become what holds whichever branch was taken; branches that left early wait for the frame they left."""
    certain = shell.is_certain
    staying = []
    for branch, outcome in zip(branches, outcomes, strict=True):
        if not outcome.jump:
            staying.append((branch, outcome))
        elif not walk.dropped(outcome, branch):
            certain = False
    if not staying:
        first = outcomes[0]
        return replace(first, status=first.status if len({o.status for o in outcomes}) == 1 else None)
    whole, rest = staying[0][0], [branch for branch, _ in staying[1:]]
    whole.join(*rest)
    before = shell.files
    for name in Shell.__slots__:
        setattr(shell, name, getattr(whole, name))
    if not rest:
        shell.files = before.adopt(whole.files, ())
    shell.is_certain = certain
    outputs = {outcome.output for _, outcome in staying}
    errors = {outcome.errors for _, outcome in staying}
    statuses = {outcome.status for _, outcome in staying}
    return Outcome(
        statuses.pop() if len(statuses) == 1 else None,
        outputs.pop() if len(outputs) == 1 else None,
        errors.pop() if len(errors) == 1 else None,
    )


def known_after(walk: Walk, test: Node, shell: Shell, *, holds: bool) -> FileSystem:
    """The files as the outcome of a test shows them."""
    while isinstance(test, Negation | Sequence):
        if isinstance(test, Negation):
            test, holds = test.body, not holds
        elif len(test.items) == 1:
            test = test.items[0]
        else:
            return shell.files
    words = None
    if isinstance(test, Test):
        words = test.words
    elif isinstance(test, Command) and test.name in ("test", "["):
        words = test.words[1:-1] if test.name == "[" else test.words[1:]
    if words is None:
        return shell.files
    return refined(walk.expander(shell).fields(words), shell, holds=holds)


def run_test(walk: Walk, node: Test, shell: Shell, fate: Fate) -> Outcome:
    """`[ … ]`, `[[ … ]]`, `test …`."""
    is_extended = walk.source.text.startswith("[[", node.span.start)
    expander = walk.expander(shell.in_conditions())
    fields = [expander.field(w) for w in node.words] if is_extended else expander.fields(node.words)
    if is_extended:
        fields = [
            _with_pattern(walk, shell, word, field) for word, field in zip(node.words, fields, strict=True)
        ]
    walk.report.ran(
        CommandRun(
            "test",
            (Known("test"), *(field.value for field in fields)),
            Command(node.span, node.words),
            Place(walk.source, node.span),
            shell.cwd,
            is_certain=shell.is_certain,
            failure=fate.failure,
            swallowed_by=fate.swallowed_by,
        )
    )
    truth = evaluate(fields, shell, is_extended=is_extended)
    status = None if truth is None else int(not truth)
    shell.status = status
    return Outcome(status, walk.empty, walk.empty)


def _with_pattern(walk: Walk, shell: Shell, word: Word, field: Field) -> Field:
    pattern = walk.expander(shell).pattern(word)
    has_wildcards = pattern is not None and any(c in pattern for c in "*?[\\")
    return replace(field, pattern=pattern) if has_wildcards else field


def run_case(walk: Walk, node: Case, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """`case word in … esac`: the arm that matches, or all that may."""
    subject = walk.expander(shell.in_conditions()).value(node.subject)
    texts = texts_of(subject)
    possible: list[CaseArm | None] = []
    for arm in node.arms:
        patterns = [walk.expander(shell).pattern(word) for word in arm.patterns]
        is_open = texts is None or any(p is None for p in patterns)
        hits = [t for t in texts or () if any(p is not None and matches_shell(p, t) for p in patterns)]
        always = "*" in patterns
        if hits or is_open or always:
            possible.append(arm)
        if (texts is not None and len(hits) == len(texts)) or always:
            break
    else:
        if texts is not None and not possible:
            return Outcome(0, walk.empty, walk.empty)
        possible.append(None)
    if len(possible) == 1 and possible[0] is not None:
        return walk.node(possible[0].body, shell, fate, stdin)
    branches, outcomes = [], []
    for taken in possible[:MOST_BRANCHES]:
        branch = shell.fork()
        branch.is_certain = False
        branches.append(branch)
        outcomes.append(
            Outcome(0, walk.empty, walk.empty)
            if taken is None
            else walk.node(taken.body, branch, fate, stdin)
        )
    return merged(walk, shell, branches, outcomes)

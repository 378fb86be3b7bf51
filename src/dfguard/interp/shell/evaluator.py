"""A parsed script to what it does: every node walked over a shell's state, with both ways of what cannot be decided.

Source: POSIX.1-2024 XCU 2.8 and 2.9 (exit status, lists, compound commands, `set -e`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, assert_never

from dfguard.core.source import Place
from dfguard.interp.shell.control_flow import negated, run_case, run_if, run_test
from dfguard.interp.shell.nested import substituted
from dfguard.interp.shell.redirects import redirected
from dfguard.interp.shell.sequences import run_and_or, run_for, run_pipeline, run_sequence, run_while
from dfguard.interp.shell.simple_commands import run_command, run_words
from dfguard.interp.shell.state import Outcome, Stream, swallowed
from dfguard.interp.shell.walk import Walk
from dfguard.syntax.shell.nodes import (
    AndOr,
    Background,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Negation,
    Node,
    Pipeline,
    Sequence,
    Test,
    UnreadNode,
    While,
)

if TYPE_CHECKING:
    from dfguard.core.source import Source
    from dfguard.interp.shell.state import Fate, Shell
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, RunMount


def run_node(walk: Walk, node: Node, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """Run one node; the shell is changed in place."""
    match node:
        case Command():
            return run_command(walk, node, shell, fate, stdin)
        case AndOr():
            return run_and_or(walk, node, shell, fate, stdin)
        case Sequence(items=items):
            return run_sequence(walk, items, shell, fate, stdin)
        case Pipeline():
            return run_pipeline(walk, node, shell, fate, stdin)
        case Negation(body=body):
            place = Place(walk.source, node.span)
            return negated(walk.node(body, shell, swallowed(place, is_condition=True), stdin), shell)
        case Background(body=body):
            return _background(walk, node, body, shell)
        case Function(name=name, body=body):
            shell.functions[name] = body
            return Outcome(0, walk.empty, walk.empty)
        case UnreadNode(why=why):
            walk.note(Place(walk.source, node.span), why)
            return walk.lost(shell, why)
        case Group() | If() | For() | While() | Case() | Test():
            action = partial(_compound, walk, node, shell, fate)
            return redirected(walk, node.span, node.redirects, shell, stdin, action)
    assert_never(node)


def _compound(
    walk: Walk, node: Group | If | For | While | Case | Test, shell: Shell, fate: Fate, stdin: Stream
) -> Outcome:
    """A compound command or test whose redirections are open."""
    match node:
        case Group():
            return _group(walk, node, shell, fate, stdin)
        case If():
            return run_if(walk, node, shell, fate, stdin)
        case For():
            return run_for(walk, node, shell, fate, stdin)
        case While():
            return run_while(walk, node, shell, fate, stdin)
        case Case():
            return run_case(walk, node, shell, fate, stdin)
        case Test():
            return run_test(walk, node, shell, fate)
    assert_never(node)


def _group(walk: Walk, node: Group, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    if not node.is_subshell:
        return walk.node(node.body, shell, fate, stdin)
    inner = shell.fork()
    outcome = walk.framed("subshell", fate, inner, partial(walk.node, node.body, inner, fate, stdin))
    shell.take_files(inner)
    shell.status = outcome.status
    return outcome


def _background(walk: Walk, node: Background, body: Node, shell: Shell) -> Outcome:
    """What runs in the background may or may not be done by the time the step ends."""
    inner = shell.fork()
    fate = swallowed(Place(walk.source, node.span), is_condition=True)
    walk.framed("subshell", fate, inner, partial(walk.node, body, inner, fate, Stream(walk.empty)))
    shell.files = shell.files.join(inner.files)
    return Outcome(0, None, None)


class Evaluator:
    """Runs the nodes of any walk; it remembers nothing."""

    node = staticmethod(run_node)
    words = staticmethod(run_words)
    substituted = staticmethod(substituted)


def walk_of(state: BuildState, world: World, source: Source, mounts: tuple[RunMount, ...] = ()) -> Walk:
    """A walk over the scripts of a step, from the state before it; nothing is walked yet."""
    return Walk(Evaluator(), state, world, source, mounts)

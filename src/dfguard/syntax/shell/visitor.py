"""A script to its commands, each with what it reads from: those in substitutions and nested shells too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.shell.nested import nested_script
from dfguard.syntax.shell.nodes import (
    AndOr,
    Assignment,
    Background,
    Case,
    Command,
    Dialect,
    For,
    Function,
    Group,
    If,
    Negation,
    Node,
    Parameter,
    Pipeline,
    Redirect,
    Script,
    Sequence,
    Substitution,
    Test,
    UnreadNode,
    While,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Met(Record):
    """A node with the dialect and depth of its script, and the node whose output it reads."""

    node: Node
    pipe_from: Node | None
    dialect: Dialect
    depth: int


def nodes_of(script: Script, *, is_nested: bool = True) -> Iterator[Met]:
    """Every node of a script in the order of the text, outer nodes first: those in command substitutions, and with
    `is_nested` those of `sh -c '…'` and its like. Walks without recursion.
    """
    stack = [Met(script.body, None, script.dialect, script.depth)]
    while stack:
        met = stack.pop()
        yield met
        inner = list(_inner(met))
        if is_nested and isinstance(met.node, Command):
            nested = nested_script(met.node, dialect=met.dialect, pipe_from=met.pipe_from, depth=met.depth)
            if nested:
                inner.append(Met(nested.body, None, nested.dialect, nested.depth))
        stack += reversed(inner)


def _inner(met: Met) -> Iterator[Met]:
    for word in _words(met.node):
        for script in _scripts(word):
            yield Met(script.body, None, script.dialect, script.depth)
    previous: Node | None = None
    for node in _nodes(met.node):
        is_reader = isinstance(met.node, Pipeline)
        yield Met(
            node,
            previous if is_reader else met.pipe_from if _passes(met.node) else None,
            met.dialect,
            met.depth,
        )
        if is_reader:
            previous = node if previous is None else Pipeline(met.node.span, (*_parts(previous), node))


def _parts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, Pipeline) and not node.is_negated else (node,)


def _passes(node: Node) -> bool:
    """Whether the first command inside reads what the node reads."""
    return isinstance(node, Group | Negation)


def _nodes(node: Node) -> tuple[Node, ...]:
    match node:
        case Pipeline(_, parts):
            return parts
        case AndOr(_, _, left, right):
            return left, right
        case Sequence(_, items):
            return items
        case (
            Background(_, body)
            | Group(_, body)
            | Negation(_, body)
            | For(_, _, _, body)
            | Function(_, _, body)
        ):
            return (body,)
        case If(_, branches):
            return tuple(n for branch in branches for n in (branch.test, branch.body) if n is not None)
        case While(_, test, body):
            return test, body
        case Case(_, _, arms):
            return tuple(arm.body for arm in arms)
        case Command() | Test() | UnreadNode():
            return ()


def _words(node: Node) -> Iterator[Word]:
    match node:
        case Command(_, words, assignments, redirects):
            yield from _of_assignments(assignments)
            yield from words
            yield from _of_redirects(redirects)
        case Test(_, words, redirects):
            yield from words
            yield from _of_redirects(redirects)
        case For(_, _, words, _, redirects):
            yield from words or ()
            yield from _of_redirects(redirects)
        case Case(_, subject, arms, redirects):
            yield subject
            for arm in arms:
                yield from arm.patterns
            yield from _of_redirects(redirects)
        case Group(_, _, _, redirects) | If(_, _, redirects) | While(_, _, _, _, redirects):
            yield from _of_redirects(redirects)
        case _:
            return


def _of_assignments(assignments: tuple[Assignment, ...]) -> Iterator[Word]:
    for assignment in assignments:
        if assignment.value is not None:
            yield assignment.value
        yield from assignment.elements or ()


def _of_redirects(redirects: tuple[Redirect, ...]) -> Iterator[Word]:
    for redirect in redirects:
        if redirect.target is not None and redirect.content is None:
            yield redirect.target
        if redirect.content is not None:
            yield redirect.content


def _scripts(word: Word) -> Iterator[Script]:
    for part in word.parts:
        if isinstance(part, Substitution) and part.script:
            yield part.script
        elif isinstance(part, Parameter) and part.operand:
            yield from _scripts(part.operand)

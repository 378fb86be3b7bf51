"""Where a command stands in a script to what becomes of its failure: it ends the build, or something swallows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import replace
from dfguard.core.source import Place, Span
from dfguard.interp.shell.state import Fate, swallowed
from dfguard.interp.state.model import Failure
from dfguard.syntax.shell.nodes import AndOr, Command, Group, Negation, Sequence, Test

if TYPE_CHECKING:
    from dfguard.core.source import Source
    from dfguard.syntax.shell.nodes import Node


HARMLESS = frozenset(
    """
    true : echo printf exit return test [ sleep cat date ls pwd logger warn log touch mkdir rm
    """.split()
)
"""Commands that, behind `||`, take note of a failure or tidy up, but do nothing instead of what failed."""


def between(source: Source, left: Span, right: Span) -> Place:
    """The operator that stands between two nodes (`;`, a line feed, `||`), as a place."""
    text = source.text[left.end : right.start]
    stripped = text.strip(" \t\\\r")
    at = left.end + (len(text) - len(text.lstrip(" \t\\\r")) if stripped else 0)
    first = stripped.split("\n")[0].strip() if stripped.strip() else "\n"
    length = len(first) if first and first[0] in ";&|" else 1
    return Place(
        source,
        Span(at, max(at + min(length, 2), at + 1)) if at < right.start else Span(left.end, right.start),
    )


def chain(node: AndOr) -> list[tuple[str, Node]]:
    """An and-or list as (operator before it, node), from left to right; the first operator is empty."""
    parts: list[tuple[str, Node]] = []
    current: Node = node
    while isinstance(current, AndOr):
        parts.append((current.operator, current.right))
        current = current.left
    return [("", current), *reversed(parts)]


def fate_in_chain(
    parts: list[tuple[str, Node]], index: int, outer: Fate, exit_fate: Fate, source: Source
) -> Fate:
    """The fate of one part of an and-or list: what the next `||` behind it does with its failure."""
    for at in range(index + 1, len(parts)):
        operator, node = parts[at]
        if operator != "||":
            continue
        how = always_fails(node)
        place = _handler_place(parts, at, source)
        if how == "exit":
            return replace(exit_fate, is_condition=True)
        if how:
            return replace(fate_in_chain(parts, at, outer, exit_fate, source), is_condition=True)
        failure = Failure.SWALLOWED if is_harmless(node) else Failure.UNKNOWN
        return Fate(failure, place, is_condition=True)
    if index + 1 == len(parts):
        return outer
    if outer.chain_by is not None:
        return swallowed(outer.chain_by, is_condition=True)
    return replace(outer, is_condition=True)


def _handler_place(parts: list[tuple[str, Node]], at: int, source: Source) -> Place:
    """From the `||` to the end of what follows it."""
    before, node = parts[at - 1][1], parts[at][1]
    operator = source.text.find("||", before.span.end, node.span.start)
    start = operator if operator >= 0 else node.span.start
    return Place(source, Span(start, max(start, node.span.end)))


def always_fails(node: Node) -> str:
    """`exit` when the node surely leaves the shell with a failure, `fail` when it surely fails otherwise, else empty."""
    match node:
        case Command():
            return _command_fails(node)
        case Group(body=body, is_subshell=is_subshell):
            how = always_fails(body)
            return "fail" if how and is_subshell else how
        case Sequence(items=items):
            if any(always_fails(item) == "exit" for item in items):
                return "exit"
            return always_fails(items[-1]) if items else ""
        case AndOr():
            parts = chain(node)
            if any(operator == "||" for operator, _ in parts):
                return ""
            return always_fails(parts[-1][1]) if all(is_harmless(part) for _, part in parts[:-1]) else ""
        case _:
            return ""


def _command_fails(command: Command) -> str:
    name = command.name
    if name == "false":
        return "fail"
    if name not in ("exit", "return") or len(command.words) < 2:
        return ""
    status = command.words[1].literal
    number = whole_number(status.removeprefix("-")) if status is not None else None
    if number is None or number % 256 == 0:
        return ""
    return "exit" if name == "exit" else "fail"


def is_harmless(node: Node) -> bool:
    """Whether the node only reports or tidies up (see HARMLESS)."""
    match node:
        case Command():
            return not node.words or (node.name or "?").rpartition("/")[2] in HARMLESS
        case Group(body=body) | Negation(body=body):
            return is_harmless(body)
        case Sequence(items=items):
            return all(is_harmless(item) for item in items)
        case AndOr():
            return all(is_harmless(part) for _, part in chain(node))
        case Test():
            return True
        case _:
            return False

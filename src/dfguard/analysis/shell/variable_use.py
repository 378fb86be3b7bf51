"""A script to the variables it uses, and to those it sets itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.shell.calls import nodes
from dfguard.syntax.shell.nodes import Case, Command, For, Parameter, Test

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.syntax.shell.nodes import Node, Script, Word

_SETTERS = frozenset(["read", "getopts", "mapfile", "readarray", "printf", "source", ".", "eval"])


def used_parameters(script: Script) -> Iterator[Parameter]:
    """The parameters of a script in the order of the text, those in quoted words and in operands included."""
    for node in nodes(script.body):
        yield from _in_words(_words_of(node))


def _words_of(node: Node) -> Iterator[Word]:
    if isinstance(node, Command):
        yield from node.words
        for assignment in node.assignments:
            yield from (assignment.value,) if assignment.value else ()
            yield from assignment.elements or ()
        for redirect in node.redirects:
            yield from (word for word in (redirect.target, redirect.content) if word)
    elif isinstance(node, For | Test):
        yield from node.words or ()
    elif isinstance(node, Case):
        yield node.subject


def _in_words(words: Iterable[Word]) -> Iterator[Parameter]:
    for word in words:
        for part in word.parts:
            if isinstance(part, Parameter):
                yield part
                yield from _in_words((part.operand,)) if part.operand else ()


def set_by_script(script: Script) -> frozenset[str] | None:
    """The variables that the script itself sets; None when it may set any (`eval`, a sourced file)."""
    found: set[str] = set()
    for node in nodes(script.body):
        if isinstance(node, For):
            found.add(node.name)
        elif isinstance(node, Command):
            found.update(assignment.name for assignment in node.assignments)
            if node.name in _SETTERS:
                if node.name in {"source", ".", "eval"}:
                    return None
                found.update(word.literal or "" for word in node.words[1:])
    return frozenset(found)

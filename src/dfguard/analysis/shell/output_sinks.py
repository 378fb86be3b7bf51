"""A script to where the output of its commands goes: into the log, or into a pipe, a variable, a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.shell.calls import nodes
from dfguard.syntax.shell.nodes import Case, Command, For, Group, Parameter, Pipeline, Substitution, Test

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.syntax.shell.nodes import Node, Redirect, Script, Word

_WRITES = frozenset([">", ">>", ">|", "&>", "&>>"])
_LOG = frozenset(["/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2", "/proc/self/fd/1"])


def output_of(redirects: tuple[Redirect, ...]) -> Redirect | None:
    """The redirection that takes standard output away from the log, None when none does."""
    taking = (
        r for r in redirects if r.operator in _WRITES and (r.operator[0] == "&" or r.descriptor in (None, 1))
    )
    last = next(reversed(list(taking)), None)
    return None if last is None or (last.target and last.target.literal in _LOG) else last


def captured(script: Script) -> frozenset[int]:
    """The identities of the commands whose standard output does not reach the log."""
    return frozenset(id(command) for node in nodes(script.body) for command in _captured_by(node))


def _captured_by(node: Node) -> Iterator[Command]:
    if isinstance(node, Command):
        yield from _commands(node, without=node)
        if output_of(node.redirects):
            yield node
    elif isinstance(node, Pipeline):
        for part in node.parts[:-1]:
            yield from _commands(part)
    elif (isinstance(node, Group) and output_of(node.redirects)) or isinstance(node, Test):
        yield from _commands(node)
    elif isinstance(node, For | Case):
        yield from _substituted((node.subject,) if isinstance(node, Case) else node.words or ())


def _substituted(words: Iterable[Word]) -> Iterator[Command]:
    """The commands whose output is put into the words."""
    for part in (part for word in words for part in word.parts):
        if isinstance(part, Substitution) and part.script:
            yield from _commands(part.script.body)
        elif isinstance(part, Parameter) and part.operand:
            yield from _substituted((part.operand,))


def _commands(node: Node, without: Node | None = None) -> Iterator[Command]:
    return (inner for inner in nodes(node) if isinstance(inner, Command) and inner is not without)

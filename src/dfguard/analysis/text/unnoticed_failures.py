"""A RUN of several commands to the one whose failure nobody notices, since a later command decides how the step ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.secrets.verified_files import verifies
from dfguard.analysis.shell.output_sinks import output_of
from dfguard.analysis.shell.variable_use import used_parameters
from dfguard.analysis.text.blind_commands import brings, is_blind, is_preparing
from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.shell.state import read_flags
from dfguard.interp.state.model import Failure
from dfguard.syntax.shell.calls import nodes
from dfguard.syntax.shell.nested import all_calls
from dfguard.syntax.shell.nodes import (
    AndOr,
    Case,
    Command,
    Dialect,
    For,
    Group,
    If,
    Pipeline,
    Sequence,
    While,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.state.model import CommandRun, Step
    from dfguard.syntax.shell.calls import Call
    from dfguard.syntax.shell.nodes import Node, Script


class Unnoticed(Record):
    """A command whose failure nobody notices: `name` is its program, `last` the command that decides instead of it, `operator`
    what lets the shell go on. `is_strict`: the shell stops at failures, but not at this one. `is_check`: it verifies a checksum or a signature,
    and does nothing else; `is_preparing`: it only fetches lists or brings an installer up to date.
    """

    place: Place
    name: str
    last: Place
    operator: Place
    is_heredoc: bool
    is_strict: bool
    is_check: bool = False
    is_preparing: bool = False
    is_certain: bool = True


def unnoticed(step: Step) -> Unnoticed | None:
    """The first check of a RUN whose outcome nobody looks at, else the first download, install or build whose failure the
    last command does not show. None where `set -e`, the shell's own options or `&&` let every failure through.
    """
    script = step.effects.script
    if script is None or script.dialect is Dialect.OTHER or script.broken:
        return None
    if not any(run.failure is Failure.SWALLOWED for run in step.effects.commands) or _is_trapped(script):
        return None
    asked = max((p.span.start for p in used_parameters(script) if p.name in _STATUS), default=-1)
    found = [one for one in _found(step, script) if one.place.span.start > asked]
    return min(found, key=lambda one: (not one.is_check, one.is_preparing), default=None)


_STATUS = frozenset(["?", "PIPESTATUS"])


def _is_trapped(script: Script) -> bool:
    """Whether a trap of bash looks at every failure."""
    return any(
        isinstance(node, Command) and node.name == "trap" and any(w.literal == "ERR" for w in node.words)
        for node in nodes(script.body)
    )


def _found(step: Step, script: Script) -> Iterator[Unnoticed]:
    calls = {id(call.command): call for call in all_calls(script)}
    runs: dict[int, list[CommandRun]] = {}
    for run in step.effects.commands:
        runs.setdefault(id(run.command), []).append(run)
    whole = script.body if _is_heredoc(step) else None
    strict = _is_strict(step, script)
    for sequence, decides in _sequences(script.body, decides=True):
        for item, *later in _tails(sequence.items):
            for command in _links(item):
                call, own = calls.get(id(command)), runs.get(id(command), [])
                operator = _operator(own, item, later[0], script)
                if call is None or operator is None:
                    continue
                is_check = verifies(call) and not _is_kept(command)
                if is_check or (decides and _is_lost(call, later, calls, is_heredoc=sequence is whole)):
                    yield Unnoticed(
                        Place(script.source, command.span),
                        call.name,
                        Place(script.source, later[-1].span),
                        operator,
                        whole is not None,
                        strict,
                        is_check,
                        is_preparing(call),
                        all(run.is_certain for run in own),
                    )


def _is_strict(step: Step, script: Script) -> bool:
    """Whether the shell is told somewhere to stop at failures."""
    given = [*step.before.shell, *(script.shebang or "").split()]
    for node in nodes(script.body):
        if isinstance(node, Command) and node.name == "set":
            given += [word.literal or "" for word in node.words[1:]]
    return read_flags(given).errexit or "errexit" in given


def _tails(items: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    return (items[at:] for at in range(len(items) - 1))


def _operator(runs: list[CommandRun], item: Node, following: Node, script: Script) -> Place | None:
    """The `;` or line feed behind an item that lets the shell go on when the command fails; None when something ends it."""
    place = runs[0].swallowed_by if runs else None
    if place is None or any(run.failure is not Failure.SWALLOWED for run in runs):
        return None
    is_here = place.source is script.source and item.span.end <= place.span.start < following.span.start
    return place if is_here else None


def _is_kept(command: Command) -> bool:
    """Whether a file takes what a check prints, where something else may look at it."""
    output = output_of(command.redirects)
    return output is not None and not (output.target and output.target.literal == "/dev/null")


def _is_heredoc(step: Step) -> bool:
    """Whether a heredoc is the whole script."""
    own = step.instruction
    return len(own.heredocs) == 1 and own.heredocs[0].operator == own.rest.span()


def _sequences(node: Node, *, decides: bool) -> Iterator[tuple[Sequence, bool]]:
    """The lists of at least two commands, each with whether its last command decides how the script ends."""
    match node:
        case Sequence(items=items):
            if len(items) > 1:
                yield node, decides
            for number, item in enumerate(items, 1):
                yield from _sequences(item, decides=decides and number == len(items))
        case Group(body=body):
            yield from _sequences(body, decides=decides)
        case For(body=body) | While(body=body):
            yield from _sequences(body, decides=False)
        case AndOr(operator="&&"):
            yield from _sequences(node.left, decides=False)
            yield from _sequences(node.right, decides=decides)
        case If(branches=branches):
            for branch in branches:
                yield from _sequences(branch.body, decides=decides)
        case Case(arms=arms):
            for arm in arms:
                yield from _sequences(arm.body, decides=decides)
        case _:
            return


def _links(node: Node) -> Iterator[Command]:
    """The commands each of whose failures makes the node fail."""
    match node:
        case AndOr(operator="&&"):
            yield from _links(node.left)
            yield from _links(node.right)
        case Pipeline(is_negated=False):
            yield from _links(node.parts[-1])
        case Command():
            yield node
        case _:
            return


def _is_lost(call: Call, later: list[Node], calls: dict[int, Call], *, is_heredoc: bool) -> bool:
    """Whether a command downloads, installs or builds, and nothing that follows shows that it failed. The commands of a
    heredoc look like a script, of which its writer expects that it stops where it fails.
    """
    if not brings(call) or any(
        isinstance(node, If) or (isinstance(node, AndOr) and node.operator == "||") for node in later
    ):
        return False
    return is_heredoc or is_blind(later[-1], call, calls)

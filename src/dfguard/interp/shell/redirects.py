"""Redirections of a command to the files they make and to where its output goes."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number
from dfguard.core.record import Record, replace
from dfguard.core.source import Place
from dfguard.interp.filesystem.entries import EntryKind, Presence, appended, size_of
from dfguard.interp.shell.call import CommandCall
from dfguard.interp.shell.effects.file_actions import put, write_file
from dfguard.interp.shell.expansion.words import Field
from dfguard.interp.shell.state import Outcome, Stream
from dfguard.interp.state.model import CommandRun
from dfguard.interp.values import Known, known
from dfguard.syntax.shell.nodes import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.core.source import Span, Text
    from dfguard.interp.shell.expansion.words import Expander
    from dfguard.interp.shell.state import Shell
    from dfguard.interp.shell.walk import Walk
    from dfguard.syntax.shell.nodes import Redirect


_WRITES = frozenset([">", ">>", ">|", "&>", "&>>", "<>"])
_SINKS = frozenset(["/dev/null", "/dev/full"])


class Kind(Enum):
    """Where a descriptor leads."""

    CAPTURED = "captured"
    ERRORS = "errors"
    FILE = "file"
    NOWHERE = "nowhere"


class Sink(Record):
    """One descriptor's end: `path` is the real path of a file that was opened."""

    kind: Kind
    path: str = ""
    place: Field | None = None


class Plumbing(Record):
    """A command's descriptors after its redirections; `failed` says why one could not be opened."""

    stdin: Stream
    output: Sink = Sink(Kind.CAPTURED)
    errors: Sink = Sink(Kind.ERRORS)
    failed: str = ""
    is_certain: bool = True


def opened(redirects: tuple[Redirect, ...], call: CommandCall, expander: Expander) -> Plumbing:
    """Open everything from left to right, as the shell does before the command runs; files are made or emptied."""
    plumbing = Plumbing(call.stdin)
    for redirect in redirects:
        plumbing = _opened(redirect, call, expander, plumbing)
        if plumbing.failed:
            return plumbing
    return plumbing


def _opened(redirect: Redirect, call: CommandCall, expander: Expander, so_far: Plumbing) -> Plumbing:
    operator = redirect.operator
    if operator in ("<<", "<<-"):
        return replace(so_far, stdin=Stream(_body(redirect, expander)))
    if redirect.target is None:
        return so_far
    field = expander.field(redirect.target)
    if operator == "<<<":
        text = field.text
        return replace(so_far, stdin=Stream(appended(text, call.made("\n")) if text is not None else None))
    if operator == "<":
        return _read_from(field, call, so_far) if redirect.descriptor in (None, 0) else so_far
    target = known(field.value) or ""
    if operator in (">&", "<&") and (is_number(target.removesuffix("-")) or target == "-"):
        return _duplicated(redirect, target, so_far)
    if operator not in _WRITES and operator != ">&":
        return so_far
    return _written_to(redirect, field, call, so_far)


def _body(redirect: Redirect, expander: Expander) -> Text | None:
    if redirect.content is not None and redirect.expands:
        return expander.field(redirect.content).text
    return redirect.body


def _read_from(field: Field, call: CommandCall, so_far: Plumbing) -> Plumbing:
    operand = call.operand(replace(field, pattern=None))
    if operand.path is None:
        return replace(so_far, stdin=Stream(None), is_certain=False)
    if operand.path == "/dev/null":
        return replace(so_far, stdin=Stream(call.made("")))
    entry = call.files.resolve(operand.path)
    if entry.presence is Presence.ABSENT and not operand.path.startswith("/dev/"):
        return replace(so_far, failed=f"{operand.path} does not exist")
    is_file = entry.presence is Presence.PRESENT and entry.kind is EntryKind.FILE
    return replace(
        so_far, stdin=Stream(entry.content if is_file else None), is_certain=so_far.is_certain and is_file
    )


def _duplicated(redirect: Redirect, target: str, so_far: Plumbing) -> Plumbing:
    number = redirect.descriptor if redirect.descriptor is not None else 1
    goals = {"1": so_far.output, "2": so_far.errors, "-": Sink(Kind.NOWHERE)}
    goal = goals.get(target)
    if goal is None or redirect.operator == "<&":
        return so_far
    if number == 1:
        return replace(so_far, output=goal)
    return replace(so_far, errors=goal) if number == 2 else so_far


def _written_to(redirect: Redirect, field: Field, call: CommandCall, so_far: Plumbing) -> Plumbing:
    operand = call.operand(replace(field, pattern=None))
    if operand.path in _SINKS:
        goal = Sink(Kind.NOWHERE)
    elif operand.path in ("/dev/stdout", "/dev/fd/1"):
        goal = so_far.output
    elif operand.path in ("/dev/stderr", "/dev/fd/2"):
        goal = so_far.errors
    else:
        appends = redirect.operator in (">>", "&>>", "<>")
        before = call.status
        works = write_file(call, operand, call.made(""), appends=appends, is_payload=False)
        if works is False:
            return replace(so_far, failed=call.why or "the redirection fails")
        call.status = before
        goal = Sink(Kind.FILE, call.files.real(operand.path) if operand.path else "", field)
        so_far = replace(so_far, is_certain=so_far.is_certain and works is True)
    number = redirect.descriptor
    if redirect.operator in ("&>", "&>>") or (redirect.operator == ">&" and number is None):
        return replace(so_far, output=goal, errors=goal)
    if number in (None, 1):
        return replace(so_far, output=goal)
    return replace(so_far, errors=goal) if number == 2 else so_far


def delivered(outcome: Outcome, plumbing: Plumbing, call: CommandCall) -> Outcome:
    """The outcome with what was written put where the descriptors lead."""
    captured: list[Text | None] = []
    errors: list[Text | None] = []
    is_shared = plumbing.output == plumbing.errors and plumbing.output.kind is Kind.FILE
    for text, goal in ((outcome.output, plumbing.output), (outcome.errors, plumbing.errors)):
        match goal.kind:
            case Kind.CAPTURED:
                captured.append(text)
            case Kind.ERRORS:
                errors.append(text)
            case Kind.FILE:
                both_speak = is_shared and outcome.output != "" and outcome.errors is None
                _append(goal, None if both_speak else text, call)
            case Kind.NOWHERE:
                pass
    return replace(outcome, output=_together(captured, call), errors=_together(errors, call))


def _together(texts: list[Text | None], call: CommandCall) -> Text | None:
    whole: Text | None = call.made("")
    for text in texts:
        whole = appended(whole, text)
    return whole


def _append(goal: Sink, text: Text | None, call: CommandCall) -> None:
    """Add what a command wrote to the file its descriptor leads to."""
    if not goal.path or (text is not None and not text.value):
        return
    entry = call.files.look(goal.path)
    if entry.presence is Presence.ABSENT or entry.kind is not EntryKind.FILE:
        return
    content = appended(entry.content, text)
    grown = replace(entry, content=content, size=size_of(content), context_path=None)
    field = goal.place or Field(Known(goal.path), call.place)
    operand = call.operand(Field(Known(goal.path, field.value.because), field.place))
    put(call, operand, grown, text, appends=entry.content is None)
    call.wrote(goal.path, operand)


def redirected(
    walk: Walk,
    span: Span,
    redirects: tuple[Redirect, ...],
    shell: Shell,
    stdin: Stream,
    action: Callable[[Stream], Outcome],
) -> Outcome:
    """Run a compound command with its own redirections; `action` takes what it then reads from."""
    if not redirects:
        return action(stdin)
    run = CommandRun(
        "", (), Command(span, ()), Place(walk.source, span), shell.cwd, is_certain=shell.is_certain
    )
    call = CommandCall(walk, shell, run, (), stdin)
    plumbing = opened(redirects, call, walk.expander(shell))
    if plumbing.failed:
        return Outcome(1, walk.empty, None, why=plumbing.failed)
    return delivered(action(plumbing.stdin), plumbing, call)

"""A simple command to what it does: words expanded, wrappers taken off, output redirected, the transfer function called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.core.source import Place
from dfguard.interp.filesystem import paths
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.call import CommandCall
from dfguard.interp.shell.commands import transfer
from dfguard.interp.shell.effects.load_effects import note_loads
from dfguard.interp.shell.effects.project_environments import make_environment
from dfguard.interp.shell.effects.reach import unknown_command
from dfguard.interp.shell.expansion.parameters import ShellError
from dfguard.interp.shell.nested import call_function, keep_local, script_file
from dfguard.interp.shell.redirects import delivered, opened
from dfguard.interp.shell.registry import BUILTINS
from dfguard.interp.shell.state import Outcome, goes_unnoticed, missing_program
from dfguard.interp.shell.walk import refused
from dfguard.interp.shell.wrappers import unwrap
from dfguard.interp.state.model import CommandRun, Lack, Moment
from dfguard.interp.values import EMPTY, Known, Unknown, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.interp.shell.expansion.words import Expander, Field
    from dfguard.interp.shell.state import Fate, Shell, Stream
    from dfguard.interp.shell.walk import Walk
    from dfguard.interp.shell.wrappers import Wrapped
    from dfguard.interp.values import Value
    from dfguard.syntax.shell.nodes import Assignment, Command


DECLARATIONS = frozenset(["export", "readonly", "local", "declare", "typeset"])
MOST_WRAPPERS = 6


def run_command(walk: Walk, command: Command, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    """Run a simple command. Unless its failure ends the step, what it may or may not have done is kept apart."""
    if fate.is_fatal or _is_plain(command):
        outcome = _run(walk, command, shell, fate, stdin)
    else:
        trial = shell.fork()
        outcome = _run(walk, command, trial, fate, stdin)
        if outcome.status is None and not outcome.jump:
            trial.status = None
            shell.join(trial)
        else:
            shell.take(trial)
    shell.status = outcome.status
    return outcome


def _is_plain(command: Command) -> bool:
    """Whether it surely touches no file: assignments and a few builtins."""
    return not command.redirects and command.name in (
        None,
        "echo",
        "true",
        ":",
        "export",
        "set",
        "cd",
        "printf",
        "local",
    )


def _run(walk: Walk, command: Command, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
    expander = walk.expander(shell)
    try:
        fields = expander.fields(command.words)
        if not fields or known(fields[0].value) in DECLARATIONS:
            return _assigned(walk, command, shell, expander, fields, stdin)
        extra = tuple((a.name, _assigned_value(a, shell, expander)) for a in command.assignments)
        return _dispatched(walk, command, shell, fate, stdin, fields, extra, expander)
    except ShellError as error:
        return refused(walk, command.span, shell, error)


def _assigned_value(assignment: Assignment, shell: Shell, expander: Expander) -> Value:
    if assignment.value is None:
        return EMPTY
    if assignment.elements is not None:
        return Unknown(f"{assignment.name} is an array")
    value = expander.value(assignment.value)
    if assignment.appends:
        from dfguard.interp.values import concat

        return concat((shell.look(assignment.name) or EMPTY, value))
    return value


def _assigned(
    walk: Walk, command: Command, shell: Shell, expander: Expander, fields: list[Field], stdin: Stream
) -> Outcome:
    """`NAME=value`, alone or behind export, readonly, local; redirections of such a command make files all the same."""
    shell.status = 0
    name = known(fields[0].value) if fields else None
    place = Place(walk.source, command.span)
    call = CommandCall(
        walk, shell, _record(walk, command, shell, name or "", tuple(fields)), fields[1:], stdin
    )
    for assignment in command.assignments:
        if name == "local":
            keep_local(walk, assignment.name, shell)
        if assignment.value is not None:
            value = _assigned_value(assignment, shell, expander)
            text = assignment.value.raw.value
            shell.assign(assignment.name, value, Place(walk.source, assignment.span), text)
        if name == "export" or (name in ("declare", "typeset") and any(t == "-x" for t in call.texts())):
            shell.exported.add(assignment.name)
    status = shell.status if name is None else 0
    if name is not None:
        walk.report.ran(call.run)
        for field in fields[1:]:
            _exported(field, name, shell, walk, place)
    plumbing = opened(command.redirects, call, expander)
    if plumbing.failed:
        return Outcome(1, call.made(""), None, why=plumbing.failed)
    return Outcome(status, call.made(""), call.made(""))


def _exported(field: Field, name: str, shell: Shell, walk: Walk, place: Place) -> None:
    """An operand of export that came out of an expansion: `export $LIST`."""
    text = known(field.value)
    if text is None or text.startswith("-"):
        return
    variable, equals, value = text.partition("=")
    if name == "local":
        keep_local(walk, variable, shell)
    if equals:
        shell.assign(variable, Known(value, field.value.because), place, value)
    if name == "export":
        shell.exported.add(variable)


def _record(walk: Walk, command: Command, shell: Shell, name: str, fields: tuple[Field, ...]) -> CommandRun:
    return CommandRun(
        name=name,
        words=tuple(field.value for field in fields),
        command=command,
        place=Place(walk.source, command.span),
        workdir=shell.cwd,
        is_certain=shell.is_certain,
        user=shell.user if shell.user != walk.user else None,
    )


def _dispatched(
    walk: Walk,
    command: Command,
    shell: Shell,
    fate: Fate,
    stdin: Stream,
    fields: list[Field],
    extra: tuple[tuple[str, Value], ...],
    expander: Expander,
) -> Outcome:
    """Take wrappers off, open the redirections, run what is left."""
    words, wrappers, is_program, user, inner = tuple(fields), [], False, shell.user, shell
    kept: list[tuple[str, tuple[Field, ...]]] = []
    folder = shell.cwd
    for _ in range(MOST_WRAPPERS):
        wrapped = _unwrapped(walk, words, shell)
        if wrapped is None:
            break
        wrappers.append(wrapped.name)
        if wrapped.is_of_project:
            kept.append((wrapped.name.partition(" ")[0], wrapped.own))
        if wrapped.folder is not None:
            folder = _below(folder, wrapped.folder.value)
        words, is_program, user = wrapped.words, is_program or wrapped.is_program, wrapped.user or user
        if wrapped.clears:
            inner = shell.twin()
            inner.variables = {}
        if wrapped.unset:
            inner = inner.twin() if inner is shell else inner
            inner.variables = {n: v for n, v in inner.variables.items() if n not in wrapped.unset}
        extra += wrapped.variables
    name = known(words[0].value)
    record = _record(walk, command, shell, name or "", words)
    record = replace(
        record,
        environment=_seen(inner, extra, walk),
        failure=fate.failure,
        swallowed_by=fate.swallowed_by,
        wrappers=tuple(wrappers),
        user=user if user != walk.user else None,
        workdir=folder,
    )
    call = CommandCall(walk, shell, record, words[1:], stdin, fate)
    plumbing = opened(command.redirects, call, expander)
    if plumbing.failed:
        walk.report.ran(replace(record, fails_because=plumbing.failed))
        return Outcome(1, call.made(""), None, why=plumbing.failed)
    for tool, own in kept:
        make_environment(call, own, tool, "run")
    call.stdin = plumbing.stdin
    call.status = 0 if plumbing.is_certain else None
    inner = inner.twin() if user != inner.user or folder is not shell.cwd else inner
    inner.user, inner.cwd = user, folder
    with walk.seeing(shell, inner, extra):
        how = _Manner(is_program, "builtin" in wrappers, bool(kept))
        outcome = _executed(walk, call, name, fate, how)
    if not plumbing.is_certain and outcome.status == 0:
        outcome = replace(outcome, status=None)
    outcome = delivered(outcome, plumbing, call)
    return replace(outcome, jump="exit") if "exec" in wrappers and not outcome.jump else outcome


def _unwrapped(walk: Walk, words: tuple[Field, ...], shell: Shell) -> Wrapped | None:
    """The words without the wrapper in front; None when there is none, or it is a function of the script."""
    program = known(words[0].value) or ""
    name = paths.name(program)
    wrapper = walk.world.knowledge.wrapper(name) if name and name not in shell.functions else None
    if wrapper is None:
        return None
    is_start = walk.moment is Moment.START and (wrapper.is_transparent or not _is_made(program, shell))
    return unwrap(wrapper, name, words, is_start=is_start)


def _is_made(name: str, shell: Shell) -> bool:
    """Whether the Dockerfile itself brings a program of that name."""
    search = (known(shell.variables.get("PATH", EMPTY)) or "").split(":")
    folders = [known(shell.cwd) or "/"] if "/" in name else [folder for folder in search if folder]
    entries = (shell.files.resolve(paths.clean(name, folder)) for folder in folders)
    return any(entry.written_by is not None or entry.content is not None for entry in entries)


def _below(folder: Value, changed: Value) -> Value:
    """The folder that a wrapper changes to."""
    text, base = known(changed), known(folder)
    if text is None or (base is None and not text.startswith("/")):
        return Unknown("the folder that the command is run in is not known", changed.because)
    return Known(paths.clean(text, base or "/"), changed.because)


class _Manner(Record):
    """How a command is found. `is_program`: no builtin and no function is meant; `is_builtin`: only a builtin is;
    `is_of_project`: programs count that are not on PATH.
    """

    is_program: bool = False
    is_builtin: bool = False
    is_of_project: bool = False


def _seen(shell: Shell, extra: tuple[tuple[str, Value], ...], walk: Walk) -> tuple[tuple[str, Value], ...]:
    """What the command sees beyond the state before the step."""
    start, now = walk.at_start, shell.variables
    if now == start:
        return extra
    changed = {n: now[n] for n in shell.exported if n in now and start.get(n) is not now[n]}
    changed = {n: changed[n] for n in sorted(changed) if start.get(n) != changed[n]}
    return tuple({**changed, **dict(extra)}.items())


def _executed(walk: Walk, call: CommandCall, name: str | None, fate: Fate, how: _Manner) -> Outcome:
    """Run a function, a known command, a script of known content, or something unknown. What a program would have done that is
    surely not there is looked at all the same (somebody will install it), unless its status is asked for.
    """
    shell = call.shell
    before = shell.files
    if name is None:
        walk.report.ran(call.run)
        call.unknown("which command runs is not known")
        return walk.opaque(shell, because(Cause.MADE, "a command that is not known"))
    if not how.is_program and name in shell.functions:
        return call_function(walk, name, call, fate)
    bare = paths.name(name)
    is_builtin = "/" not in name and bare in BUILTINS and not how.is_program
    is_known = is_builtin or (how.is_of_project and "/" not in name)
    missing = "" if is_known else missing_program(name, shell)
    if how.is_builtin and shell.flavour in ("busybox", "dash"):
        missing = "only bash knows builtin"
    if missing or (how.is_builtin and not is_builtin):
        lacks = (
            Lack.PROGRAM if missing and missing == missing_program(name, shell) and "/" not in name else None
        )
        call.run = replace(call.run, fails_because=missing or f"{name} is no builtin", lacks=lacks)
        is_followed = fate.is_fatal or goes_unnoticed(fate.failure, fate.swallowed_by)
        if lacks is None or not is_followed or walk.moment is Moment.START:
            walk.report.ran(call.run)
            if walk.moment is Moment.START:
                note_loads(walk, call, before)
            return Outcome(127, call.made(""), None, why=missing, lacks=lacks)
    number = walk.report.ran(call.run)
    walk.callers.append(call.place)
    try:
        outcome = script_file(walk, name, call, fate) if "/" in name else None
        if outcome is None:
            function = transfer(bare)
            outcome = function(call) if function is not None else unknown_command(call)
            note_loads(walk, call, before)
    finally:
        walk.callers.pop()
    walk.report.failed(number, outcome.why if outcome.status not in (0, None) else "", outcome.lacks)
    return outcome


def run_words(
    walk: Walk, run: CommandRun, words: Sequence[Field], shell: Shell, stdin: Stream, fate: Fate
) -> Outcome:
    """Run a command that another one, `run`, names in its arguments (`find -exec`, `xargs`), in the same shell."""
    fields = tuple(words)
    is_of_project = False
    for _ in range(MOST_WRAPPERS):
        wrapped = _unwrapped(walk, fields, shell)
        if wrapped is None:
            break
        fields, is_of_project = wrapped.words, is_of_project or wrapped.is_of_project
    name = known(fields[0].value)
    record = replace(run, name=name or "", words=tuple(field.value for field in fields), fails_because="")
    inner = CommandCall(walk, shell, record, fields[1:], stdin, fate)
    return _executed(walk, inner, name, fate, _Manner(is_program=True, is_of_project=is_of_project))

"""Scripts inside scripts: substitutions, functions, `sh -c`, `eval`, `source`, and script files of known content."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.permissions import executable, is_mode_meant
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.state import DEFAULT_UMASK, Fate, Options, Outcome, Stream, read_flags
from dfguard.interp.state.model import Failure
from dfguard.interp.values import Known, Unknown, known
from dfguard.syntax.shell.nodes import Dialect

if TYPE_CHECKING:
    from dfguard.core.source import Text
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.state import Shell
    from dfguard.interp.shell.walk import Walk
    from dfguard.interp.values import Value
    from dfguard.syntax.shell.nodes import Substitution


DEEPEST_CALLS = 12
LONGEST_SCRIPT = 200_000


def substituted(walk: Walk, shell: Shell, part: Substitution) -> Value:
    """What `$(…)` gives: its output without the line feeds at the end."""
    shown = walk.source.text[part.span.start : part.span.end]
    if part.script is None or len(walk.frames) > DEEPEST_CALLS * 3:
        return Unknown(f"{shown} is not followed")
    inner = shell.fork()
    outcome = walk.script(part.script, inner, Fate(Failure.UNKNOWN), Stream(walk.empty), "subshell")
    shell.take_files(inner)
    shell.status = outcome.status
    if outcome.output is None:
        return Unknown(f"the output of {' '.join(shown.split())} is not known")
    return Known(outcome.output.value.rstrip("\n"))


def call_function(walk: Walk, name: str, call: CommandCall, fate: Fate) -> Outcome:
    """A shell function: its body with the arguments as positional parameters."""
    shell = call.shell
    if sum(frame.kind == "function" for frame in walk.frames) >= DEEPEST_CALLS:
        call.unknown(f"{name} calls itself too deeply")
        return walk.lost(shell, f"{name} was not followed")
    before = shell.arguments
    shell.arguments = tuple(_plain(call))
    body = shell.functions[name]
    outcome = walk.framed("function", fate, shell, partial(walk.node, body, shell, fate, call.stdin))
    shell.arguments = before
    return outcome


def _plain(call: CommandCall) -> list[Value]:
    """The arguments as values, patterns replaced by what they match."""
    found: list[Value] = []
    for field in call.arguments:
        if field.pattern is None:
            found.append(field.value)
            continue
        matched = call.operands([field])
        found += [Known(o.text, o.because) if o.text is not None else Unknown(o.why) for o in matched]
    return found


def keep_local(walk: Walk, name: str, shell: Shell) -> None:
    """`local name`: the outer value comes back when the function returns."""
    frame = next((frame for frame in reversed(walk.frames) if frame.kind == "function"), None)
    if frame is not None and name not in frame.saved:
        frame.saved[name] = shell.variables.get(name)


def process(shell: Shell, dialect: Dialect, options: Options) -> Shell:
    """A shell that another one starts: it sees only what is exported."""
    child = shell.twin()
    child.variables = dict(shell.environment())
    child.functions = {}
    child.options = options
    child.dialect = dialect
    child.umask = shell.umask or DEFAULT_UMASK
    child.status = 0
    return child


def run_process(walk: Walk, text: Text, child: Shell, shell: Shell, call: CommandCall, fate: Fate) -> Outcome:
    """Run a script's text in a shell of its own; files and packages are taken over."""
    from dfguard.syntax.shell import parse

    depth = sum(frame.kind == "script" for frame in walk.frames)
    if depth > DEEPEST_CALLS or len(text.value) > LONGEST_SCRIPT:
        call.unknown(
            "scripts start each other too deeply" if depth > DEEPEST_CALLS else "the script is too long"
        )
        return walk.opaque(shell, because(Cause.NOT_FOLLOWED, "it was not followed"))
    script = parse(text, child.dialect, depth=depth)
    outcome = walk.script(script, child, _own(fate), call.stdin)
    shell.files, shell.packages = child.files, child.packages
    return outcome


def _own(fate: Fate) -> Fate:
    """The fate of what a new shell runs: `set -e` counts in it whatever surrounds it."""
    return Fate(fate.failure, fate.swallowed_by)


def run_here(walk: Walk, text: Text, call: CommandCall, fate: Fate, kind: str) -> Outcome:
    """Run a text in the calling shell itself: `eval`, `source`."""
    from dfguard.syntax.shell import parse

    if len(walk.frames) > DEEPEST_CALLS or len(text.value) > LONGEST_SCRIPT:
        call.unknown("it is nested too deeply to be followed")
        return walk.lost(call.shell, "it was not followed")
    script = parse(text, call.shell.dialect, depth=len(walk.frames))
    return walk.script(script, call.shell, fate, call.stdin, kind)


def script_file(walk: Walk, name: str, call: CommandCall, fate: Fate) -> Outcome | None:
    """Run a file of known content by its path; None when it is something else."""
    folder = known(call.shell.cwd)
    if folder is None:
        return None
    entry = call.files.resolve(paths.clean(name, folder))
    if entry.presence is not Presence.PRESENT or entry.kind is not EntryKind.FILE or entry.content is None:
        return None
    is_closed = (
        call.user is not None and executable(call.files, entry.path, call.user).presence is Presence.ABSENT
    )
    if is_closed and is_mode_meant(call.files, entry):
        return Outcome(126, walk.empty, None, why=f"{name} is not executable")
    return run_content(walk, entry.content, name, call, fate)


def run_content(walk: Walk, content: Text, name: str, call: CommandCall, fate: Fate) -> Outcome | None:
    """Run a script's content by its `#!` line, or with the calling shell's kind when it has none; None for others."""
    from dfguard.syntax.shell import dialect_of

    first = content.value.partition("\n")[0]
    dialect = call.shell.dialect
    options = Options()
    if first.startswith("#!"):
        words = first[2:].split(" ")
        interpreter = next((word for word in words if word), "")
        if call.files.resolve(interpreter).presence is Presence.ABSENT:
            return Outcome(
                127, walk.empty, None, why=f"{name} asks for {interpreter.strip()!r}, which is not there"
            )
        dialect = dialect_of(first[2:].split())
        if dialect is Dialect.OTHER:
            return None
        options = read_flags(first[2:].split()[1:])
    child = process(call.shell, dialect, options)
    child.name = name
    child.arguments = tuple(_plain(call))
    return run_process(walk, content, child, call.shell, call, fate)


def reads_files(flags: list[str], shell: Shell) -> bool:
    """Whether a shell with these flags reads files before it starts: /etc/profile, BASH_ENV.

    Source: bash reference manual "Bash Startup Files".
    """
    letters = "".join(flag[1:] for flag in flags if flag.startswith("-") and not flag.startswith("--"))
    is_asked = "--login" in flags or bool({"l", "i"} & set(letters.replace("pipefail", "")))
    return is_asked or "BASH_ENV" in shell.variables

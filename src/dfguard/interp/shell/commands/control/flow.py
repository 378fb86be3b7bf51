"""eval, source, exec, exit, break, trap: what makes a shell run other text or leave where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence, appended
from dfguard.interp.shell.effects.reach import may_write_anywhere
from dfguard.interp.shell.nested import run_here
from dfguard.interp.shell.registry import command
from dfguard.interp.shell.state import Outcome
from dfguard.interp.shell.walk import left_shell
from dfguard.interp.values import Known, Unknown, known, merge_because

if TYPE_CHECKING:
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.values import Value


@command("eval")
def eval_(call: CommandCall) -> Outcome:
    """`eval words`: joined with blanks and read again."""
    whole = call.made("")
    for number, field in enumerate(call.arguments):
        if field.text is None:
            call.unknown("what eval runs is not known")
            return call.walk.lost(call.shell, "eval ran something")
        joined = appended(whole, call.made(" ")) if number else whole
        whole = appended(joined, field.text) or whole
    return run_here(call.walk, whole, call, call.fate, "eval")


@command("source", ".")
def source(call: CommandCall) -> Outcome:
    """`. file`: run in this shell; a virtual environment's `activate` is known without its text."""
    if not call.arguments:
        call.fail("it needs a file")
        return call.outcome()
    operand = call.operand(call.arguments[0])
    if operand.path is None:
        call.shell.is_open = True
        call.unsure(operand.why)
        may_write_anywhere(call)
        return call.outcome(None)
    if operand.path == "/dev/null":
        return call.outcome()
    entry = call.files.resolve(operand.path)
    if entry.presence is Presence.ABSENT:
        call.fail(f"{operand.path} does not exist")
        return call.outcome()
    if entry.content is not None and entry.presence is Presence.PRESENT:
        before = call.shell.arguments
        if len(call.arguments) > 1:
            call.shell.arguments = tuple(field.value for field in call.arguments[1:])
        outcome = run_here(call.walk, entry.content, call, call.fate, "source")
        call.shell.arguments = before
        return outcome
    if not _activated(call, operand.path) and not paths.is_below(operand.path, "/etc"):
        may_write_anywhere(call)
    call.unsure()
    return call.outcome(None)


def _activated(call: CommandCall, path: str) -> bool:
    """Whether the file is a virtual environment's `activate`, which sets variables and writes nothing."""
    folder, shell = paths.parent(path), call.shell
    if paths.name(path) != "activate" or paths.name(folder) != "bin":
        shell.is_open = True
        return False
    search = shell.look("PATH")
    before = known(search) if search is not None else None
    shell.assign("VIRTUAL_ENV", Known(paths.parent(folder)), call.place, paths.parent(folder))
    because = merge_because(search.because if search is not None else ())
    value: Value = (
        Known(f"{folder}:{before}", because)
        if before is not None
        else Unknown("PATH is not known", because, folder)
    )
    shell.assign("PATH", value, call.place, "")
    shell.exported |= {"VIRTUAL_ENV", "PATH"}
    return True


@command("exec")
def exec_(call: CommandCall) -> Outcome:
    """`exec` with redirections alone: the shell's own descriptors change, which is not followed."""
    return call.outcome()


@command("exit", "return")
def exit_(call: CommandCall) -> Outcome:
    """`exit [n]`, `return [n]`: without a number the last status."""
    texts = call.texts()
    status = call.shell.status
    if texts:
        text = texts[0]
        number = whole_number(text) if text is not None else None
        status = None if number is None else number % 256
    if call.tool == "exit":
        return left_shell(call.walk, call.shell, status, f"exit {status}" if status else "")
    return Outcome(status, call.made(""), call.made(""), "return")


@command("break", "continue")
def break_(call: CommandCall) -> Outcome:
    """`break [n]`, `continue [n]`."""
    text = (call.texts() or ["1"])[0] or "1"
    levels = whole_number(text) or 1
    return Outcome(0, call.made(""), call.made(""), call.tool, levels)


@command("trap")
def trap(call: CommandCall) -> Outcome:
    """`trap 'commands' EXIT`: they run when the shell ends."""
    signals = [text for text in call.texts()[1:] if text is not None]
    if call.arguments and {"EXIT", "0"} & set(signals):
        shell_frames = [frame for frame in call.walk.frames if frame.kind in ("script", "subshell")]
        shell_frames[-1].trap = call.arguments[0].text
    return call.outcome()

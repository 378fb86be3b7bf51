"""sh, bash, su, gosu: another shell, or another user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.nested import process, reads_files, run_process
from dfguard.interp.shell.registry import command
from dfguard.interp.shell.state import read_flags
from dfguard.interp.state.model import Lack
from dfguard.interp.values import Known, known
from dfguard.syntax.shell.nodes import Dialect

if TYPE_CHECKING:
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.state import Outcome, Shell


_BASHES = frozenset(["bash", "zsh"])


@command("sh", "bash", "ash", "dash", "zsh")
def sh(call: CommandCall) -> Outcome:
    """`sh -c text`, `sh script`, `… | sh`."""
    flags: list[str] = []
    waiting = list(call.arguments)
    is_text = False
    while waiting:
        text = known(waiting[0].value)
        if text is None or text[:1] not in ("-", "+") or text in ("-", "--"):
            break
        waiting.pop(0)
        flags.append(text)
        is_text = is_text or (text.startswith("-") and not text.startswith("--") and "c" in text)
        if "o" in text[1:] and not text.startswith("--") and waiting:
            flags.append(known(waiting.pop(0).value) or "")
    if waiting and known(waiting[0].value) in ("-", "--"):
        waiting.pop(0)
    if is_text:
        return _text(call, flags, waiting)
    reads_input = any(flag.startswith("-") and not flag.startswith("--") and "s" in flag for flag in flags)
    if waiting and not reads_input:
        return _file(call, flags, waiting)
    content = call.stdin.rest()
    if content is None:
        call.unknown("what the shell reads is not known")
        return call.walk.opaque(call.shell, because(Cause.MADE, "a downloaded script"))
    child = _started(call, flags)
    return run_process(call.walk, content, child, call.shell, call, call.fate)


def _started(call: CommandCall, flags: list[str]) -> Shell:
    """The new shell; it may have any variable when it reads files first."""
    child = process(call.shell, _dialect(call), read_flags(flags))
    child.is_open = child.is_open or reads_files(flags, child)
    return child


def _dialect(call: CommandCall) -> Dialect:
    return Dialect.BASH if call.tool in _BASHES else Dialect.POSIX


def _text(call: CommandCall, flags: list[str], waiting: list[Field]) -> Outcome:
    if not waiting:
        call.fail("-c needs a text", 2)
        return call.outcome()
    text = waiting[0].text
    if text is None:
        call.unknown("the script is not known")
        return call.walk.opaque(call.shell, because(Cause.MADE, call.tool))
    child = _started(call, flags)
    child.name = (known(waiting[1].value) or "") if len(waiting) > 1 else call.tool
    child.arguments = tuple(field.value for field in waiting[2:])
    return run_process(call.walk, text, child, call.shell, call, call.fate)


def _file(call: CommandCall, flags: list[str], waiting: list[Field]) -> Outcome:
    operand = call.operand(waiting[0])
    entry = call.files.resolve(operand.path) if operand.path else None
    if entry is not None and entry.presence is Presence.ABSENT:
        call.fail(f"{operand.path} does not exist", 127)
        return call.outcome()
    if entry is None or entry.content is None or entry.presence is not Presence.PRESENT:
        call.unsure("the script's text is not known")
        return replace(
            call.walk.opaque(call.shell, because(Cause.MADE, operand.text or "a script")), errors=None
        )
    child = _started(call, flags)
    child.name = operand.text or ""
    child.arguments = tuple(field.value for field in waiting[1:])
    return run_process(call.walk, entry.content, child, call.shell, call, call.fate)


@command("su", "runuser")
def su(call: CommandCall) -> Outcome:
    """`su [-] [user] -c text`: the user's own HOME; with `-` also its directory and a clean environment."""
    parsed = call.options("c=,command= l,login m,p,preserve-environment s=,shell= u= g= G=")
    is_login = parsed.has("l") or any(known(field.value) == "-" for field in parsed.operands)
    names = [field for field in parsed.operands if known(field.value) != "-"]
    name = parsed.text("u") or (known(names[0].value) if names else "root")
    script = parsed.value("c")
    if script is None or name is None or script.text is None:
        call.unsure("what runs as another user is not known")
        return call.walk.opaque(call.shell, because(Cause.NOT_FOLLOWED, "it ran as another user"))
    accounts = call.files.accounts
    user = accounts.user(name)
    if user is None and accounts.lacks_user(name):
        call.fail(f"there is no user {name}", lacks=Lack.ACCOUNT)
        return call.outcome()
    child = process(call.shell, Dialect.POSIX, read_flags([]))
    child.user = name
    child.is_open = child.is_open or is_login
    home = accounts.home(name)
    child.variables.pop("HOME", None)
    if home is not None and user is not None:
        child.variables["HOME"] = Known(home)
        child.exported.add("HOME")
        if is_login:
            child.cwd = Known(home)
    if call.user is not None and accounts.ids(call.user)[0] not in (0, None):
        call.fail("only root can become another user without a password")
        return call.outcome()
    before = call.shell.user
    outcome = run_process(call.walk, script.text, child, call.shell, call, call.fate)
    call.shell.user = before
    return outcome

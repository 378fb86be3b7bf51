"""The shell's own commands: they change the shell itself, or where the script goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import replace
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.permissions import executable
from dfguard.interp.shell.expansion.parameters import arithmetic, plain
from dfguard.interp.shell.expansion.tests import evaluate
from dfguard.interp.shell.registry import command
from dfguard.interp.values import Known, Unknown, known

if TYPE_CHECKING:
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.state import Outcome, Shell
    from dfguard.interp.values import Value


@command("true", ":", "wait", "ulimit", "hash", "alias", "unalias", "jobs", "enable")
def true(call: CommandCall) -> Outcome:
    """Nothing that counts here."""
    return call.outcome()


@command("getopts")
def getopts(call: CommandCall) -> Outcome:
    """`getopts letters name`: the next option; which one is not followed."""
    for name in (*call.texts()[1:2], "OPTARG"):
        call.shell.variables[name or "OPTARG"] = Unknown("it is an option of the script")
    return call.outcome(status=None)


@command("false")
def false(call: CommandCall) -> Outcome:
    """Always 1."""
    call.fail("false always fails")
    return call.outcome()


@command("cd")
def cd(call: CommandCall) -> Outcome:
    """`cd [dir]`: without one to HOME, with `-` back; `..` is taken as text, as shells do."""
    shell = call.shell
    fields = [
        f for f, text in zip(call.arguments, call.texts(), strict=True) if text not in ("-L", "-P", "--")
    ]
    if not fields:
        return _moved(call, shell.home, said=False)
    if known(fields[0].value) == "-":
        return _moved(call, shell.look("OLDPWD") or Unknown("there is no former directory"), said=True)
    operand = call.operand(fields[0])
    if operand.path is None:
        return _moved(call, Unknown(operand.why, operand.because, operand.prefix), said=False)
    return _moved(call, Known(operand.path, operand.because), said=False)


def _moved(call: CommandCall, folder: Value, *, said: bool) -> Outcome:
    path = known(folder)
    if path is None:
        call.unsure()
    else:
        entry = call.files.resolve(path)
        if entry.presence is Presence.ABSENT:
            call.fail(f"{path} does not exist")
            return call.outcome()
        if entry.presence is Presence.PRESENT and entry.kind is EntryKind.FILE:
            call.fail(f"{path} is not a directory")
            return call.outcome()
        verdict = (
            executable(call.files, path, call.user).presence if call.user is not None else Presence.MAYBE
        )
        if verdict is Presence.ABSENT and entry.presence is Presence.PRESENT:
            call.fail(f"{path} is closed to {call.user}")
            return call.outcome()
        if Presence.MAYBE in (entry.presence, verdict):
            call.unsure()
    shell = call.shell
    shell.variables["OLDPWD"] = shell.variables.get("PWD", shell.cwd)
    shell.cwd = shell.variables["PWD"] = folder
    return call.outcome(f"{path}\n" if said else "")


@command("pwd")
def pwd(call: CommandCall) -> Outcome:
    """The working directory."""
    folder = known(call.shell.cwd)
    return call.outcome(None if folder is None else f"{folder}\n")


@command("pushd", "popd")
def pushd(call: CommandCall) -> Outcome:
    """A directory stack: where it leads is followed for `pushd dir` only."""
    fields = [f for f in call.arguments if not (known(f.value) or "").startswith(("-", "+"))]
    if call.tool == "pushd" and fields:
        return replace(cd(call), output=None)
    return replace(
        _moved(call, call.shell.look("OLDPWD") or Unknown("the directory stack"), said=False), output=None
    )


@command("unset")
def unset(call: CommandCall) -> Outcome:
    """`unset [-fv] name...`."""
    for text in call.texts():
        if text is not None and not text.startswith("-"):
            call.shell.variables.pop(text, None)
            call.shell.exported.discard(text)
            call.shell.functions.pop(text, None)
    return call.outcome()


@command("export", "readonly", "local", "declare", "typeset")
def export(call: CommandCall) -> Outcome:
    """Reached only through `command export`: names that come out of expansions."""
    for text in call.texts():
        name, equals, value = (text or "").partition("=")
        if equals:
            call.shell.assign(name, Known(value), call.place, value)
        if name.isidentifier():
            call.shell.exported.add(name)
    return call.outcome()


@command("set")
def set_(call: CommandCall) -> Outcome:
    """`set -eu`, `set -o pipefail`, `set +e`, `set -- a b`."""
    shell, waiting = call.shell, list(call.arguments)
    while waiting:
        text = known(waiting[0].value)
        if text is None or text[:1] not in ("-", "+") or text in ("-", "+"):
            break
        waiting.pop(0)
        if text == "--":
            shell.arguments = ()
            break
        is_on = text[0] == "-"
        for letter in text[1:]:
            name = {"e": "errexit", "u": "nounset"}.get(letter, "")
            if letter == "o" and waiting:
                name = known(waiting.pop(0).value) or ""
            _switch(shell, name, is_on=is_on)
    if waiting:
        shell.arguments = tuple(field.value for field in waiting)
    return call.outcome("" if call.arguments else None)


def _switch(shell: Shell, name: str, *, is_on: bool) -> None:
    if name in ("errexit", "nounset", "pipefail", "nullglob"):
        shell.options = replace(shell.options, **{name: is_on})


@command("shopt")
def shopt(call: CommandCall) -> Outcome:
    """`shopt -s nullglob`: patterns that match nothing vanish."""
    texts = call.texts()
    if "nullglob" in texts:
        _switch(call.shell, "nullglob", is_on="-s" in texts)
    return call.outcome()


@command("shift")
def shift(call: CommandCall) -> Outcome:
    """`shift [n]`."""
    text = (call.texts() or ["1"])[0]
    count = whole_number(text) if text is not None else None
    if text is None or call.shell.arguments is None:
        call.shell.arguments = None
        call.unsure("how many positional parameters are left is not known")
    elif count is None or count > len(call.shell.arguments):
        call.fail("there are not that many arguments")
    else:
        call.shell.arguments = call.shell.arguments[count:]
    return call.outcome()


@command("read")
def read(call: CommandCall) -> Outcome:
    """`read [-r] name...`: one line of standard input, split at blanks."""
    parsed = call.options("r s e a= d= n= N= p= t= u= i=")
    names = [text for field in parsed.operands if (text := known(field.value)) is not None] or ["REPLY"]
    line = call.stdin.line()
    if line is None:
        call.unsure()
        for name in names:
            call.shell.variables[name] = Unknown("it is read from what is not known")
        return call.outcome()
    rest = line.value.rstrip("\n")
    for number, name in enumerate(names):
        is_last = number + 1 == len(names)
        rest = rest.strip(" \t")
        word, _, after = (rest, "", "") if is_last else rest.partition(" ")
        call.shell.variables[name] = Known(word)
        rest = after
    if not line.value.endswith("\n"):
        call.fail("the input ends", 1)
    return call.outcome()


@command("test", "[")
def test(call: CommandCall) -> Outcome:
    """`test …` where the parser took it for an ordinary command."""
    fields = call.arguments[:-1] if call.tool == "[" else call.arguments
    truth = evaluate(fields, call.shell, is_extended=False)
    return call.outcome(status=None if truth is None else int(not truth))


@command("umask")
def umask(call: CommandCall) -> Outcome:
    """`umask mode`."""
    text = (call.texts() or [""])[0]
    if text and all(c in "01234567" for c in text):
        call.shell.umask = int(text, 8) & 0o777
    elif text:
        call.unsure("the umask is not known")
    return call.outcome("" if text else None)


@command("let")
def let(call: CommandCall) -> Outcome:
    """`let x=1+2`."""
    status: int | None = 0
    for text in call.texts():
        name, equals, expression = (text or "").partition("=")
        if not equals:
            return call.outcome(status=None)
        try:
            number = arithmetic(expression, lambda name: plain(name, call.shell))
        except (ValueError, ArithmeticError):
            call.shell.variables[name] = Unknown(f"{expression} is not known")
            status = None
        else:
            call.shell.variables[name] = Known(str(number))
            status = int(number == 0)
    return call.outcome(status=status)

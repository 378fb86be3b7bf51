"""basename, readlink, which, id …: commands that only say something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.shell.registry import BUILTINS, command
from dfguard.interp.shell.state import missing_program
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.state import Outcome


LS = "a,all A,almost-all l h R,recursive d,directory 1 t r S s i n F c color= format= sort= time= I= L"
STAT = "c=,format= printf= L,dereference f,file-system t,terse"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "arm": "armv7l", "386": "i686", "riscv64": "riscv64"}


@command("basename")
def basename(call: CommandCall) -> Outcome:
    """`basename path [suffix]`."""
    texts = [text for text in call.texts() if text != "--"]
    if None in texts or not texts or (texts[0] or "").startswith("-"):
        return call.outcome(None)
    name = (texts[0] or "").rstrip("/").rpartition("/")[2] or "/"
    suffix = texts[1] if len(texts) > 1 else ""
    if suffix and name != suffix:
        name = name.removesuffix(suffix)
    return call.outcome(f"{name}\n")


@command("dirname")
def dirname(call: CommandCall) -> Outcome:
    """`dirname path...`."""
    texts = [text for text in call.texts() if text != "--"]
    if None in texts:
        return call.outcome(None)
    lines = []
    for text in texts:
        folder, slash, _ = (text or "").rstrip("/").rpartition("/")
        lines.append(folder.rstrip("/") or ("/" if slash else "."))
    return call.outcome("".join(f"{line}\n" for line in lines))


@command("readlink", "realpath")
def readlink(call: CommandCall) -> Outcome:
    """`readlink [-f] path`, `realpath path`."""
    parsed = call.options(
        "f,canonicalize e,canonicalize-existing m,canonicalize-missing n,no-newline q s z v"
    )
    lines = []
    for operand in call.operands(parsed.operands):
        if operand.path is None:
            return call.outcome(None, status=None)
        is_whole = call.tool == "realpath" or any(map(parsed.has, "fem"))
        entry = call.files.resolve(operand.path) if is_whole else call.files.look(operand.path)
        if entry.presence is Presence.MAYBE or (not is_whole and entry.kind is EntryKind.UNKNOWN):
            return call.outcome(None, status=None)
        if not is_whole and entry.kind is not EntryKind.LINK:
            call.fail(f"{operand.text} is no link")
            continue
        if is_whole and entry.presence is Presence.ABSENT and not parsed.has("m"):
            above = call.files.resolve(paths.parent(call.files.real(operand.path)))
            if above.presence is not Presence.PRESENT or call.tool == "realpath":
                call.fail(f"{operand.text} does not exist")
                continue
        lines.append(call.files.real(operand.path) if is_whole else entry.target or "")
    end = "" if parsed.has("n") else "\n"
    return call.outcome("".join(f"{line}{end}" for line in lines))


@command("which", "command", "type")
def which(call: CommandCall) -> Outcome:
    """`which name`, `command -v name`, `type name`: found when nothing proves that it is missing and it is surely there."""
    names = [text for text in call.texts() if text is None or not text.startswith("-")]
    output: list[str] | None = []
    for name in names:
        found = _where(call, name) if name is not None else None
        if found is None:
            call.unsure()
            output = None
        elif not found:
            call.fail(f"there is no {name}")
        elif output is not None:
            output.append(found)
    is_applet = call.shell.flavour == "busybox" and call.tool == "command"
    is_plain = call.tool != "type" and output is not None and not is_applet
    return call.outcome("".join(f"{line}\n" for line in output or ()) if is_plain else None)


def _where(call: CommandCall, name: str) -> str | None:
    """The path of a program, its name for builtins and functions, empty when it is surely missing, None unknown."""
    shell = call.shell
    if name in shell.functions or (name in BUILTINS and call.tool != "which"):
        return name
    if missing_program(name, shell):
        return ""
    search = known(shell.variables["PATH"]) if "PATH" in shell.variables else None
    for folder in (search or "").split(":"):
        entry = shell.files.resolve(f"{folder}/{name}") if folder.startswith("/") else None
        if entry is None or entry.presence is Presence.MAYBE:
            return None
        if entry.presence is Presence.PRESENT:
            return f"{folder}/{name}"
    return None


@command("id", "whoami")
def identity(call: CommandCall) -> Outcome:
    """`id -u`, `id -un`, `id -g`, `whoami`."""
    if call.user is None:
        return call.outcome(None)
    accounts = call.files.accounts
    uid, gid = accounts.ids(call.user)
    user = accounts.user(str(uid)) if uid is not None else None
    options = "".join(text for text in call.texts() if text and text.startswith("-"))
    if call.tool == "whoami" or ("u" in options and "n" in options):
        return call.outcome(f"{user.name}\n" if user else None)
    number = uid if "u" in options else gid if "g" in options and "n" not in options else None
    return call.outcome(None if number is None else f"{number}\n")


@command("uname", "arch")
def uname(call: CommandCall) -> Outcome:
    """`uname -m`, `uname -s`, `arch`."""
    options = "".join(text or "-r" for text in call.texts())
    machine = _MACHINES.get(call.walk.world.target_platform.split("/")[1], "")
    if call.tool == "arch" or options in ("-m", "-p", "-i"):
        return call.outcome(f"{machine}\n" if machine else None)
    return call.outcome("Linux\n" if options in ("", "-s") else None)


@command("printenv", "env")
def printenv(call: CommandCall) -> Outcome:
    """`printenv NAME`; the whole environment is not written out."""
    texts = call.texts()
    if len(texts) == 1 and texts[0] is not None and call.tool == "printenv":
        value = call.shell.look(texts[0])
        if value is None:
            call.fail(f"{texts[0]} is not set")
            return call.outcome()
        text = known(value)
        return call.outcome(None if text is None else f"{text}\n")
    return call.outcome(None)


@command("ls", "stat")
def ls(call: CommandCall) -> Outcome:
    """`ls path...`: fails for what is not there; the names of one directory when they are all known."""
    parsed = call.options(LS if call.tool == "ls" else STAT)
    listed: str | None = ""
    for operand in call.operands(parsed.operands):
        if operand.path is None:
            call.unsure()
            listed = None
            continue
        entry = call.files.resolve(operand.path)
        if entry.presence is Presence.ABSENT:
            call.fail(f"{operand.text} does not exist")
        elif entry.presence is Presence.MAYBE:
            call.unsure()
        listed = _names(call, entry.path) if entry.kind is EntryKind.DIRECTORY and listed == "" else None
    if not parsed.operands:
        folder = known(call.shell.cwd)
        listed = _names(call, folder) if folder is not None else None
    is_plain = (
        call.tool == "ls" and len(parsed.operands) < 2 and not {name for name, _ in parsed.options} - {"1"}
    )
    return replace(call.outcome(listed if is_plain else None), errors=None if call.status else call.made(""))


def _names(call: CommandCall, path: str) -> str | None:
    children = call.files.children(path)
    is_complete = call.files.unlisted(path).presence is Presence.ABSENT
    if not is_complete or any(child.presence is not Presence.PRESENT for child in children):
        return None
    names = [paths.name(child.path) for child in children]
    return "".join(f"{name}\n" for name in names if not name.startswith("."))


@command("sleep", "sync", "clear", "tput")
def sleep(call: CommandCall) -> Outcome:
    """Nothing stays."""
    return call.outcome()


@command("nproc", "date", "hostname", "getent")
def unknown_output(call: CommandCall) -> Outcome:
    """It works, but what it says differs from machine to machine."""
    return call.outcome(None)

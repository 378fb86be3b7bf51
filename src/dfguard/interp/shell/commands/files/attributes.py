"""chmod, chown, chgrp: who owns what is there, and its mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number
from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence, join
from dfguard.interp.filesystem.events import owned
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.shell import getopt
from dfguard.interp.shell.registry import command
from dfguard.interp.state.model import Lack
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.shell.call import CommandCall, Operand
    from dfguard.interp.shell.state import Outcome


_FLAGS = "R,recursive f,silent,quiet v,verbose c,changes h,no-dereference dereference H L P reference= from= preserve-root no-preserve-root"


@command("chmod")
def chmod(call: CommandCall) -> Outcome:
    """`chmod [-R] mode path...`; links are followed, inside directories left alone."""
    fields = list(call.arguments)
    has_reference = any((text or "").startswith("--reference") for text in call.texts())
    modes = (i for i, f in enumerate(fields) if _is_mode_operand(known(f.value)))
    at = None if has_reference else next(modes, None)
    parsed = getopt.parse([f for i, f in enumerate(fields) if i != at], _FLAGS)
    text = known(fields[at].value) if at is not None else None
    change = ModeChange(text) if text is not None else ModeChange("unknown")
    if text is not None and not change.is_understood:
        call.fail(f"{text} is no mode")
        return call.outcome()
    for operand in call.operands(parsed.operands):
        _each(call, operand, is_recursive=parsed.has("R"), is_link=False, owner=None, change=change)
    return call.outcome(None if parsed.has("v") or parsed.has("c") else "")


def _is_mode_operand(text: str | None) -> bool:
    """The first operand; `-x` and `-rwx` are modes, not options."""
    if text is None or not text.startswith("-"):
        return True
    return ModeChange(text).is_understood and text not in ("-R", "-f", "-v", "-c")


@command("chown", "chgrp")
def chown(call: CommandCall) -> Outcome:
    """`chown [-R] [user][:[group]] path...`, `chgrp group path...`; needs root."""
    parsed = call.options(_FLAGS)
    fields = parsed.operands if parsed.has("reference") else parsed.operands[1:]
    text = known(parsed.operands[0].value) if parsed.operands and not parsed.has("reference") else None
    owner = (
        None
        if text is None
        else _owner(call, f":{text}" if call.tool == "chgrp" else text.replace(".", ":", 1))
    )
    if text is not None and owner is None:
        return call.outcome()
    if call.user is not None and call.files.accounts.ids(call.user)[0] not in (0, None):
        call.unsure("only root can change owners")
    for operand in call.operands(fields):
        is_link = parsed.has("h") or (parsed.has("R") and not parsed.has("L") and not parsed.has("H"))
        _each(call, operand, is_recursive=parsed.has("R"), is_link=is_link, owner=owner or "?:?", change=None)
    return call.outcome(None if parsed.has("v") or parsed.has("c") else "")


def _owner(call: CommandCall, text: str) -> str | None:
    """`user:group` in digits where known, one half empty when it does not change; None when the name does not exist."""
    accounts = call.files.accounts
    name, colon, group = text.partition(":")
    user, gid = name, group
    if name and not is_number(name):
        found = accounts.user(name)
        if found is None and accounts.lacks_user(name):
            call.fail(f"there is no user {name}", lacks=Lack.ACCOUNT)
            return None
        if found is None:
            call.unsure()
        user = str(found.uid) if found and found.uid is not None else name
        if colon and not group:
            gid = str(found.gid) if found and found.gid is not None else name
    if group and not is_number(group):
        known_group = accounts.group(group)
        if known_group is None and accounts.lacks_group(group):
            call.fail(f"there is no group {group}", lacks=Lack.ACCOUNT)
            return None
        if known_group is None:
            call.unsure()
        gid = str(known_group.gid) if known_group and known_group.gid is not None else group
    return f"{user}:{gid}"


def _each(
    call: CommandCall,
    operand: Operand,
    *,
    is_recursive: bool,
    is_link: bool,
    owner: str | None,
    change: ModeChange | None,
) -> None:
    """Change one operand, and with `is_recursive` all below it."""
    if operand.path is None:
        call.unsure(operand.why)
        return
    entry = call.files.look(operand.path) if is_link else call.files.resolve(operand.path)
    if entry.presence is Presence.ABSENT:
        call.fail(f"{operand.text} does not exist")
        return
    if entry.presence is Presence.MAYBE:
        call.unsure()
    if operand.path in call.walk.mounts or any(
        paths.is_at_or_below(entry.path, f) for f in call.walk.read_only
    ):
        return
    if change is not None and not _may_change(call, entry):
        return
    after = _changed(entry, owner, change, keeps_special=call.shell.flavour != "busybox")
    if operand.is_certain:
        call.files = call.files.put(after)
    else:
        call.files = call.files.put(join(entry, after))
    if is_recursive and entry.kind is not EntryKind.FILE and entry.kind is not EntryKind.LINK:
        call.apply(operand, lambda files: files.change(entry.path, owner=owner, mode=change))
    call.wrote(entry.path, operand, is_payload=False)


def _may_change(call: CommandCall, entry: Entry) -> bool:
    """Only root and the owner can change a mode."""
    uid = call.files.accounts.ids(call.user)[0] if call.user is not None else None
    owner = call.files.accounts.ids(entry.owner)[0] if entry.owner else None
    if uid == 0:
        return True
    if uid is None or owner is None:
        call.unsure()
        return True
    if uid != owner:
        call.fail(f"{entry.path} belongs to another user")
    return uid == owner


def _changed(entry: Entry, owner: str | None, change: ModeChange | None, *, keeps_special: bool) -> Entry:
    """`keeps_special`: GNU chmod leaves a directory's set-id bits alone when a mode has no more than four digits."""
    mode = entry.mode
    if change is not None:
        is_directory = entry.kind is EntryKind.DIRECTORY
        special = (mode or 0) & 0o6000 if keeps_special and is_directory and len(change.text) < 5 else 0
        mode = change.applied(mode, is_directory=is_directory)
        if change.octal is not None and mode is not None:
            mode |= special
        if change.octal is None and entry.kind is EntryKind.UNKNOWN:
            mode = None
    return replace(entry, owner=owned(entry.owner, owner) if owner is not None else entry.owner, mode=mode)

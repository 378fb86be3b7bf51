"""What the account commands share: free numbers, the files they write, home directories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.filesystem.events import Layer
from dfguard.interp.filesystem.filesystem import Maker
from dfguard.interp.filesystem.trees import FileTree, copy_tree
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.effects.file_actions import make_directory

if TYPE_CHECKING:
    from dfguard.interp.filesystem.accounts import Accounts, User
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.expansion.words import Field


ACCOUNT_FILES = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid")
FIRST, LAST = 1000, 60000
HIGHEST = 0xFFFFFFFF
SYSTEM_FIRST, SYSTEM_LAST = 101, 999


def number(text: str | None) -> int | None:
    """A user's or group's number; None for text that is none."""
    found = whole_number(text) if text else None
    return found if found is not None and found <= HIGHEST else None


def _used(accounts: Accounts, *, of_groups: bool) -> set[int] | None:
    """All numbers in use; None when they are not all known."""
    items = accounts.groups if of_groups else accounts.users
    numbers = [item.gid if of_groups else getattr(item, "uid", None) for item in items]
    if accounts.is_open or None in numbers:
        return None
    return {found for found in numbers if found is not None}


def free_number(accounts: Accounts, *, of_groups: bool = False) -> int | None:
    """The number shadow's tools give next: one more than the highest in the ordinary range."""
    used = _used(accounts, of_groups=of_groups)
    return None if used is None else max((n for n in used if FIRST <= n <= LAST), default=FIRST - 1) + 1


def free_below(accounts: Accounts, *, of_groups: bool = False) -> int | None:
    """The number shadow's tools give to a system account: one less than the lowest in the system range."""
    used = _used(accounts, of_groups=of_groups)
    if used is None:
        return None
    return min((n for n in used if SYSTEM_FIRST <= n <= SYSTEM_LAST), default=SYSTEM_LAST + 1) - 1


def free_from(accounts: Accounts, start: int, *, of_groups: bool = False) -> int | None:
    """The first free number from `start` on, as BusyBox and Debian's adduser look for it."""
    used = _used(accounts, of_groups=of_groups)
    return None if used is None else next(n for n in range(start, start + len(used) + 1) if n not in used)


def free_pair(accounts: Accounts, start: int) -> int | None:
    """The first number from `start` on that is free for a user and for a group."""
    users, groups = _used(accounts, of_groups=False), _used(accounts, of_groups=True)
    if users is None or groups is None:
        return None
    used = users | groups
    return next(n for n in range(start, start + len(used) + 1) if n not in used)


def written(call: CommandCall, accounts: Accounts) -> None:
    """The files with other accounts: the account files have new content, copies and locks appear beside them."""
    for path in ACCOUNT_FILES:
        entry = call.files.look(path)
        if entry.presence is Presence.PRESENT and entry.kind is EntryKind.FILE:
            call.files = call.files.put(replace(entry, content=None, size=None, context_path=None))
    files = call.files.havoc_below("/etc", because(Cause.WRITTEN, call.tool), is_shallow=True)
    call.files = files.with_accounts(accounts)


def make_home(
    call: CommandCall,
    field: Field,
    user: User,
    mode: int | None,
    *,
    has_skeleton: bool = True,
    makes_parents: bool = True,
) -> None:
    """A new user's home directory, which stays as it is when it is there; /etc/skel is copied into it.

    BusyBox has no skeleton and makes only the last directory, when the one above it is there.
    """
    home = user.home
    if home is None or not home.startswith("/"):
        return
    operand = replace(call.operand(field), text=home, path=home, pattern=None)
    there = call.files.resolve(home)
    if there.presence is Presence.PRESENT:
        return
    above = call.files.resolve(paths.parent(paths.clean(home)))
    if above.presence is Presence.ABSENT and not makes_parents:
        return
    users = call.files.accounts
    make_directory(call, operand, parents=True)
    entry = call.files.raw(call.files.real(home))
    owner = (
        f"{user.uid}:{user.gid}"
        if user.uid is not None and user.gid is not None
        else f"{user.name}:{user.name}"
    )
    is_new = there.presence is Presence.ABSENT
    made = replace(entry, owner=owner if is_new else None, mode=mode if is_new else None)
    call.apply(operand, lambda files: files.put(made))
    if has_skeleton:
        _fill(call, home, owner)
    call.files = call.files.with_accounts(users)


def _fill(call: CommandCall, home: str, owner: str) -> None:
    """The content of /etc/skel in a new home directory."""
    skeleton = call.files.resolve("/etc/skel")
    if skeleton.presence is Presence.ABSENT:
        return
    is_listed = call.files.unlisted("/etc/skel").presence is Presence.ABSENT
    if skeleton.presence is Presence.PRESENT and is_listed:
        layer = Layer(FileTree(call.files, skeleton.path), owner, written_by=call.place)
        call.files = copy_tree(call.files, home, layer)
    else:
        call.files = call.files.havoc_below(home, because(Cause.SKELETON, "/etc/skel"))


def move_home(call: CommandCall, before: str, after: str) -> None:
    """`usermod -m`: the home directory's content at its new place."""
    old = call.files.resolve(before)
    if old.presence is Presence.ABSENT or before == after:
        return
    if old.presence is Presence.MAYBE or call.files.resolve(after).presence is not Presence.ABSENT:
        call.unsure()
        call.files = call.files.havoc_below(after, because(Cause.MOVED, "usermod"), overwrites=True)
        return
    tree = FileTree(call.files, old.path)
    who = Maker(old.owner, call.place)
    files = call.files.make_directory(after, who, old.mode)
    files = files.put(replace(files.resolve(after), owner=old.owner, mode=old.mode))
    call.files = copy_tree(files, after, Layer(tree, written_by=call.place)).remove(before, call.place)

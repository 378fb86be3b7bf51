"""useradd, adduser, groupadd and their like: lines of /etc/passwd and /etc/group, and home directories.

Sources: shadow 4.17 (useradd.c, find_new_uid.c), BusyBox 1.37 (loginutils/adduser.c), Debian adduser 3.152; held
against real builds in fixtures/groundtruth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem.accounts import User, UserGroup
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.commands.accounts.accounting import (
    free_below,
    free_from,
    free_number,
    free_pair,
    make_home,
    move_home,
    number,
    written,
)
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.filesystem.accounts import Accounts
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


USERADD = (
    "m,create-home M,no-create-home d=,home-dir=,home= u=,uid= g=,gid= G=,groups= s=,shell= c=,comment= r,system "
    "U,user-group N,no-user-group l,no-log-init o,non-unique p=,password= k=,skel= K= D,defaults e=,expiredate= "
    "f=,inactive= b=,base-dir= R=,root="
)
DEBIAN = (
    "system disabled-password disabled-login gecos= comment= home= uid= gid= ingroup= group no-create-home shell= "
    "q,quiet allow-bad-names force-badname add_extra_groups firstuid= lastuid= conf= debug"
)
BUSYBOX = "h=,home= g= s=,shell= G=,ingroup= S,system D,disabled-password H,no-create-home u=,uid= k="
NOBODYS_GROUP = 65534
USUAL_USERS_GROUP = 100


def _named(call: CommandCall, field: Field | None) -> str | None:
    text = known(field.value) if field is not None else None
    if text is None:
        call.unknown("the account's name is not known")
    return text or None


def _done(call: CommandCall) -> Outcome:
    """The status: certain when all accounts are known and root asks."""
    is_root = call.user is not None and call.files.accounts.ids(call.user)[0] == 0
    if call.files.accounts.is_open or not is_root:
        call.unsure()
    return call.outcome()


def _taken(call: CommandCall, name: str) -> bool:
    """Whether the user is there already: the command then fails."""
    found = call.files.accounts.user(name)
    if found is None or found.name != name:
        return False
    if found.is_certain:
        call.fail(f"there is a user {name} already", 9)
    else:
        call.unsure()
    return found.is_certain


def _gid_of(call: CommandCall, text: str | None) -> int | None:
    if text is None:
        return None
    found = call.files.accounts.group(text)
    return found.gid if found else number(text)


def _add_user(call: CommandCall, user: User, groups: str | None, own_group: UserGroup | None) -> None:
    accounts = call.files.accounts
    if own_group is not None and accounts.group(own_group.name) is None:
        accounts = accounts.with_group(own_group)
    accounts = accounts.with_user(user)
    for extra in (groups or "").split(","):
        accounts = joined(accounts, extra, user.name)
    written(call, accounts)


def joined(accounts: Accounts, group: str, member: str) -> Accounts:
    """The accounts with a member more in a group that is known."""
    found = accounts.group(group) if group else None
    if found is None or member in found.members:
        return accounts
    return accounts.with_group(replace(found, members=(*found.members, member)))


@command("useradd")
def useradd(call: CommandCall) -> Outcome:
    """`useradd [-m] [-d HOME] [-u UID] [-g GROUP] NAME` (shadow-utils): HOME is /home/NAME, made only with -m.

    A group of the user's own name comes with it unless -g or -N says otherwise.
    """
    parsed = call.options(USERADD)
    field = parsed.operands[-1] if parsed.operands else None
    name = _named(call, field)
    if parsed.has("D") or field is None or name is None:
        return call.outcome(None, status=None)
    if _taken(call, name):
        return call.outcome()
    accounts, is_system = call.files.accounts, parsed.has("r")
    uid = (
        number(parsed.text("u"))
        if parsed.has("u")
        else free_below(accounts)
        if is_system
        else free_number(accounts)
    )
    home = parsed.text("d") if parsed.has("d") else f"{parsed.text('b') or '/home'}/{name}"
    has_own = not parsed.has("g") and not parsed.has("N")
    gid = _gid_of(call, parsed.text("g")) if parsed.has("g") else USUAL_USERS_GROUP
    own = UserGroup(name, uid, is_certain=call.run.is_certain) if has_own else None
    user = User(name, uid, uid if has_own else gid, home, call.run.is_certain)
    _add_user(call, user, parsed.text("G"), own)
    if parsed.has("m") and not parsed.has("M"):
        make_home(call, field, user, None)
    return _done(call)


@command("adduser")
def adduser(call: CommandCall) -> Outcome:
    """Debian's `adduser NAME [GROUP]` and BusyBox's `adduser -D [-h HOME] [-u UID] [-G GROUP] NAME`: both make HOME."""
    letters = {text for text in call.texts() if text in ("-D", "-S", "-H", "-h", "-G", "-u")}
    is_busybox = call.shell.flavour == "busybox" or (not call.shell.flavour and bool(letters))
    parsed = call.options(BUSYBOX if is_busybox else DEBIAN)
    field = parsed.operands[0] if parsed.operands else None
    name = _named(call, field)
    if field is None or name is None:
        return call.outcome(None, status=None)
    if len(parsed.operands) > 1:
        group = known(parsed.operands[1].value) or ""
        written(call, joined(call.files.accounts, group, name))
        return _done(call)
    if _taken(call, name):
        return call.outcome()
    return _busybox(call, parsed, field, name) if is_busybox else _debian(call, parsed, field, name)


def _busybox(call: CommandCall, parsed: Parsed, field: Field, name: str) -> Outcome:
    accounts, is_system = call.files.accounts, parsed.has("S")
    uid = number(parsed.text("u")) if parsed.has("u") else free_from(accounts, 100 if is_system else 1000)
    home = parsed.text("h") if parsed.has("h") else f"/home/{name}"
    gid, own = uid, UserGroup(name, uid, is_certain=call.run.is_certain)
    if parsed.has("G"):
        gid = _gid_of(call, parsed.text("G"))
    elif is_system:
        gid = NOBODYS_GROUP
    has_own = not parsed.has("G") and not is_system
    user = User(name, uid, gid, home, call.run.is_certain)
    _add_user(call, user, None, own if has_own else None)
    if not parsed.has("H") and home != "/dev/null":
        make_home(call, field, user, 0o2755, has_skeleton=False, makes_parents=False)
    return _done(call)


def _debian(call: CommandCall, parsed: Parsed, field: Field, name: str) -> Outcome:
    accounts, is_system = call.files.accounts, parsed.has("system")
    has_own = not parsed.has("ingroup") and not parsed.has("gid") and (not is_system or parsed.has("group"))
    start = 100 if is_system else 1000
    free = free_pair(accounts, start) if has_own else free_from(accounts, start)
    uid = number(parsed.text("uid")) if parsed.has("uid") else free
    gid: int | None = uid
    if parsed.has("ingroup") or parsed.has("gid"):
        gid = _gid_of(call, parsed.text("ingroup") or parsed.text("gid"))
    elif not has_own:
        gid = NOBODYS_GROUP
    home = parsed.text("home") if parsed.has("home") else f"/home/{name}"
    is_homeless = is_system and not parsed.has("home")
    user = User(name, uid, gid, None if is_homeless else home, call.run.is_certain)
    _add_user(call, user, None, UserGroup(name, uid, is_certain=call.run.is_certain) if has_own else None)
    call.files = call.files.havoc_below("/run", because(Cause.WRITTEN, "adduser"))
    if not parsed.has("no-create-home") and not is_homeless:
        make_home(call, field, user, None, has_skeleton=not is_system)
    return _done(call)


@command("usermod")
def usermod(call: CommandCall) -> Outcome:
    """`usermod [-d HOME [-m]] [-u UID] [-g GROUP] [-aG GROUPS] [-l NEW] NAME`."""
    parsed = call.options(
        "a,append G=,groups= d=,home= m,move-home u=,uid= g=,gid= l=,login= s=,shell= o c= p= L U e= f="
    )
    name = _named(call, parsed.operands[-1] if parsed.operands else None)
    accounts = call.files.accounts
    user = accounts.user(name) if name else None
    if name is None or user is None:
        call.unsure()
        return call.outcome()
    before = user
    if parsed.has("d"):
        user = replace(user, home=parsed.text("d"))
    if parsed.has("u"):
        user = replace(user, uid=number(parsed.text("u")))
    if parsed.has("g"):
        user = replace(user, gid=_gid_of(call, parsed.text("g")))
    if parsed.has("l"):
        accounts = accounts.without_user(name)
        user = replace(user, name=parsed.text("l") or name)
    accounts = accounts.with_user(user)
    for group in (parsed.text("G") or "").split(","):
        accounts = joined(accounts, group, user.name)
    written(call, accounts)
    if parsed.has("m") and user.home and before.home:
        move_home(call, before.home, user.home)
    return _done(call)


@command("groupadd", "addgroup")
def groupadd(call: CommandCall) -> Outcome:
    """`groupadd [-g GID] NAME`; `addgroup USER GROUP` adds a member."""
    parsed = call.options("g=,gid= r,system S f,force o,non-unique K= p= quiet")
    names = [text for field in parsed.operands if (text := known(field.value))]
    accounts = call.files.accounts
    if call.tool == "addgroup" and len(names) == 2:
        written(call, joined(accounts, names[1], names[0]))
        return _done(call)
    if not names:
        return call.outcome(None, status=None)
    if any(group.name == names[-1] and group.is_certain for group in accounts.groups):
        if not parsed.has("f"):
            call.fail(f"there is a group {names[-1]} already", 9)
        return call.outcome()
    is_system = parsed.has("r") or parsed.has("S")
    if call.tool == "addgroup":
        free = free_from(accounts, 100 if is_system else 1000, of_groups=True)
    else:
        free = free_below(accounts, of_groups=True) if is_system else free_number(accounts, of_groups=True)
    gid = number(parsed.text("g")) if parsed.has("g") else free
    written(call, accounts.with_group(UserGroup(names[-1], gid, is_certain=call.run.is_certain)))
    return _done(call)


@command("userdel", "deluser")
def userdel(call: CommandCall) -> Outcome:
    """`userdel [-r] NAME`; with -r HOME goes as well."""
    parsed = call.options("r,remove f,force remove-home remove-all-files quiet system")
    name = known(parsed.operands[0].value) if parsed.operands else None
    accounts = call.files.accounts
    user = accounts.user(name) if name else None
    if name is None or user is None:
        call.unsure()
        return call.outcome()
    accounts = accounts.without_user(name)
    group = accounts.group(name)
    if group is not None and not group.members:
        accounts = replace(accounts, groups=tuple(g for g in accounts.groups if g is not group))
    written(call, accounts)
    if user.home and (parsed.has("r") or parsed.has("remove-home")):
        call.files = call.files.remove(user.home, call.place)
    return _done(call)


@command("groupdel", "delgroup")
def groupdel(call: CommandCall) -> Outcome:
    """`groupdel NAME`."""
    name = (call.texts() or [None])[-1]
    accounts = call.files.accounts
    written(call, replace(accounts, groups=tuple(g for g in accounts.groups if g.name != name)))
    return _done(call)


@command("gpasswd", "passwd", "chpasswd")
def tending(call: CommandCall) -> Outcome:
    """Commands that change the account files in ways that nothing here depends on."""
    written(call, call.files.accounts)
    call.unsure()
    return call.outcome(None)

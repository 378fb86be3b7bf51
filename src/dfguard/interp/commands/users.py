"""useradd, adduser, groupadd and their like: lines of /etc/passwd and /etc/group, and home directories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.accounts import Group, User
from dfguard.interp.commands.actions import make_directory
from dfguard.interp.commands.registry import command
from dfguard.interp.state import Presence
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.accounts import Accounts
    from dfguard.interp.commands.call import Call
    from dfguard.interp.commands.options import Parsed
    from dfguard.interp.shell_state import Outcome
    from dfguard.interp.shell_words import Field

USERADD = (
    "m,create-home M,no-create-home d=,home-dir=,home= u=,uid= g=,gid= G=,groups= s=,shell= c=,comment= r,system "
    "U,user-group N,no-user-group l,no-log-init o,non-unique p=,password= k=,skel= K= D,defaults e=,expiredate= f=,inactive= "
    "b=,base-dir= R=,root="
)
DEBIAN = (
    "system disabled-password disabled-login gecos= comment= home= uid= gid= ingroup= group no-create-home shell= q,quiet "
    "allow-bad-names force-badname add_extra_groups firstuid= lastuid= conf= debug"
)
BUSYBOX = "h= g= s= G= S D H u= k="


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 11 else None


def _gid_of(accounts: Accounts, text: str | None) -> int | None:
    if text is None:
        return None
    number = _number(text)
    found = accounts.group(text)
    return number if number is not None else found.gid if found else None


def _with(call: Call, accounts: Accounts) -> None:
    call.files = call.files.with_accounts(accounts)
    for path in ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid"):
        call.files = call.files.haze(path, f"{call.tool} may have written it")


def _named(call: Call, field: Field) -> str | None:
    text = known(field.value)
    if text is None:
        call.unknown("the account's name is not known")
    return text or None


@command("useradd")
def useradd(call: Call) -> Outcome:
    """`useradd [-m] [-d HOME] [-u UID] [-g GROUP] NAME` (shadow-utils): HOME is /home/NAME, made only with -m.

    A group of the user's own name comes with it unless -g or -N says otherwise.
    """
    parsed = call.options(USERADD)
    if parsed.has("D") or not parsed.operands:
        return call.outcome(None, status=None)
    name = _named(call, parsed.operands[-1])
    if name is None:
        return call.outcome(None, status=None)
    home = parsed.text("d") if parsed.has("d") else f"{parsed.text('b') or '/home'}/{name}"
    group = parsed.text("g")
    _add(call, parsed, name, _number(parsed.text("u")), group, home, own_group=not parsed.has("N"))
    if parsed.has("m") and not parsed.has("M"):
        _make_home(call, parsed.operands[-1], name, home)
    return call.outcome(None, status=None)


def _add(
    call: Call,
    parsed: Parsed,
    name: str,
    uid: int | None,
    group: str | None,
    home: str | None,
    *,
    own_group: bool,
) -> None:
    accounts = call.files.accounts
    gid = _gid_of(accounts, group)
    if group is None and own_group:
        accounts = accounts.with_group(Group(name, uid, is_certain=call.run.is_certain))
        gid = uid
    accounts = accounts.with_user(User(name, uid, gid, home, call.run.is_certain))
    for extra in (parsed.text("G") or "").split(","):
        accounts = _joined_group(accounts, extra, name)
    _with(call, accounts)


def _joined_group(accounts: Accounts, group: str, member: str) -> Accounts:
    found = accounts.group(group) if group else None
    if found is None or member in found.members:
        return accounts
    return accounts.with_group(replace(found, members=(*found.members, member)))


def _make_home(call: Call, field: Field, name: str, home: str | None) -> None:
    if home is None or not home.startswith("/"):
        return
    operand = replace(call.operand(field), text=home, path=home, pattern=None)
    if call.files.resolve(home).presence is Presence.PRESENT:
        return
    make_directory(call, operand, parents=True, mode=0o755 if call.tool == "adduser" else None)
    uid, gid = call.files.accounts.ids(name)
    owner = f"{uid}:{gid}" if uid is not None and gid is not None else None
    entry = call.files.raw(call.files.real(home))
    call.apply(operand, lambda files: files.put(replace(entry, owner=owner, mode=None)))
    call.files = call.files.haze(home, "/etc/skel may have been copied there")


@command("adduser")
def adduser(call: Call) -> Outcome:
    """Debian's `adduser NAME [GROUP]` and BusyBox's `adduser -D [-h HOME] [-u UID] [-G GROUP] NAME`: both make HOME."""
    is_busybox = any(text in ("-D", "-S", "-H", "-h", "-G") for text in call.texts())
    parsed = call.options(BUSYBOX if is_busybox else DEBIAN)
    if not parsed.operands:
        return call.outcome(None, status=None)
    first = parsed.operands[0]
    name = _named(call, first)
    second = known(parsed.operands[1].value) if len(parsed.operands) > 1 else None
    if name is None:
        return call.outcome(None, status=None)
    if second is not None:
        _with(call, _joined_group(call.files.accounts, second, name))
        return call.outcome(None, status=None)
    home = parsed.text("h" if is_busybox else "home") or f"/home/{name}"
    uid = _number(parsed.text("u" if is_busybox else "uid"))
    group = parsed.text("G") if is_busybox else parsed.text("ingroup") or parsed.text("gid")
    plain = replace(parsed, options=())
    is_system = parsed.has("S" if is_busybox else "system")
    _add(call, plain, name, uid, group, home, own_group=not is_system)
    if not parsed.has("H" if is_busybox else "no-create-home") and not (is_system and not is_busybox):
        _make_home(call, first, name, home)
    return call.outcome(None, status=None)


@command("usermod")
def usermod(call: Call) -> Outcome:
    """`usermod [-d HOME] [-u UID] [-g GROUP] [-aG GROUPS] [-l NEW] NAME`."""
    parsed = call.options(
        "a,append G=,groups= d=,home= m,move-home u=,uid= g=,gid= l=,login= s=,shell= o c= p= L U e= f="
    )
    name = _named(call, parsed.operands[-1]) if parsed.operands else None
    accounts = call.files.accounts
    user = accounts.user(name) if name else None
    if name is None or user is None:
        return call.outcome(None, status=None)
    if parsed.has("d"):
        user = replace(user, home=parsed.text("d"))
    if parsed.has("u"):
        user = replace(user, uid=_number(parsed.text("u")))
    if parsed.has("g"):
        user = replace(user, gid=_gid_of(accounts, parsed.text("g")))
    if parsed.has("l"):
        accounts = accounts.without_user(name)
        user = replace(user, name=parsed.text("l") or name)
    accounts = accounts.with_user(user)
    for group in (parsed.text("G") or "").split(","):
        accounts = _joined_group(accounts, group, user.name)
    _with(call, accounts)
    if parsed.has("m") and user.home:
        call.files = call.files.haze(user.home, "usermod may have moved it there")
    return call.outcome(None, status=None)


@command("groupadd", "addgroup")
def groupadd(call: Call) -> Outcome:
    """`groupadd [-g GID] NAME`; `addgroup USER GROUP` adds a member."""
    parsed = call.options("g=,gid= r,system S f,force o,non-unique K= p= quiet")
    names = [text for field in parsed.operands if (text := known(field.value))]
    accounts = call.files.accounts
    if call.tool == "addgroup" and len(names) == 2:
        accounts = _joined_group(accounts, names[1], names[0])
    elif names:
        accounts = accounts.with_group(
            Group(names[-1], _number(parsed.text("g")), is_certain=call.run.is_certain)
        )
    _with(call, accounts)
    return call.outcome(None, status=None)


@command("userdel", "deluser")
def userdel(call: Call) -> Outcome:
    """`userdel [-r] NAME`; with -r HOME goes as well."""
    parsed = call.options("r,remove f,force remove-home remove-all-files quiet system")
    name = known(parsed.operands[0].value) if parsed.operands else None
    user = call.files.accounts.user(name) if name else None
    if name and user is not None:
        _with(call, call.files.accounts.without_user(name))
        if user.home and (parsed.has("r") or parsed.has("remove-home")):
            call.files = call.files.haze(user.home, f"{call.tool} may have removed it", overwrites=True)
    return call.outcome(None, status=None)


@command("groupdel", "gpasswd", "passwd", "chpasswd")
def tending(call: Call) -> Outcome:
    """Commands that change the account files in ways that nothing here depends on."""
    _with(call, call.files.accounts)
    return call.outcome(None, status=None)

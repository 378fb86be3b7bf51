"""What is known of an image's /etc/passwd and /etc/group: users by name and number, their groups and home directories."""

from __future__ import annotations

from dfguard.core.numbers import whole_number
from dfguard.core.record import Record, replace

FILE, GROUP_FILE = "/etc/passwd", "/etc/group"
ROOT_ID = 0
PEOPLE = range(1000, 60000)
"""UID_MIN to UID_MAX of login.defs(5), the same in Debian, Ubuntu and Alpine; what a package needs lies below."""


class User(Record):
    """A line of /etc/passwd; None where it is not known. `is_certain` is False when a condition decides whether it exists."""

    name: str
    uid: int | None = None
    gid: int | None = None
    home: str | None = None
    is_certain: bool = True


class UserGroup(Record):
    """A line of /etc/group. `members` are the users it lists by name."""

    name: str
    gid: int | None = None
    members: tuple[str, ...] = ()
    is_certain: bool = True


class Accounts(Record):
    """All users and groups as far as they are known. `is_open`: the base image may know others; `lists_people`: but none
    of those numbers that a system gives to people (`PEOPLE`); `others`: none but those with one of these names, None for any.
    """

    users: tuple[User, ...] = ()
    groups: tuple[UserGroup, ...] = ()
    is_open: bool = False
    lists_people: bool = False
    others: frozenset[str] | None = None

    def lacks_user(self, name: str) -> bool:
        """Whether there is surely no user of that name."""
        return self._lacks_name(name) and all(user.name != name for user in self.users)

    def lacks_group(self, name: str) -> bool:
        """Whether there is surely no group of that name."""
        return self._lacks_name(name) and all(group.name != name for group in self.groups)

    def _lacks_name(self, name: str) -> bool:
        return not self.is_open or (self.others is not None and name not in self.others)

    def opened(self, others: frozenset[str] | None) -> Accounts:
        """The same where users and groups of these names may have come to be, None for any."""
        if others is not None and not others:
            return self
        before = self.others if self.is_open else frozenset()
        both = None if others is None or before is None else before | others
        return replace(self, is_open=True, others=both)

    def of_others(self) -> Accounts:
        """The same where somebody else wrote the files: any users and groups may be there."""
        return replace(self.opened(None), lists_people=False)

    def user(self, text: str) -> User | None:
        """The user of that name or number; None when there is none as far as we know (see `is_open`)."""
        number = _number(text)
        found = next((u for u in self.users if u.name == text), None)
        return found or next((u for u in self.users if number is not None and u.uid == number), None)

    def group(self, text: str) -> UserGroup | None:
        """The group of that name or number."""
        number = _number(text)
        found = next((g for g in self.groups if g.name == text), None)
        return found or next((g for g in self.groups if number is not None and g.gid == number), None)

    def with_user(self, user: User) -> Accounts:
        """The same with a user added, or replaced when the name is taken."""
        return replace(self, users=(*(u for u in self.users if u.name != user.name), user))

    def with_group(self, group: UserGroup) -> Accounts:
        """The same with a group added, or replaced when the name is taken."""
        return replace(self, groups=(*(g for g in self.groups if g.name != group.name), group))

    def without_user(self, name: str) -> Accounts:
        """The same without the user of that name."""
        return replace(self, users=tuple(u for u in self.users if u.name != name))

    def ids(self, text: str) -> tuple[int | None, int | None]:
        """(uid, gid) of `user`, `user:group` or numbers of either, None for what is not known; empty text is root.

        A user given without group has its own group; a bare number that is nobody has the group root, as runc does
        (github.com/opencontainers/runc libcontainer/user, `GetExecUser`).
        """
        name, _, group = (text or "0").partition(":")
        found = self.user(name)
        uid = found.uid if found else _number(name)
        if group:
            known = self.group(group)
            return uid, known.gid if known else _number(group)
        if found:
            return uid, found.gid
        return uid, ROOT_ID if uid is not None and not self.is_open else None

    def groups_of(self, name: str) -> frozenset[int]:
        """The numbers of the groups that list the user."""
        return frozenset(g.gid for g in self.groups if name in g.members and g.gid is not None)

    def home(self, text: str) -> str | None:
        """HOME that runc gives the process of `user[:group]`: its line in /etc/passwd, else `/`; None when not known."""
        name = text.partition(":")[0] or "root"
        found = self.user(name)
        if found:
            return found.home if found.is_certain else None
        return "/" if not self.is_open or self._lacks(_number(name)) else None

    def _lacks(self, number: int | None) -> bool:
        """Whether surely nobody has the number."""
        return (
            self.lists_people
            and number in PEOPLE
            and not any(user.uid in (None, number) for user in self.users)
        )


ROOT_ONLY = Accounts((User("root", 0, 0, "/root"),), (UserGroup("root", 0),))
"""What holds for an image whose /etc/passwd was not looked into: root is root and lives in /root."""


def join(a: Accounts, b: Accounts) -> Accounts:
    """What holds whichever of the two is true: others become uncertain."""
    if a == b:
        return a
    users = _joined({u.name: u for u in a.users}, {u.name: u for u in b.users})
    groups = _joined({g.name: g for g in a.groups}, {g.name: g for g in b.groups})
    return Accounts(
        tuple(u for u in users if isinstance(u, User)),
        tuple(g for g in groups if isinstance(g, UserGroup)),
        a.is_open or b.is_open,
        a.lists_people and b.lists_people,
        _others_of(a, b),
    )


def _others_of(a: Accounts, b: Accounts) -> frozenset[str] | None:
    sides = [one.others if one.is_open else frozenset() for one in (a, b)]
    known = [names for names in sides if names is not None]
    return frozenset().union(*known) if len(known) == len(sides) else None


def _joined(
    left: dict[str, User] | dict[str, UserGroup], right: dict[str, User] | dict[str, UserGroup]
) -> list[User | UserGroup]:
    found: list[User | UserGroup] = []
    for name in sorted(left.keys() | right.keys()):
        mine, other = left.get(name), right.get(name)
        if isinstance(mine, User) and isinstance(other, User) and mine != other:
            same = {
                f: getattr(mine, f) for f in ("uid", "gid", "home") if getattr(mine, f) == getattr(other, f)
            }
            found.append(User(name, **same, is_certain=mine.is_certain and other.is_certain))
        elif isinstance(mine, UserGroup) and isinstance(other, UserGroup) and mine != other:
            gid = mine.gid if mine.gid == other.gid else None
            members = tuple(sorted({*mine.members} & {*other.members}))
            found.append(UserGroup(name, gid, members, mine.is_certain and other.is_certain))
        elif mine is not None and other is not None:
            found.append(mine)
        else:
            only = mine or other
            found += [replace(only, is_certain=False)] if only else []
    return found


def parse_passwd(text: str) -> tuple[User, ...]:
    """The users of an /etc/passwd's text; lines that are none are left out."""
    users = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 6 and fields[0]:
            users.append(User(fields[0], _number(fields[2]), _number(fields[3]), fields[5] or "/"))
    return tuple(users)


def parse_group(text: str) -> tuple[UserGroup, ...]:
    """The groups of an /etc/group's text; lines that are none are left out."""
    groups = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 3 and fields[0]:
            members = tuple(filter(None, fields[3].split(","))) if len(fields) > 3 else ()
            groups.append(UserGroup(fields[0], _number(fields[2]), members))
    return tuple(groups)


def appended(accounts: Accounts, path: str, text: str | None) -> Accounts:
    """The accounts once a text was added at the end of /etc/passwd or /etc/group; others keep theirs."""
    if text is None:
        return replace(accounts, is_open=True, lists_people=False)
    if path == FILE:
        for user in parse_passwd(text):
            if accounts.user(user.name) is None:
                accounts = accounts.with_user(user)
    if path == GROUP_FILE:
        for group in parse_group(text):
            if accounts.group(group.name) is None:
                accounts = accounts.with_group(group)
    return accounts


HIGHEST = 0xFFFFFFFF
"""Linux keeps a user's number in 32 bits."""


def _number(text: str) -> int | None:
    found = whole_number(text)
    return found if found is not None and found <= HIGHEST else None


def _group(text: str, accounts: Accounts) -> int | None:
    number = whole_number(text)
    if number is not None:
        return number
    return None if accounts.is_open else 0


def owner_of(text: str, accounts: Accounts) -> str | None:
    """`uid:gid` that --chown gives: a number alone is the group as well, a name alone has its own group.

    A name that is surely not in /etc/passwd gives root (seen with BuildKit 28.5); names that the base image may know
    stay names. Source: moby/buildkit solver/llbsolver/file/user_linux.go.
    """
    name, _, group = text.partition(":")
    if not text:
        return None
    user = accounts.user(name)
    uid, gid = accounts.ids(name)
    number = whole_number(name)
    if number is not None:
        uid = gid = number
    is_nobody = user is None and number is None
    if is_nobody and name and not accounts.is_open:
        uid, gid = 0, 0
    if group:
        found = accounts.group(group)
        gid = found.gid if found else _group(group, accounts)
    left = name if uid is None else str(uid)
    right = (group or name) if gid is None else str(gid)
    return f"{left or '0'}:{right}"

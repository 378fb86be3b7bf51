"""Owners, modes and users: who can read what, and what is known of /etc/passwd."""

from __future__ import annotations

import pytest

from dfguard.core.record import replace
from dfguard.disk import InMemoryContext
from dfguard.interp.filesystem import accounts
from dfguard.interp.filesystem.accounts import Accounts, User, UserGroup
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.filesystem import FileSystem, Maker
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.filesystem.permissions import Reader, readable

PRESENT, MAYBE, ABSENT = Presence.PRESENT, Presence.MAYBE, Presence.ABSENT


def file(path: str, **details: object) -> Entry:
    return replace(Entry(path, EntryKind.FILE, PRESENT, owner="0:0", mode=0o644), **details)


USERS = Accounts(
    (User("root", 0, 0, "/root"), User("app", 1000, 1000, "/home/app")), (UserGroup("models", 7, ("app",)),)
)


@pytest.mark.parametrize(
    ("entry", "folder_mode", "user", "verdict"),
    [
        pytest.param({}, 0o755, "app", PRESENT, id="world readable"),
        pytest.param({"mode": 0o600}, 0o755, "app", ABSENT, id="root only"),
        pytest.param({"mode": 0o600, "owner": "1000:1000"}, 0o755, "app", PRESENT, id="own file"),
        pytest.param({"mode": 0o640, "owner": "0:7"}, 0o755, "app", PRESENT, id="group that lists the user"),
        pytest.param({"mode": 0o640, "owner": "0:7"}, 0o755, "1001:1001", ABSENT, id="not in the group"),
        pytest.param({}, 0o700, "app", ABSENT, id="directory closed"),
        pytest.param({}, 0o700, "root", PRESENT, id="root reads everything"),
        pytest.param({"mode": None}, 0o755, "app", MAYBE, id="unknown mode"),
        pytest.param({"mode": 0o640, "owner": None}, 0o755, "app", MAYBE, id="unknown owner"),
    ],
)
def test_who_can_read(entry: dict[str, object], folder_mode: int, user: str, verdict: Presence) -> None:
    files = FileSystem.scratch().with_accounts(USERS).make_directory("/d", Maker(), folder_mode)
    assert readable(files.put(file("/d/x", **entry)), "/d/x", user).presence is verdict


def test_nothing_there_cannot_be_read() -> None:
    assert readable(FileSystem.scratch(), "/x", "0").presence is ABSENT


@pytest.mark.parametrize(
    ("text", "before", "is_directory", "after"),
    [
        ("755", 0o644, False, 0o755),
        ("+x", 0o644, False, 0o755),
        ("u+x,go-r", 0o644, False, 0o700),
        ("a+rX", 0o600, False, 0o644),
        ("a+rX", 0o600, True, 0o755),
        ("go=u", 0o640, False, 0o666),
        ("+w", 0o444, False, 0o644),
        ("1777", 0o755, True, 0o1777),
        ("u+x", None, False, None),
        ("nonsense", 0o644, False, None),
    ],
)
def test_modes_follow_chmod(text: str, before: int | None, is_directory: bool, after: int | None) -> None:  # noqa: FBT001
    assert ModeChange(text).applied(before, is_directory=is_directory) == after


def test_written_passwd_is_known_afterwards() -> None:
    context = InMemoryContext({"passwd": "app:x:12:34::/srv/app:/bin/sh\n"})
    entry = file("/etc/passwd", context_path="passwd")
    files = FileSystem.of_image("base", context).put(entry)
    assert files.accounts.ids("app") == (12, 34)
    assert files.accounts.home("app") == "/srv/app"
    assert files.accounts.home("nobody") == "/"


def test_home_is_unknown_when_the_base_may_know_the_user() -> None:
    users = FileSystem.of_image("base").accounts
    assert (users.home("1000"), users.home(""), users.home("root")) == (None, "/root", "/root")
    assert FileSystem.scratch().accounts.home("1000") == "/"


def test_joined_accounts_make_one_sided_users_uncertain() -> None:
    joined = accounts.join(USERS, Accounts(USERS.users[:1], USERS.groups))
    assert [(u.name, u.is_certain) for u in joined.users] == [("app", False), ("root", True)]


def test_one_reader_answers_for_many_paths_what_each_question_alone_gives() -> None:
    files = FileSystem.scratch()
    for path, mode in (("/a", 0o755), ("/a/b", 0o700), ("/a/c", 0o711)):
        files = files.put(Entry(path, EntryKind.DIRECTORY, Presence.PRESENT, owner="0:0", mode=mode))
    for path, mode in (("/a/f", 0o644), ("/a/g", 0o600), ("/a/b/f", 0o644), ("/a/c/f", 0o644)):
        files = files.put(Entry(path, EntryKind.FILE, Presence.PRESENT, owner="0:0", mode=mode))
    reader = Reader(files, "1000")
    for path in ("/a/f", "/a/g", "/a/b/f", "/a/c/f", "/a/none"):
        assert reader.opens(path) == readable(files, path, "1000")
    assert reader.opens("/a/c") == readable(files, "/a/c", "1000", needs_list=False)
    assert reader.opens("/a/b/f").why == "/a/b is closed to 1000"

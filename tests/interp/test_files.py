"""Laws and examples of the abstract file system."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.core.record import replace
from dfguard.disk import InMemoryContext
from dfguard.interp import accounts, entries, paths
from dfguard.interp.accounts import Accounts, Group, User
from dfguard.interp.files import FileSystem, Maker
from dfguard.interp.layers import ContextTree, Layer
from dfguard.interp.modes import ModeChange
from dfguard.interp.rights import readable
from dfguard.interp.state import Entry, EntryKind, Presence
from dfguard.interp.trees import FileTree, copy_tree, glob, walk

if TYPE_CHECKING:
    from dfguard.core.context import ContextEntry

PRESENT, MAYBE, ABSENT = Presence.PRESENT, Presence.MAYBE, Presence.ABSENT
FILE, DIRECTORY, LINK = EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.LINK


def file(path: str, **details: object) -> Entry:
    return replace(Entry(path, FILE, PRESENT, owner="0:0", mode=0o644), **details)


def link(path: str, target: str) -> Entry:
    return Entry(path, LINK, PRESENT, target=target)


def presence(files: FileSystem, path: str) -> Presence:
    return files.look(path).presence


names = st.sampled_from(["a", "b", ".c"])
places = st.lists(names, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
steps = st.one_of(
    st.tuples(st.just("put"), places, places),
    st.tuples(st.just("make"), places, places),
    st.tuples(st.just("remove"), places, places),
    st.tuples(st.just("empty"), places, places),
    st.tuples(st.just("copy"), places, places),
)
histories = st.lists(steps, max_size=8)
World = dict[str, str]
History = list[tuple[str, str, str]]


def in_world(world: World, step: tuple[str, str, str]) -> World:
    """What a real file system does; steps that would fail do nothing."""
    what, path, other = step
    above = list(paths.ancestors(path))[:-1]
    if any(world.get(folder) == "file" for folder in (*above, *list(paths.ancestors(other))[:-1])):
        return world
    after = dict(world)
    if what == "put" and world.get(path) != "directory":
        after |= dict.fromkeys(above, "directory") | {path: "file"}
    elif what == "make" and world.get(path) != "file":
        after |= dict.fromkeys((*above, path), "directory")
    elif what == "remove":
        after = {p: k for p, k in world.items() if not paths.is_at_or_below(p, path)}
    elif what == "empty" and world.get(path) == "directory":
        hidden = paths.below(path, ".")
        after = {p: k for p, k in world.items() if not paths.is_below(p, path) or p.startswith(hidden)}
    elif what == "copy" and world.get(path) == "directory" and world.get(other) == "directory":
        pairs = {
            paths.below(other, paths.relative(p, path)): k
            for p, k in world.items()
            if paths.is_below(p, path)
        }
        if all(world.get(p, k) == k for p, k in pairs.items()) and not paths.is_at_or_below(other, path):
            after |= pairs
    return after


def on_paper(files: FileSystem, step: tuple[str, str, str], world: World) -> FileSystem:
    """The same step on paper, when it does something in the world."""
    what, path, other = step
    after = in_world(world, step)
    if what == "put" and after.get(path) == "file" and after != world:
        return files.put(file(path))
    if what == "make" and after != world:
        return files.make_directory(path, Maker())
    if what == "remove" and after != world:
        return files.remove(path)
    if what == "empty" and after != world:
        return files.empty(path, spares_hidden=True)
    if what == "copy" and after != world:
        return copy_tree(files, other, Layer(FileTree(files, path)))
    return files


def both(history: History, files: FileSystem, world: World) -> tuple[FileSystem, World]:
    for step in history:
        files, world = on_paper(files, step, world), in_world(world, step)
    return files, world


EVERYWHERE = [
    "/" + "/".join(p) for p in [(a,) for a in "ab"] + [(a, b) for a in "ab" for b in ("a", "b", ".c")]
]


@settings(deadline=None, max_examples=60)
@given(histories)
def test_closed_image_is_known_exactly(history: History) -> None:
    files, world = both(history, FileSystem.scratch(), {})
    for path in {*EVERYWHERE, *world}:
        expected = {"file": (PRESENT, FILE), "directory": (PRESENT, DIRECTORY)}.get(world.get(path, ""))
        entry = files.look(path)
        assert (entry.presence, entry.kind) == (expected or (ABSENT, entry.kind)), path
    listed = {entry.path for entry in walk(files, "/")}
    assert listed == set(world)


@settings(deadline=None, max_examples=60)
@given(histories)
def test_unknown_base_never_claims_what_a_base_could_contradict(history: History) -> None:
    base = {"/a": "directory", "/a/b": "file", "/b": "directory", "/b/.c": "directory"}
    files, world = FileSystem.of_image("base"), base
    for step in history:
        after = in_world(world, step)
        if after != world:
            files, world = on_paper(files, step, world), after
    for path in {*EVERYWHERE, *world}:
        claim = presence(files, path)
        assert claim is MAYBE or (claim is PRESENT) == (path in world), path


@settings(deadline=None, max_examples=60)
@given(histories, histories, histories)
def test_join_holds_in_both_worlds(before: History, left: History, right: History) -> None:
    files, world = both(before, FileSystem.scratch(), {})
    mine, my_world = both(left, files.fork(), world)
    theirs, their_world = both(right, files.fork(), world)
    joined = mine.join(theirs)
    for path in {*EVERYWHERE, *my_world, *their_world}:
        claim = presence(joined, path)
        assert claim is MAYBE or (claim is PRESENT) == (path in my_world), path
        assert claim is MAYBE or (claim is PRESENT) == (path in their_world), path


def claims(files: FileSystem) -> dict[str, Entry]:
    return {path: files.look(path) for path in EVERYWHERE}


@settings(deadline=None, max_examples=60)
@given(histories, histories, histories)
def test_join_commutes_and_absorbs(before: History, left: History, right: History) -> None:
    files, world = both(before, FileSystem.scratch(), {})
    mine, theirs = both(left, files.fork(), world)[0], both(right, files.fork(), world)[0]
    assert {p: e.presence for p, e in claims(mine.join(theirs)).items()} == {
        p: e.presence for p, e in claims(theirs.join(mine)).items()
    }
    assert claims(mine.join(mine)) == claims(mine)


maybes = st.builds(
    lambda kind, presence, owner, why: Entry("/x", kind, presence, owner=owner, why=why),
    st.sampled_from(EntryKind),
    st.sampled_from(Presence),
    st.sampled_from([None, "0:0", "1:1"]),
    st.sampled_from(["", "this", "that"]),
)


@settings(deadline=None, max_examples=60)
@given(maybes, maybes, maybes)
def test_entry_join_commutes_associates_and_is_idempotent(a: Entry, b: Entry, c: Entry) -> None:
    def normal(entry: Entry) -> Entry:
        return replace(entry, kind=EntryKind.UNKNOWN, owner=None) if entry.presence is ABSENT else entry

    a, b, c = normal(a), normal(b), normal(c)
    assert entries.join(a, b) == entries.join(b, a)
    assert entries.join(a, entries.join(b, c)) == entries.join(entries.join(a, b), c)
    assert entries.join(a, a) == a


@settings(deadline=None, max_examples=60)
@given(histories, histories)
def test_earlier_views_stay_true(before: History, after: History) -> None:
    files, world = both(before, FileSystem.scratch(), {})
    seen = claims(files)
    both(after, files, world)
    both(after, files, world)
    assert claims(files) == seen


def test_put_makes_the_parents_of_an_unknown_base_certain() -> None:
    files = FileSystem.of_image("debian").put(file("/opt/app/x"))
    assert presence(files, "/opt/app") is PRESENT
    assert presence(files, "/opt/other") is MAYBE
    assert files.look("/opt/other").why == "debian may hold it"


def test_top_level_names_close_the_root_only() -> None:
    files = FileSystem.of_image("debian", top_level=["usr", "opt"], known=[file("/usr/bin/python3")])
    assert [presence(files, p) for p in ("/app", "/app/x", "/usr", "/usr/x", "/usr/bin/python3")] == [
        ABSENT,
        ABSENT,
        PRESENT,
        MAYBE,
        PRESENT,
    ]


def test_known_missing_path_is_absent_until_written() -> None:
    files = FileSystem.of_image("debian", missing=["/models"])
    assert presence(files, "/models/x") is ABSENT
    assert presence(files.make_directory("/models/y", Maker()), "/models/y") is PRESENT


def test_links_are_followed_in_parents_and_by_resolve() -> None:
    files = FileSystem.scratch().put(file("/real/x")).put(link("/way", "real")).put(link("/direct", "/way/x"))
    assert files.look("/way/x").path == "/real/x"
    assert files.look("/direct").kind is LINK
    assert files.resolve("/direct").path == "/real/x"
    assert files.put(file("/way/y")).look("/real/y").presence is PRESENT


def test_links_in_a_circle_and_dangling_links_resolve_to_nothing() -> None:
    files = FileSystem.scratch().put(link("/a", "/b")).put(link("/b", "/a")).put(link("/c", "/nowhere"))
    assert files.resolve("/a").presence is ABSENT
    assert files.resolve("/c").presence is ABSENT
    assert files.look("/c").presence is PRESENT


def test_removing_a_link_leaves_its_target() -> None:
    files = FileSystem.scratch().put(file("/real/x")).put(link("/way", "/real")).remove("/way")
    assert presence(files, "/way") is ABSENT
    assert presence(files, "/real/x") is PRESENT


def test_haze_turns_absent_into_maybe_and_keeps_what_is_there() -> None:
    files = FileSystem.scratch().put(file("/opt/x")).haze("/opt", "make ran here")
    assert [presence(files, p) for p in ("/opt/x", "/opt/y", "/srv")] == [PRESENT, MAYBE, ABSENT]
    assert files.look("/opt/y").why == "make ran here"


def test_shallow_haze_spares_directories_that_were_there() -> None:
    files = FileSystem.scratch().make_directory("/app", Maker()).haze("/", "make ran here", is_shallow=True)
    assert [presence(files, p) for p in ("/app/x", "/out", "/out/x")] == [ABSENT, MAYBE, MAYBE]


def test_recursive_owner_and_mode_reach_what_was_there_before() -> None:
    files = FileSystem.scratch().put(file("/opt/x")).change("/opt", owner="1000:1000", mode=ModeChange("u+x"))
    files = files.put(file("/opt/y"))
    assert (files.look("/opt/x").owner, files.look("/opt/x").mode) == ("1000:1000", 0o744)
    assert (files.look("/opt/y").owner, files.look("/opt/y").mode) == ("0:0", 0o644)


def test_large_context_directory_is_copied_without_being_walked() -> None:
    class Counting(InMemoryContext):
        scanned = 0

        def children(self, path: str) -> tuple[ContextEntry, ...]:
            self.scanned += 1
            return super().children(path)

    context = Counting({f"d{i}/f{j}": "x" for i in range(100) for j in range(100)})
    files = FileSystem.scratch(context).make_directory("/app", Maker())
    files = copy_tree(files, "/app", Layer(ContextTree(context, "")))
    assert context.scanned < 80
    assert presence(files, "/app/d99/f99") is PRESENT
    assert presence(files, "/app/d99/f100") is ABSENT
    content = files.look("/app/d7/f7").content
    assert content is not None
    assert (content.value, content.source.path) == ("x", "d7/f7")


def test_copies_of_copies_stay_cheap_and_true() -> None:
    files = FileSystem.of_image("base").put(file("/a/x"))
    started = time.process_time()
    for _ in range(200):
        for source, target in (("/a", "/b"), ("/b", "/a")):
            files = copy_tree(files.make_directory(target, Maker()), target, Layer(FileTree(files, source)))
    assert presence(files, "/a/x") is PRESENT
    assert presence(files, "/a/y") is MAYBE
    assert time.process_time() - started < 5


def test_many_steps_and_forks_take_linear_time() -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        files = FileSystem.of_image("base")
        for i in range(count):
            files = files.put(file(f"/d{i % 50}/f{i}"))
            if i % 10 == 0:
                files = files.put(file("/fork"))
                files = files.fork().put(file(f"/fork{i}")).join(files.fork().remove(f"/d0/f{i}"))
        assert presence(files, "/d1/f1") is PRESENT
        return time.process_time() - started

    seconds(200)
    short, long = seconds(1000), seconds(10_000)
    assert long < short * 25


def test_a_thousand_views_forked_from_each_other_keep_short_chains() -> None:
    files = FileSystem.scratch().put(file("/base"))
    started = time.process_time()
    for i in range(1000):
        files.put(file("/other"))
        files = files.put(file(f"/stage{i}"))
    assert presence(files, "/base") is PRESENT
    assert presence(files, "/stage3") is PRESENT
    assert time.process_time() - started < 5


def test_adopting_leaves_hidden_directories_as_they_were() -> None:
    files = FileSystem.scratch().put(file("/cache/old")).put(file("/app/x"))
    inside = files.fork().reground("/cache", ABSENT, "").put(file("/cache/new")).put(file("/app/y"))
    after = files.adopt(inside, ["/cache"])
    assert [presence(after, p) for p in ("/cache/old", "/cache/new", "/app/x", "/app/y")] == [
        PRESENT,
        ABSENT,
        PRESENT,
        PRESENT,
    ]


def test_glob_says_when_the_base_may_hold_more() -> None:
    files = (
        FileSystem.scratch()
        .put(file("/a/x.py"))
        .put(file("/a/.h.py"))
        .put(file("/a/y.txt"))
        .put(link("/l", "/a"))
    )
    assert [e.path for e in glob(files, "/a/*.py").found] == ["/a/x.py"]
    assert [e.path for e in glob(files, "/*/x.*").found] == ["/a/x.py", "/l/x.py"]
    assert glob(files, "/a/[!x]*").is_complete
    base = FileSystem.of_image("base").put(file("/a/x.py"))
    assert not glob(base, "/a/*.py").is_complete
    assert [e.path for e in glob(base, "/a/*.py").found] == ["/a/x.py"]


USERS = Accounts(
    (User("root", 0, 0, "/root"), User("app", 1000, 1000, "/home/app")), (Group("models", 7, ("app",)),)
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

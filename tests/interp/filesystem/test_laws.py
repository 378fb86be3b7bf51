"""Laws of the abstract file system, against a file system made of a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, join
from dfguard.interp.filesystem.events import Layer
from dfguard.interp.filesystem.filesystem import FileSystem, Maker
from dfguard.interp.filesystem.trees import FileTree, copy_tree, walk
from dfguard.interp.reasons import CONDITION, NOTHING, Cause, because

if TYPE_CHECKING:
    pass

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
    st.sampled_from([NOTHING, because(Cause.BASE, "debian"), because(Cause.MADE, "make"), CONDITION]),
)


@settings(deadline=None, max_examples=60)
@given(maybes, maybes, maybes)
def test_entry_join_commutes_associates_and_is_idempotent(a: Entry, b: Entry, c: Entry) -> None:
    def normal(entry: Entry) -> Entry:
        return replace(entry, kind=EntryKind.UNKNOWN, owner=None) if entry.presence is ABSENT else entry

    a, b, c = normal(a), normal(b), normal(c)
    assert join(a, b) == join(b, a)
    assert join(a, join(b, c)) == join(join(a, b), c)
    assert join(a, a) == a


@settings(deadline=None, max_examples=60)
@given(histories, histories)
def test_earlier_views_stay_true(before: History, after: History) -> None:
    files, world = both(before, FileSystem.scratch(), {})
    seen = claims(files)
    both(after, files, world)
    both(after, files, world)
    assert claims(files) == seen

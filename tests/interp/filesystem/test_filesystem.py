"""Examples of the abstract file system; its laws are in test_file_laws."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.disk import InMemoryContext
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.events import ContextTree, Layer
from dfguard.interp.filesystem.filesystem import FileSystem, Maker
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.filesystem.trees import FileTree, copy_tree, glob
from dfguard.interp.reasons import NOTHING, Cause, because

if TYPE_CHECKING:
    from dfguard.core.context import ContextEntry

PRESENT, MAYBE, ABSENT = Presence.PRESENT, Presence.MAYBE, Presence.ABSENT
MADE = because(Cause.MADE, "make")
FILE, DIRECTORY, LINK = EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.LINK


def file(path: str, **details: object) -> Entry:
    return replace(Entry(path, FILE, PRESENT, owner="0:0", mode=0o644), **details)


def link(path: str, target: str) -> Entry:
    return Entry(path, LINK, PRESENT, target=target)


def presence(files: FileSystem, path: str) -> Presence:
    return files.look(path).presence


def test_put_makes_the_parents_of_an_unknown_base_certain() -> None:
    files = FileSystem.of_image("debian").put(file("/opt/app/x"))
    assert presence(files, "/opt/app") is PRESENT
    assert presence(files, "/opt/other") is MAYBE
    assert files.look("/opt/other").why == because(Cause.BASE, "debian")


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
    files = FileSystem.scratch().put(file("/opt/x")).havoc_below("/opt", MADE)
    assert [presence(files, p) for p in ("/opt/x", "/opt/y", "/srv")] == [PRESENT, MAYBE, ABSENT]
    assert files.look("/opt/y").why == MADE


def test_shallow_haze_spares_directories_that_were_there() -> None:
    files = FileSystem.scratch().make_directory("/app", Maker()).havoc_below("/", MADE, is_shallow=True)
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
    short, long = (min(seconds(count) for _ in range(3)) for count in (1000, 10_000))
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
    inside = files.fork().reground("/cache", ABSENT, NOTHING).put(file("/cache/new")).put(file("/app/y"))
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


def _in_and_out(files: FileSystem, rounds: int) -> FileSystem:
    """The view after so many branches, each left aside after it was written to."""
    for number in range(rounds):
        files.fork().put(file(f"/aside/{number}"))
        files.put(file(f"/left/{number}"))
        files = files.put(file(f"/kept/{number}"))
    return files


def test_branches_are_joined_and_adopted_however_often_they_were_forked() -> None:
    start = FileSystem.scratch().put(file("/start"))
    one, other = _in_and_out(start.fork(), 40), _in_and_out(start.fork(), 3)
    joined = one.join(other)
    assert [presence(joined, f"/kept/{n}") for n in (0, 2, 3, 39, 40)] == [
        PRESENT,
        PRESENT,
        MAYBE,
        MAYBE,
        ABSENT,
    ]
    assert presence(joined, "/start") is PRESENT
    adopted = start.adopt(one)
    assert presence(adopted, "/kept/39") is PRESENT
    assert presence(adopted, "/left/39") is ABSENT

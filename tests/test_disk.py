"""The build context on disk: nothing outside its root is ever read, nothing is walked without need."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from dfguard.core.context import Archive, ContextEntry, Kind, followed
from dfguard.disk import DiskContext, InMemoryContext

if TYPE_CHECKING:
    from pathlib import Path


def make(root: Path, files: dict[str, str]) -> DiskContext:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return DiskContext(str(root))


def test_entries_and_children(tmp_path: Path) -> None:
    context = make(tmp_path, {"a/b.txt": "hi", "c": ""})
    (tmp_path / "a/b.txt").chmod(0o640)
    assert context.entry("a/b.txt") == ContextEntry("a/b.txt", Kind.FILE, 2, is_executable=False, mode=0o640)
    assert [e.path for e in context.children("")] == ["a", "c"]
    assert [context.entry(p) for p in ("d", "c/x", "a/../c", "a/\0")] == [None] * 4


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("a", Kind.LINK),
        ("a/../c", Kind.LINK),
        ("/etc/passwd", Kind.OTHER),
        ("../outside", Kind.OTHER),
        ("x/../../y", Kind.OTHER),
    ],
)
def test_links_that_leave_the_context_are_marked(tmp_path: Path, target: str, kind: Kind) -> None:
    (tmp_path / "link").symlink_to(target)
    entry = DiskContext(str(tmp_path)).entry("link")
    assert entry is not None
    assert (entry.kind, entry.target) == (kind, target)


def test_nothing_outside_the_root_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    root = tmp_path / "root"
    root.mkdir()
    for name, target in {"up": "../secret", "folder": "..", "absolute": str(tmp_path / "secret")}.items():
        (root / name).symlink_to(target)
    context = DiskContext(str(root))
    assert [context.source(p) for p in ("up", "absolute", "folder/secret", "../secret")] == [None] * 4
    assert context.entry("folder/secret") is None
    assert context.children("folder") == ()


def test_links_inside_are_followed_as_if_the_root_were_the_whole_disk(tmp_path: Path) -> None:
    context = make(tmp_path, {"a/x.txt": "hi"})
    (tmp_path / "way").symlink_to("a")
    (tmp_path / "rooted").symlink_to("/a/x.txt")
    (tmp_path / "round").symlink_to("round")
    assert [followed(context, p) for p in ("way/x.txt", "rooted", "round", "way/../a")] == [
        "a/x.txt",
        "a/x.txt",
        None,
        "a",
    ]
    source = context.source("way/x.txt")
    assert source is not None
    assert (source.path, source.text) == ("way/x.txt", "hi")


def test_binary_large_and_odd_files_have_no_text(tmp_path: Path) -> None:
    context = make(tmp_path, {"big": "x" * (2 * 1024 * 1024 + 1), "bin": "a\0b", "closed": "x"})
    os.mkfifo(tmp_path / "pipe")
    assert [context.source(p) for p in ("big", "bin", "pipe", "none", "")] == [None] * 5
    pipe = context.entry("pipe")
    assert pipe is not None
    assert pipe.kind is Kind.OTHER


def test_a_python_file_is_text_with_a_null_byte_in_it(tmp_path: Path) -> None:
    source = make(tmp_path, {"bin.py": "a\0b"}).source("bin.py")
    assert source is not None
    assert source.text == "a\0b"


def test_invalid_utf8_is_kept(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\xffb")
    source = DiskContext(str(tmp_path), name="services/x").source("x")
    assert source is not None
    assert (source.path, source.encode()) == ("services/x/x", b"a\xffb")


def test_a_large_context_is_not_walked_for_a_literal_or_a_shallow_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make(tmp_path, {f"d{i}/sub/f": "" for i in range(30)} | {"a.py": "", "b.py": ""})
    scanned: list[str] = []
    real = os.listdir

    def counting(path: str) -> object:
        scanned.append(path)
        return real(path)

    monkeypatch.setattr(os, "listdir", counting)
    assert context.entry("d3/sub/f") is not None
    assert scanned == []
    assert [e.path for e in context.matches("*.py")] == ["a.py", "b.py"]
    assert [e.path for e in context.matches("*.p?")] == ["a.py", "b.py"]
    assert scanned == [str(tmp_path)]
    assert len([*context.matches("*/sub")]) == 30
    assert len(scanned) == 31


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.py", ["a.py"]),
        ("*.py", ["a.py"]),
        ("src/*", ["src/x"]),
        ("./src/../a.py", ["a.py"]),
        ("way/*", ["src/x"]),
        ("*/x", ["src/x"]),
        ("none*", []),
        ("none/*", []),
        (r"od\[d", ["od[d"]),
        ("ignored", []),
    ],
)
def test_patterns_of_copy(pattern: str, found: list[str]) -> None:
    files = {
        "a.py": "",
        "src/x": "",
        "od[d": "",
        "ignored": "",
        "src/ignored": "",
        ".dockerignore": "**/ignored",
    }
    context = InMemoryContext(files, links={"way": "src"})
    assert [e.path for e in context.matches(pattern)] == found


def packed(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as opened:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content))
    return data.getvalue()


def test_archives_are_listed_and_members_stay_inside() -> None:
    context = InMemoryContext(
        {
            "a.tgz": packed({"./x": b"1", "../../y": b"22", "/z/w": b""}),
            "a.txt": "hi",
            "b.gz": b"\x1f\x8bjunk",
        }
    )
    archive = context.archive("a.tgz")
    assert archive is not None
    assert archive.members is not None
    assert [(m.path, m.size) for m in archive.members] == [("x", 1), ("y", 2), ("z/w", 0)]
    assert context.archive("a.txt") is None
    assert context.archive("none") is None
    assert context.archive("b.gz") in (None, Archive(None))


def test_a_bomb_is_not_unpacked() -> None:
    head = tarfile.TarInfo("bomb")
    head.size = 1 << 40
    assert InMemoryContext({"b.tar": head.tobuf() + b"\0" * 1024}).archive("b.tar") == Archive(None)

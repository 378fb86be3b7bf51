"""What a `docker save` archive says about a tree: layers in order, deletions, hard links, what is left out."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from groundtruth.saved_image import read_image

if TYPE_CHECKING:
    from pathlib import Path

Member = tuple[str, bytes, bytes | str]  # name, tar type, content or link target


def _tar(*members: Member) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, value in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
            content = value if isinstance(value, bytes) else b""
            info.size = len(content)
            info.linkname = value if isinstance(value, str) else ""
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _saved(folder: Path, *layers: bytes, config: dict[str, object] | None = None) -> Path:
    names = [f"layer{number}" for number in range(len(layers))]
    manifest = json.dumps([{"Config": "config", "Layers": names}]).encode()
    image = json.dumps({"config": config or {}}).encode()
    files = [("manifest.json", manifest), ("config", image), *zip(names, layers, strict=True)]
    path = folder / "image.tar"
    path.write_bytes(_tar(*((name, tarfile.REGTYPE, content) for name, content in files)))
    return path


def _directory(name: str) -> Member:
    return name, tarfile.DIRTYPE, b""


def _file(name: str, content: bytes = b"") -> Member:
    return name, tarfile.REGTYPE, content


LOWER = (_directory("d/"), _file("d/f", b"1\n"), _directory("d/sub/"), _file("d/sub/g"))


@pytest.mark.parametrize(
    ("upper", "left"),
    [
        pytest.param((), ["/d", "/d/f", "/d/sub", "/d/sub/g"], id="one layer is the tree"),
        pytest.param((_file("d/.wh.f"),), ["/d", "/d/sub", "/d/sub/g"], id="a whiteout removes a file"),
        pytest.param(
            (_file("d/.wh.sub"),), ["/d", "/d/f"], id="a whiteout removes what is below a directory"
        ),
        pytest.param((_file(".wh.d"),), [], id="a whiteout at the root"),
        pytest.param(
            (_directory("d/"), _file("d/-new"), _file("d/.wh..wh..opq")),
            ["/d", "/d/-new"],
            id="an opaque directory keeps what its own layer put there, in whatever order",
        ),
        pytest.param((_file("d/sub"),), ["/d", "/d/f", "/d/sub"], id="a file replaces a directory"),
        pytest.param((_file("df"),), ["/d", "/d/f", "/d/sub", "/d/sub/g", "/df"], id="a name is no prefix"),
        pytest.param(
            (_directory("proc/"), _directory("dev/shm"), _file("etc/hosts"), _file("etc/hostsx")),
            ["/d", "/d/f", "/d/sub", "/d/sub/g", "/etc/hostsx"],
            id="what the engine puts there is left out",
        ),
    ],
)
def test_layers_are_laid_over_each_other(tmp_path: Path, upper: tuple[Member, ...], left: list[str]) -> None:
    tree, _ = read_image(_saved(tmp_path, _tar(*LOWER), _tar(*upper)))

    assert list(tree) == left


def test_rows_say_what_a_path_is(tmp_path: Path) -> None:
    layer = _tar(
        _directory("d"),
        _file("d/small", b"text\n"),
        _file("d/binary", b"\xff\x00"),
        ("d/link", tarfile.SYMTYPE, "../x"),
        ("d/pipe", tarfile.FIFOTYPE, b""),
        _file("etc/shadow", b"root:*:20000:\n"),
    )

    tree, config = read_image(
        _saved(tmp_path, layer, config={"Image": "sha256:0", "User": "app", "Cmd": None})
    )

    owner = {"uid": 0, "gid": 0}
    digest = "ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f"
    assert tree == {
        "/d": {"path": "/d", "type": "dir", "mode": "0o755", **owner},
        "/d/binary": {
            "path": "/d/binary",
            "type": "file",
            "mode": "0o644",
            **owner,
            "size": 2,
            "sha256": digest,
        },
        "/d/link": {"path": "/d/link", "type": "link", "mode": "0o644", **owner, "to": "../x"},
        "/d/pipe": {"path": "/d/pipe", "type": "other", "mode": "0o644", **owner},
        "/d/small": {
            "path": "/d/small",
            "type": "file",
            "mode": "0o644",
            **owner,
            "size": 5,
            "text": "text\n",
        },
        "/etc/shadow": {"path": "/etc/shadow", "type": "file", "mode": "0o644", **owner},
    }
    assert config == {"User": "app"}


def test_hard_links_name_the_first_path_that_is_left(tmp_path: Path) -> None:
    lower = _tar(_file("b", b"1\n"), ("c", tarfile.LNKTYPE, "b"), ("d", tarfile.LNKTYPE, "./b"))
    upper = _tar(_file(".wh.b"))

    tree, _ = read_image(_saved(tmp_path, lower, upper))

    owner = {"mode": "0o644", "uid": 0, "gid": 0}
    assert tree == {
        "/c": {"path": "/c", "type": "file", **owner, "size": 2, "text": "1\n"},
        "/d": {"path": "/d", "type": "hard", **owner, "to": "/c"},
    }

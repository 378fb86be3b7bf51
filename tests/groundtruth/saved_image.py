"""A `docker save` archive to the image's tree and config: the layers applied in order, whiteouts obeyed.

The image is read instead of a container made from it, because making a container adds mount points of its own
(a directory for every VOLUME, /etc/hosts, /.dockerenv) that no layer holds.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = dict[str, Any]

TEXT_LIMIT = 512
ENGINE_DIRECTORIES = ("dev", "proc", "sys")
ENGINE_FILES = ("etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab")
DATED_FILES = ("etc/shadow", "etc/shadow-")
ENGINE_KEYS = ("ArgsEscaped", "Image")
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"


def read_image(archive: Path) -> tuple[dict[str, Row], Row]:
    """The rows of the image's tree by path, sorted, and its config (keys without a value left out,
    and two that say nothing about the process: ArgsEscaped and Image).

    A row holds path, type (dir, file, link, hard, other), mode, uid, gid; links `to`; files size and text,
    or sha256 when they are larger than 512 bytes or not UTF-8 (neither for /etc/shadow: it holds today's date).
    Hard links name the first path of the same file. What the engine itself puts into every container (/dev,
    /proc, /sys, /etc/hosts and the like) is left out.
    Layer format: https://github.com/opencontainers/image-spec/blob/main/layer.md
    """
    with tarfile.open(archive) as image:
        (manifest,) = json.load(_member(image, "manifest.json"))
        config = json.load(_member(image, manifest["Config"]))["config"]
        tree: dict[str, Row] = {}
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=_member(image, layer)) as opened:
                _apply(opened, tree)
    kept = {key: config[key] for key in sorted(config) if config[key] and key not in ENGINE_KEYS}
    return dict(_listed(tree)), kept


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo | str) -> IO[bytes]:
    found = archive.extractfile(member)
    if found is None:
        raise ValueError(f"{member} is no file in the archive")
    return found


def _apply(layer: tarfile.TarFile, tree: dict[str, Row]) -> None:
    members = [(member.name.rstrip("/").removeprefix("./"), member) for member in layer]
    for name, _member in members:
        folder, _, base = name.rpartition("/")
        if base == OPAQUE:
            _remove_below(tree, folder)
        elif base.startswith(WHITEOUT):
            gone = f"{folder}/{base.removeprefix(WHITEOUT)}".lstrip("/")
            tree.pop(gone, None)
            _remove_below(tree, gone)
    for name, member in members:
        if name.rpartition("/")[2].startswith(WHITEOUT) or name in ("", "."):
            continue
        if not member.isdir():
            _remove_below(tree, name)
        tree[name] = tree[member.linkname.removeprefix("./")] if member.islnk() else _row(layer, name, member)


def _remove_below(tree: dict[str, Row], folder: str) -> None:
    for path in [path for path in tree if path.startswith(f"{folder}/")]:
        del tree[path]


def _row(layer: tarfile.TarFile, name: str, member: tarfile.TarInfo) -> Row:
    row: Row = {"type": _type(member), "mode": oct(member.mode), "uid": member.uid, "gid": member.gid}
    if member.issym():
        row["to"] = member.linkname
    if member.isreg() and name not in DATED_FILES:
        content = _member(layer, member).read()
        row |= {"size": len(content), **_content(content)}
    return row


def _type(member: tarfile.TarInfo) -> str:
    if member.isdir():
        return "dir"
    if member.issym():
        return "link"
    return "file" if member.isreg() else "other"


def _content(content: bytes) -> Row:
    try:
        if len(content) <= TEXT_LIMIT:
            return {"text": content.decode()}
    except UnicodeDecodeError:
        pass
    return {"sha256": hashlib.sha256(content).hexdigest()}


def _listed(tree: dict[str, Row]) -> Iterator[tuple[str, Row]]:
    first: dict[int, str] = {}
    for name in sorted(tree):
        if name in ENGINE_FILES or name.split("/")[0] in ENGINE_DIRECTORIES:
            continue
        row = tree[name]
        known = first.setdefault(id(row), name)
        if known != name:
            owner = {key: row[key] for key in ("mode", "uid", "gid")}
            row = {"type": "hard", **owner, "to": f"/{known}"}
        yield f"/{name}", {"path": f"/{name}", **row}

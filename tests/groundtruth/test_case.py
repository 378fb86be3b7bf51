"""Cases are read and staged as the builders saw them, and every committed golden file has the documented shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundtruth.case import ROOT, Case, read_cases, stage

CASES = read_cases()
KEYS = {
    "dir": {"path", "type", "mode", "uid", "gid"},
    "file": {"path", "type", "mode", "uid", "gid", "size"},
    "link": {"path", "type", "mode", "uid", "gid", "to"},
    "hard": {"path", "type", "mode", "uid", "gid", "to"},
    "other": {"path", "type", "mode", "uid", "gid"},
}
DATED = ("/etc/shadow", "/etc/shadow-")


def _modes(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if not path.is_symlink())
    return {str(path.relative_to(folder)): oct(path.stat().st_mode & 0o7777) for path in found}


def test_a_case_is_staged_without_our_files_and_with_the_stated_modes(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    (folder / "dir").mkdir(parents=True, mode=0o700)
    options = {
        "modes": {"dir": "0700", "dir/golden.json": "0600"},
        "directories": ["empty/inner"],
        "links": {"link": "nowhere", "links/out": "../../../etc/passwd"},
    }
    texts = {
        "Dockerfile": "FROM scratch\n",
        "golden.json": "{}",
        "golden.legacy.json": "{}",
        "options.json": json.dumps(options),
        "dir/golden.json": "belongs to the context",
        "run": "#!/bin/sh\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "run").chmod(0o700)

    (case,) = read_cases(tmp_path)
    context = stage(case, tmp_path / "staged")

    assert case == Case(
        folder,
        modes=(("dir", "0700"), ("dir/golden.json", "0600")),
        directories=("empty/inner",),
        links=(("link", "nowhere"), ("links/out", "../../../etc/passwd")),
    )
    assert _modes(context) == {
        "Dockerfile": "0o644",
        "dir": "0o700",
        "dir/golden.json": "0o600",
        "empty": "0o755",
        "empty/inner": "0o755",
        "links": "0o755",
        "run": "0o755",
    }
    assert (context / "link").readlink() == Path("nowhere")
    assert (context / "links" / "out").readlink() == Path("../../../etc/passwd")


def test_an_unknown_option_is_refused(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "case" / "options.json").write_text('{"argument": []}')

    with pytest.raises(TypeError, match="unexpected keyword argument"):
        read_cases(tmp_path)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_files_have_the_documented_shape(case: Case) -> None:
    expected = {"golden.json"}
    expected |= {"golden.legacy.json"} if case.is_legacy else set()
    expected |= {"golden.containerd.json"} if case.is_containerd else set()
    assert {path.name for path in case.folder.glob("golden*.json")} == expected
    for name in expected:
        golden = json.loads((case.folder / name).read_text())
        assert golden["base"] == case.base
        if "fails" in golden:
            assert set(golden["fails"]) == {"line", "message"}
        else:
            _check_rows(golden["fs"])
            assert golden["removed"] == sorted(golden["removed"])


@pytest.mark.parametrize("path", sorted(ROOT.glob("base*.json")), ids=lambda path: path.name)
def test_base_files_hold_a_whole_tree(path: Path) -> None:
    base = json.loads(path.read_text())
    paths = {row["path"] for row in base["fs"]}

    assert set(base) == {"image", "config", "fs"}
    assert {"/etc/passwd", "/etc/group", "/tmp"} <= paths
    assert {parent for path in paths if (parent := path.rpartition("/")[0])} <= paths


def _check_rows(rows: list[dict[str, Any]]) -> None:
    paths = [row["path"] for row in rows]
    assert paths == sorted(set(paths))
    for row in rows:
        keys = KEYS[row["type"]]
        if row["type"] == "file":
            keys = keys - {"size"} if row["path"] in DATED else keys | ({"text", "sha256"} & set(row))
        assert set(row) == keys

"""What is published: sdist and wheel, both installed by the newest pip into empty environments and run from an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BROKEN = b'FROM python:3.11-slim\nRUN python -c "import os; try: os.stat(1); except OSError: pass"\n'
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DFGUARD_", "VIRTUAL_ENV"))}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sdist, and the wheel that is built out of it, by kind."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-I", "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, env=CLEAN)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return {"sdist": sdist, "wheel": wheel}


def _metadata(built: dict[str, Path]) -> Message:
    with zipfile.ZipFile(built["wheel"]) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def test_the_sdist_unpacks_anywhere(built: dict[str, Path]) -> None:
    with tarfile.open(built["sdist"]) as archive:
        members = archive.getmembers()
        assert [m.name for m in members if not (m.isfile() or m.isdir())] == []
        for member in members:
            assert tarfile.data_filter(member, "/nowhere").name == member.name
    top = {m.name.split("/", 1)[0] for m in members}
    assert len(top) == 1
    names = {m.name.split("/", 1)[-1] for m in members}
    assert {"pyproject.toml", "README.md", "LICENSE", "action.yml", "tests/test_packaging.py"} <= names
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in names)


def test_the_metadata_says_what_is_true(built: dict[str, Path]) -> None:
    metadata = _metadata(built)
    assert metadata["Name"] == "dockerfile-guard"
    assert metadata.get_all("Project-URL") == ["Package index, https://pypi.org/project/dockerfile-guard/"]
    systems = [c for c in metadata.get_all("Classifier", []) if c.startswith("Operating System")]
    assert systems == ["Operating System :: POSIX :: Linux"]
    assert metadata.get_all("Provides-Extra") == ["shellcheck"]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """The Python of an empty environment with the newest pip; skipped without an index, unless one is required."""
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    newest = _pip(python, "install", "--quiet", "--upgrade", "pip")
    if newest.returncode and os.environ.get("DFGUARD_TEST_INDEX") != "required":
        pytest.skip("no package index can be reached")
    assert newest.returncode == 0, newest.stderr
    return python


def _pip(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-I", "-m", "pip", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=CLEAN)


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_it_installs_and_runs_from_an_empty_folder(
    kind: str, built: dict[str, Path], empty: Path, tmp_path: Path
) -> None:
    installed = _pip(empty, "install", "--quiet", str(built[kind]))
    assert installed.returncode == 0, installed.stderr
    assert _pip(empty, "check").returncode == 0
    assert "dockerfile-guard 0" in " ".join(_pip(empty, "list").stdout.split())
    folder = tmp_path / "work"
    folder.mkdir()
    environment = {**CLEAN, "DFGUARD_CACHE_DIR": ""}

    def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [str(empty.parent / "dfguard"), *words]
        return subprocess.run(
            command, cwd=folder, input=stdin, capture_output=True, check=False, env=environment
        )

    assert run("--version").stdout.startswith(b"dfguard 0.")
    for _ in range(2):
        checked = run("check", "--format", "json", "-", stdin=BROKEN)
        assert checked.returncode == 1, checked.stderr
        assert "DFG101" in {f["rule"] for f in json.loads(checked.stdout)["findings"]}
        assert checked.stderr == b""
    nothing = run("check")
    assert nothing.returncode == 2
    assert b"no Dockerfile" in nothing.stderr
    assert b"# DFG101" in run("explain", "DFG101").stdout

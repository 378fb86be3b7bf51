"""The real pre-commit with our hook on a scratch repository: a broken Dockerfile stops the commit, the repaired one passes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOL = Path(sys.executable).parent / "pre-commit"


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    path = f"{TOOL.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(folder.parent / "hooks")}
    environment = {k: v for k, v in environment.items() if not k.startswith("GIT_")}
    return subprocess.run(
        ["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with our hook installed; the hook's environment is ours, so that nothing is downloaded."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "fixtures" / "origin" / "broken", folder)
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text().replace("language: python", "language: system")
    hook = hook.replace("entry: dfguard", f"entry: {sys.executable} -m dfguard")
    indented = "".join(f"      {line}" for line in hook.splitlines(keepends=True))
    (folder / ".pre-commit-config.yaml").write_text(f"repos:\n  - repo: local\n    hooks:\n{indented}")
    assert _git(folder, "init", "-q").returncode == 0
    installed = _git(folder, "-c", "x.y=z", "version")
    assert installed.returncode == 0
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run([TOOL, "install"], cwd=folder, check=True, capture_output=True, env=environment)
    return folder


def test_the_hook_stops_the_broken_file_and_passes_the_repaired_one(repository: Path) -> None:
    _git(repository, "add", "-A")
    broken = _git(repository, "commit", "-m", "broken")
    assert broken.returncode != 0
    assert "DFG101" in broken.stdout + broken.stderr
    shutil.copyfile(
        ROOT / "fixtures" / "origin" / "repaired" / "Dockerfile.runpod", repository / "Dockerfile.runpod"
    )
    _git(repository, "add", "-A")
    repaired = _git(repository, "commit", "-m", "repaired")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert "dfguard" in repaired.stdout + repaired.stderr

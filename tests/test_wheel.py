"""The built wheel in an empty environment, run from an empty folder, says what the checkout says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCKERFILE = "fixtures/origin/broken"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `dfguard` of a wheel installed into an environment of its own; its dependencies come from ours."""
    folder = tmp_path_factory.mktemp("wheel")
    words = ["--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-I", "-m", "build", *words], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    target = subprocess.run(
        [python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    shutil.unpack_archive(wheel, target, "zip")
    ours = next(p for p in sys.path if p.endswith("site-packages"))
    Path(target, "dependencies.pth").write_text(f"{ours}\n")
    return python


def _findings(command: list[str], cwd: Path) -> object:
    words = [*command, "check", "--format", "json", "--maybe", "Dockerfile.runpod"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    result = subprocess.run(words, cwd=cwd, capture_output=True, check=False, env=environment)
    assert result.returncode == 1, result.stderr
    return json.loads(result.stdout)["findings"]


def test_same_findings_as_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / DOCKERFILE, tmp_path / "worker")
    where = subprocess.run(
        [installed, "-I", "-c", "import dfguard; print(dfguard.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(installed.parent.parent) in where
    ours = _findings([sys.executable, "-m", "dfguard"], tmp_path / "worker")
    assert _findings([str(installed), "-I", "-m", "dfguard"], tmp_path / "worker") == ours


def test_the_wheel_carries_rules_and_types(installed: Path) -> None:
    code = "import dfguard, pathlib; p = pathlib.Path(dfguard.__file__).parent; print(*sorted(x.name for x in p.iterdir()))"
    names = subprocess.run(
        [installed, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"rules", "py.typed"} <= set(names)


def test_the_wheel_makes_the_page_of_an_inspection(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    command = [str(installed), "-I", "-m", "dfguard", "inspect", "--format", "html"]
    page = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "<style>:root" in page.replace("\n", "")
    assert '"use strict";' in page

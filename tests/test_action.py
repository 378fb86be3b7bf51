"""The GitHub action: valid, safe to zizmor, and its shell lines do what they say, and run nothing of the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
HOSTILE = "import pathlib; pathlib.Path(__file__).with_suffix('.was-run').touch()\n"
NAMES = ("venv", "pip", "sitecustomize", "usercustomize", "json", "yaml", "rich", "dfguard")
TOLD = "import sys\nprint(*sys.argv[1:], sep='|')\n"


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / words[0]), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_action_fits_its_schema() -> None:
    result = _run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    assert result.returncode == 0, result.stdout


def test_zizmor_has_nothing_to_say() -> None:
    result = _run("zizmor", "--offline", "action.yml")
    assert result.returncode == 0, result.stdout + result.stderr


def _wheel(folder: Path) -> Path:
    """A wheel without dependencies whose `dfguard` prints the words that it gets: nothing is fetched to install it."""
    path = folder / "dockerfile_guard-0-py3-none-any.whl"
    info = "dockerfile_guard-0.dist-info"
    content = {
        "dfguard/__init__.py": "",
        "dfguard/__main__.py": TOLD,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: dockerfile-guard\nVersion: 0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*content, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with modules named like those that the action's Python looks for."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text(HOSTILE)
    return folder


def _steps(checkout: Path, **variables: str) -> list[str]:
    """What each step of the action prints, run in the checkout the way the runner does."""
    temporary = checkout.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment = {
        **kept,
        "RUNNER_TEMP": str(temporary),
        "PYTHONPATH": ".",
        "DFGUARD_VERSION": "",
        **variables,
    }
    printed = []
    for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            command, cwd=checkout, env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        printed.append(done.stdout)
    return printed


def test_it_checks_what_it_is_told_and_runs_nothing_of_the_checkout(checkout: Path) -> None:
    told = {
        "DFGUARD_SOURCE": str(_wheel(checkout.parent)),
        "DFGUARD_PATHS": "docker/Dockerfile\n\n-x y\n",
        "DFGUARD_PLATFORM": "modal",
        "DFGUARD_FAIL_ON": "error",
        "DFGUARD_SARIF": "out.sarif",
    }
    _, printed = _steps(checkout, **told)
    rest = "--fail-on|error|--platform|modal|--|docker/Dockerfile|-x y"
    assert printed.splitlines() == [
        f"check|--format|sarif|--output|out.sarif|{rest}",
        f"check|--format|github|{rest}",
    ]
    assert [p.name for p in checkout.iterdir() if p.suffix == ".was-run"] == []


def test_modules_of_the_working_directory_are_not_run_by_the_command(checkout: Path) -> None:
    (checkout / "dfguard.py").unlink()
    (checkout / "Dockerfile").write_text("FROM debian:12\n")
    (checkout / "offer-1.dist-info").mkdir()
    (checkout / "offer-1.dist-info" / "entry_points.txt").write_text("[dfguard.checks]\na = rich\n")
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment = {**kept, "PYTHONPATH": str(ROOT / "src")}
    for words in (["check", "--no-cache", "--color", "always"], ["rules"], ["inspect", "Dockerfile"]):
        command = [sys.executable, "-m", "dfguard", *words]
        subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    ran = {p.name.partition(".")[0] for p in checkout.iterdir() if p.suffix == ".was-run"}
    assert ran <= {"sitecustomize", "usercustomize"}, "Python itself runs these before dfguard begins"

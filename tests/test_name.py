"""The distribution is `dockerfile-guard`: nothing here installs the stranger that the index has under the name `dfguard`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dfguard import bundle

ROOT = Path(__file__).parent.parent
INSTALLERS = r"(?:pip3?|pipx|uv|uvx|poetry|pdm|conda|mamba|rye|hatch)"
INSTALLS = re.compile(
    rf"\b{INSTALLERS}\b[^\n|;&]*?\b(?:install|add|run|tool|inject|download|wheel)\b[^\n|;&]*?(?<![\w./:@-])dfguard(?![\w/.-]|=\w)"
    rf"|\buvx\s+(?:-\S+\s+)*dfguard\b"
    r"|(?<![\w./-])dfguard(?:\[\w+\]|\s*[=~><!]=)"
)
FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "action.yml", ".pre-commit-hooks.yaml", "Makefile")
FOLDERS = ("src", "rules", "examples", "requirements", "benchmarks", ".ci")


def _texts() -> list[Path]:
    below = [path for name in FOLDERS for path in (ROOT / name).rglob("*")]
    endings = (".py", ".md", ".yml", ".yaml", ".toml", ".in", ".txt", ".sh", "")
    return [*(ROOT / name for name in FILES), *(p for p in below if p.is_file() and p.suffix in endings)]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("pip install dfguard", True),
        ("- run: pip install dfguard==0.1.0", True),
        ('python -m pip install --quiet "dfguard==$VERSION"', True),
        ("pip install 'dfguard[shellcheck]'", True),
        ("uv tool install dfguard", True),
        ("uvx dfguard check", True),
        ("uv add --dev dfguard", True),
        ("pipx run dfguard", True),
        ("dfguard>=0.1", True),
        ("pip install dockerfile-guard", False),
        ("pip install dockerfile-guard && dfguard check", False),
        ('pip install "dockerfile-guard[shellcheck]"', False),
        ('"$RUNNER_TEMP/dfguard/bin/python" -I -m pip install --quiet "$DFGUARD_SOURCE"', False),
        ("pip uninstall dfguard", False),
        ("dfguard check --format json", False),
    ],
)
def test_the_search_knows_an_install_of_the_stranger(text: str, *, is_found: bool) -> None:
    assert bool(INSTALLS.search(text)) is is_found


def test_nothing_installs_the_stranger() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _texts()
        for match in INSTALLS.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_distribution_has_its_name_and_the_command_keeps_its_own() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "dockerfile-guard"
    assert project["scripts"] == {"dfguard": "dfguard.__main__:main"}
    assert project["name"].replace("-", "_") == bundle.DISTRIBUTION


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages with ours in it, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("installed")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "dfguard", folder / "dfguard", ignore=ignored)
    shutil.copytree(ROOT / "rules", folder / "dfguard" / "rules", ignore=ignored)
    (folder / "dockerfile_guard-0.1.0.dist-info").mkdir()
    (folder / "dockerfile_guard-0.1.0.dist-info" / "RECORD").write_text("")
    return folder


def _said(folder: Path, cwd: Path) -> str:
    (cwd / "Dockerfile").write_text("FROM debian:12\n")
    # -S: a package that is installed for these tests would stand in for the files that are missing
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    libraries = next(p for p in sys.path if p.endswith("-packages"))
    environment |= {"PYTHONPATH": f"{folder}{os.pathsep}{libraries}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", "-c", "from dfguard.__main__ import main; main()", "check", "Dockerfile"]
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "no findings in 1 file"
    return done.stderr


def test_alone_nothing_is_said(installed: Path, tmp_path: Path) -> None:
    assert _said(installed, tmp_path) == ""


def test_the_stranger_in_the_same_environment_is_said_in_one_sentence(
    installed: Path, tmp_path: Path
) -> None:
    both = tmp_path / "both"
    shutil.copytree(installed, both)
    (both / "dfguard-0.2.7.dist-info").mkdir()
    (both / "dfguard" / "__init__.py").write_text('__version__ = "0.2.7"\n')
    (line,) = _said(both, tmp_path).splitlines()
    assert line == (
        "dfguard: another distribution, named dfguard, is installed in this environment and writes into the same package;"
        " separate them: pip uninstall dfguard, then pip install --force-reinstall dockerfile-guard"
    )


def test_what_its_removal_takes_along_is_said(installed: Path, tmp_path: Path) -> None:
    rest = tmp_path / "rest"
    shutil.copytree(installed, rest)
    (rest / "dfguard" / "__init__.py").unlink()
    (line,) = _said(rest, tmp_path).splitlines()
    assert line.startswith("dfguard: files of the package dfguard are missing")
    assert line.endswith("pip install --force-reinstall dockerfile-guard")

"""The GitHub action: valid, safe to zizmor, and its shell lines do what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


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

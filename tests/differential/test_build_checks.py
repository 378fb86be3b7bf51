"""What BuildKit itself warns of and refuses in small Dockerfiles made for its checks, held against the profile `buildkit`.

fixtures/golden/build_checks.json holds the answers of the Dockerfile frontend 1.26 (moby/buildkit at 73ed6825), asked with
benchmarks/buildkit_rows.py; a stand-in without variables is every base image.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dfguard.config.settings import Settings
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target

ROOT = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = json.loads(
    (ROOT / "fixtures" / "golden" / "build_checks.json").read_text(encoding="utf-8")
)
NO_FROM = ("no build stage in current context", "contains no stages to build")
BY_ARGUMENT = ("failed to parse stage name", "empty platform value from expression $P")
"""Refused as long as nobody gives the build argument."""


@pytest.fixture(scope="module")
def differential() -> ModuleType:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        path = ROOT / "benchmarks" / "differential.py"
        spec = importlib.util.spec_from_file_location("differential_of_checks", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["differential_of_checks"] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return module


@pytest.mark.parametrize("case", [c for c in CASES if "error" not in c], ids=lambda case: case["name"])
def test_warnings_are_those_of_buildkit(
    case: dict[str, Any], differential: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(case["text"], encoding="utf-8")
    if "ignore" in case:
        (tmp_path / ".dockerignore").write_text(case["ignore"], encoding="utf-8")
    theirs: dict[str, set[int]] = {}
    for rule, line in case["warnings"]:
        theirs.setdefault(rule, set()).add(line)
    _, _, ours = differential.our_answers(str(path))
    rows = differential.compared(
        "BuildKit",
        [(str(path), theirs, ours)],
        {*theirs, *(name for name in ours if not name.startswith("DL"))},
    )
    assert [
        (row.code, s.line, s.is_ours) for row in rows for s, known in row.differing if known is None
    ] == []


@pytest.mark.parametrize("case", [c for c in CASES if "error" in c], ids=lambda case: case["name"])
def test_what_buildkit_refuses_is_an_error(case: dict[str, Any]) -> None:
    target = Target(Source("Dockerfile", case["text"]), InMemoryContext({}))
    report = check_target(target, Settings(platform="docker", shows_maybe=True))
    errors = [d for d in report.diagnostics if d.severity.value == "error"]
    is_open = any(reason in case["error"] for reason in (*NO_FROM, *BY_ARGUMENT))
    assert errors or is_open, case["error"]

"""The example worker gives no finding at all, and each broken variant exactly the findings that it names."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WORKER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples", "f5tts-runpod")
BROKEN = os.path.join(WORKER, "broken")
EXPECTED = re.compile(r"^# expect: (DFG\w+) at line (\d+)(?: of (\S+))?$", re.MULTILINE)
VARIANTS = sorted(name for name in os.listdir(BROKEN) if name.startswith("Dockerfile."))

# A rule, the file it points into (relative to the worker), and the line there.
Named = tuple[str, str, int]


def dfguard(*words: str, folder: str = WORKER) -> Any:
    """What `dfguard WORDS... --format json` prints, run in `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "dfguard", *words, "--format", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    # 3 is a crash, and a finding of its own (DFG000): the comparison shows it.
    assert done.returncode in (0, 1, 3), done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The rules there are. A variant may name one that is still to come: it counts from the day it is there."""
    return {rule["id"] for rule in dfguard("rules")}


@pytest.fixture(scope="module")
def found() -> dict[str, set[Named]]:
    """What is found in each variant, each once: a call that loads two models may be found twice."""
    config = ("--config", "broken/checked-as.yaml")
    return {
        name: _found(dfguard("check", "--no-cache", "--maybe", "--select", "ALL", *config, f"broken/{name}"))
        for name in VARIANTS
    }


def _found(report: Any) -> set[Named]:
    return {
        (finding["rule"], finding["path"], finding["range"]["start"]["line"])
        for finding in report["findings"]
    }


def _named(path: str, known: set[str], folder: str = WORKER) -> set[Named]:
    """What a variant says is found in it, as far as the rules are there."""
    with open(os.path.join(folder, path), encoding="utf-8") as file:
        rows = EXPECTED.findall(file.read())
    assert rows
    return {(rule, other or path, int(line)) for rule, line, other in rows if rule in known}


def test_the_worker_gives_no_finding_with_every_rule_on_and_nothing_suppressed() -> None:
    report = dfguard("check", "--no-cache", "--maybe", "--select", "ALL", ".")
    assert [target["path"] for target in report["targets"]] == ["Dockerfile.runpod"]
    assert report["findings"] == []
    assert report["summary"]["hidden"] == {"maybe": 0, "suppressed": 0}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_broken_variant_gives_exactly_the_findings_it_names(
    variant: str, found: dict[str, set[Named]], known: set[str]
) -> None:
    assert found[variant] == _named(f"broken/{variant}", known)


def test_the_wrong_dockerfile_is_built(tmp_path: Path, known: set[str]) -> None:
    """In a folder of its own: a workflow counts at the root of its repository."""
    shutil.copytree(os.path.join(BROKEN, "wrong-dockerfile"), tmp_path, dirs_exist_ok=True)
    config = ("--config", "checked-as.yaml")
    report = dfguard("check", "--no-cache", "--maybe", "--select", "ALL", *config, folder=str(tmp_path))
    names = ("Dockerfile.runpod", "Dockerfile.runpod-new")
    assert _found(report) == set().union(*(_named(name, known, str(tmp_path)) for name in names))


def test_the_root_causes_of_the_origin_are_all_found(found: dict[str, set[Named]]) -> None:
    rules = {rule for rows in found.values() for rule, _, _ in rows}
    assert rules >= {"DFG101", "DFG103", "DFG201", "DFG211", "DFG302", "DFG303", "DFG401", "DFG402", "DFG601"}

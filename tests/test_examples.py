"""The example worker gives no finding at all, and each broken variant exactly the findings that it names."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

WORKER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples", "f5tts-runpod")
BROKEN = os.path.join(WORKER, "broken")
EXPECTED = re.compile(r"^# expect: (DFG\w+) at line (\d+)$", re.MULTILINE)


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
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The rules there are. A variant may name one that is still to come: it counts from the day it is there."""
    return {rule["id"] for rule in dfguard("rules")}


@pytest.fixture(scope="module")
def found() -> dict[str, list[tuple[str, int]]]:
    """By variant, the (rule, line) of its findings, each once: a call that loads two models may be found twice."""
    report = dfguard(
        "check", "--no-cache", "--maybe", "--select", "ALL", "--config", "broken/checked-as.yaml", "broken"
    )
    findings: dict[str, list[tuple[str, int]]] = {
        os.path.basename(target["path"]): [] for target in report["targets"]
    }
    for finding in report["findings"]:
        name = os.path.basename(finding["path"])
        findings[name].append((finding["rule"], finding["range"]["start"]["line"]))
    return {name: sorted(set(rows)) for name, rows in findings.items()}


def text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def test_the_worker_gives_no_finding_with_every_rule_on_and_nothing_suppressed() -> None:
    report = dfguard("check", "--no-cache", "--maybe", "--select", "ALL", ".")
    assert [target["path"] for target in report["targets"]] == ["Dockerfile.runpod"]
    assert report["findings"] == []
    assert report["summary"]["hidden"] == {"maybe": 0, "suppressed": 0}


@pytest.mark.parametrize(
    "variant",
    [pytest.param(name, id=name) for name in sorted(os.listdir(BROKEN)) if name.startswith("Dockerfile.")],
)
def test_a_broken_variant_gives_exactly_the_findings_it_names(
    variant: str, found: dict[str, list[tuple[str, int]]], known: set[str]
) -> None:
    named = [(rule, int(line)) for rule, line in EXPECTED.findall(text(os.path.join(BROKEN, variant)))]
    assert named
    assert found[variant] == sorted((rule, line) for rule, line in named if rule in known)


def test_the_root_causes_of_the_origin_are_all_found(
    found: dict[str, list[tuple[str, int]]],
) -> None:
    rules = {rule for rows in found.values() for rule, _ in rows}
    assert rules >= {"DFG101", "DFG103", "DFG201", "DFG211", "DFG302", "DFG303", "DFG401", "DFG402", "DFG601"}

"""`dfguard config`: every value with its origin, and why a rule is on or off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import jsonschema
import pytest

from dfguard.reports.configuration import Configuration
from dfguard.reports.record_json import schema_of

if TYPE_CHECKING:
    from pathlib import Path

YAML = """\
platform: {name: runpod-serverless, volume: attached}
ignore: [DFG318, DFG4]
severity: {DFG201: error, DFG303: "off"}
build_args:
  HF_TOKEN: q8Zr2LmX0vTs
overrides:
  - paths: ["dev/**"]
    ignore: DFG101
    profile: strict
"""


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "dfguard", "config", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, timeout=60, check=False, env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "dev").mkdir()
    (tmp_path / "dfguard.yaml").write_text(YAML)
    return tmp_path


def _values(result: subprocess.CompletedProcess[bytes]) -> set[tuple[str, str, str]]:
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema_of(Configuration, "dfguard config"))
    return {(v["setting"], v["text"], v["origin"]) for v in document["values"]}


def test_each_value_says_where_it_comes_from(folder: Path) -> None:
    found = _values(
        run("dev/Dockerfile", "--format", "json", "--ignore", "DFG5", "--fail-on", "never", cwd=folder)
    )
    assert {
        ("platform", "runpod-serverless", "dfguard.yaml:1"),
        ("volume", "attached", "dfguard.yaml:1"),
        ("ignore", "DFG318, DFG4", "dfguard.yaml:2"),
        ("ignore", "DFG101", "dfguard.yaml:8"),
        ("ignore", "DFG5", "--ignore"),
        ("profile", "strict", "dfguard.yaml:9"),
        ("fail_on", "never", "--fail-on"),
        ("builder", "buildkit", "default"),
    } <= found
    other = _values(run("Dockerfile", "--format", "json", cwd=folder))
    assert ("profile", "default", "default") in other
    assert not any(origin == "dfguard.yaml:8" for _, _, origin in other)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--rule", "DFG318"), "DFG318 runtime-download: off: dfguard.yaml:2 ignores it"),
        (("--rule", "DFG402"), "DFG402 device-hardcoded: off: dfguard.yaml:2 ignores DFG4"),
        (("--rule", "DFG303"), "DFG303 preload-failure-swallowed: off: dfguard.yaml:3 turns off it"),
        (
            ("--rule", "baked-under-mount"),
            "DFG201 baked-under-mount: on, error: the profile default selects what is on by default",
        ),
        (("--rule", "DFG902"), "DFG902 useless-command: off: the profile default leaves out it"),
        (
            ("--rule", "DFG902", "--profile", "strict"),
            "DFG902 useless-command: on, info: the profile strict (--profile) selects ALL",
        ),
        (
            ("--rule", "DFG101", "--select", "DFG2"),
            "DFG101 flattened-compound-statement: off: not among the selected",
        ),
        (
            ("--rule", "DFG201", "--select", "DFG2"),
            "DFG201 baked-under-mount: on, error: --select selects DFG2",
        ),
    ],
)
def test_a_rule_says_why_it_is_on_or_off(folder: Path, words: tuple[str, ...], line: str) -> None:
    assert run(*words, cwd=folder).stdout.decode() == f"{line}\n"


def test_the_text_counts_the_rules_and_groups_the_reasons(folder: Path) -> None:
    lines = run(cwd=folder).stdout.decode().splitlines()
    assert lines[0] == "Dockerfile: configured by dfguard.yaml"
    assert any("  ignore               DFG318, DFG4  (dfguard.yaml:2)" in line for line in lines)
    assert any("dfguard.yaml:2 ignores DFG4: DFG4" in line for line in lines)


def test_a_secret_build_argument_is_masked(folder: Path) -> None:
    for style in ("text", "json"):
        assert b"q8Zr2LmX0vTs" not in run("--format", style, cwd=folder).stdout


def test_mistakes_are_two(folder: Path) -> None:
    assert run("--rule", "DFG0815", cwd=folder).returncode == 2
    assert run("--profile", "none", cwd=folder).returncode == 2
    (folder / "dfguard.yaml").write_text("exclude: [dev]\n")
    (folder / "dev").mkdir(exist_ok=True)
    excluded = run("dev", cwd=folder)
    assert excluded.returncode == 2
    assert (
        excluded.stderr.decode()
        == "dfguard: dev is excluded by the configuration: it is checked only where it is named\n"
    )
    assert run("dev/Dockerfile", cwd=folder).returncode == 0
    (folder / "dfguard.yaml").write_text("a: 1\nignroe: x\n")
    wrong = run(cwd=folder)
    assert wrong.returncode == 2
    assert "dfguard.yaml:1: unknown key 'a'" in wrong.stderr.decode()

"""No CI system that reads the log finds a command in what dfguard prints of a file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly
from dfguard.reports.log_commands import json_without_commands, without_commands
from dfguard.reports.report import printable

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = re.compile(r"^\s*::.*?::|##\w*\[", re.MULTILINE)
"""What the runners look for, more widely than they do."""
HOSTILE = (
    "FROM debian:12 as base\n"
    "RUN <<EOF\n"
    "::set-output name=a::b\n"
    "  ::add-mask::c\n"
    "EOF\n"
    "RUNN ##[set-output name=a]b ##vso[task.setvariable variable=a]b\n"
)


@given(st.text(alphabet="#[]: \tax\\%", max_size=12))
def test_no_command_is_left_and_the_rest_stays(text: str) -> None:
    clean = printable(text)
    assert not COMMAND.search(clean)
    assert without_commands(clean) == clean
    assert without_commands(text).replace("\\x23", "#").replace("\\x3a", ":") == text


@given(st.dictionaries(st.text(alphabet='#["\\a', max_size=6), st.text(alphabet='#["\\a', max_size=8)))
def test_json_stays_the_same_document(value: dict[str, str]) -> None:
    text = json_without_commands(json.dumps(value, indent=2))
    assert json.loads(text) == value
    assert "##" not in text


@pytest.mark.parametrize(
    "words", [["--format", name] for name in ("text", "json", "sarif", "github")] + [["--diff"]]
)
def test_reports_and_diffs_hold_no_command_of_the_file(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    hostile = HOSTILE.replace("RUNN", "#") if words == ["--diff"] else HOSTILE
    (tmp_path / "Dockerfile").write_text(hostile)
    read = read_plainly(["--no-cache", "--maybe", "--select", "ALL", *words, "Dockerfile"])
    assert read is not None
    run_check(*read)
    lines = capsys.readouterr().out.splitlines()
    assert lines
    found = [line for line in lines if COMMAND.search(line)]
    ours = re.compile(r"::(?:error|warning|notice) file=Dockerfile,line=\d")
    assert [line for line in found if not ours.match(line)] == []
    assert (len(found) > 0) == (words == ["--format", "github"])


def test_a_diff_is_one_for_patch_where_no_ci_system_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("TF_BUILD", raising=False)
    (tmp_path / "Dockerfile").write_text("FROM debian:12 as base\n# ##[x]y\n")
    read = read_plainly(["--no-cache", "--diff", "--select", "DFG970", "Dockerfile"])
    assert read is not None
    run_check(*read)
    assert " # ##[x]y\n" in capsys.readouterr().out

"""No call ends green that checked nothing, or something else than what was asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly

SOUND = "FROM python:3.11-slim AS base\nARG MODE\nFROM base AS prod\nUSER 1000\n"
FLATTENED = 'FROM python:3.11-slim\nRUN python -c "import os; try: os.stat(1); except OSError: pass"\n'
TEMPLATE = "FROM {{ base }}\nenv = x\n"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_text(SOUND)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DFGUARD_CACHE_DIR", str(tmp_path.parent / "cache"))
    return tmp_path


def _run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    read = read_plainly(list(words))
    assert read is not None, words
    code = run_check(*read)
    out, err = capfd.readouterr()
    return code, out, err


def _write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("stage", ["prod", "PROD", "0", "base"])
def test_a_stage_that_is_there_is_checked(capfd: pytest.CaptureFixture[str], stage: str) -> None:
    assert _run(capfd, "Dockerfile", "--target", stage, "--fail-on", "error")[0] == 0


@pytest.mark.parametrize("stage", ["prdo", "2", "-1", "²"])
def test_a_stage_that_is_not_there_is_a_mistake(capfd: pytest.CaptureFixture[str], stage: str) -> None:
    code, out, err = _run(capfd, "Dockerfile", f"--target={stage}")
    assert code == 2
    assert err == f"dfguard: Dockerfile: there is no stage {stage!r} to build; the stages are base, prod\n"
    assert out == "no file was checked; not checked: 1\n"


def test_a_stage_that_only_the_configuration_names_is_a_mistake_too(
    capfd: pytest.CaptureFixture[str],
) -> None:
    _write("dfguard.yaml", "target: release\n")
    assert _run(capfd, ".")[0] == 2
    _write("dfguard.yaml", "target: prod\n")
    assert _run(capfd, ".", "--fail-on", "error")[0] == 0


def test_the_same_reason_is_said_once_for_all_files(capfd: pytest.CaptureFixture[str]) -> None:
    for name in "abcde":
        _write(f"{name}/Dockerfile", SOUND)
    code, out, err = _run(capfd, ".", "--platform", "moon")
    assert code == 2
    assert err.count("there is no platform") == 1
    assert err.startswith(
        "dfguard: Dockerfile, a/Dockerfile, b/Dockerfile and 3 more: there is no platform 'moon'"
    )
    assert "platform" not in out


@pytest.mark.parametrize("style", ["text", "json", "sarif", "github"])
def test_a_reason_stands_once_in_every_format(capfd: pytest.CaptureFixture[str], style: str) -> None:
    code, out, err = _run(capfd, "gone", "--format", style)
    assert code == 2
    assert (out + err).count("no such file") == (2 if style in ("json", "sarif") else 1)
    assert err.count("no such file") == (0 if style == "github" else 1)


def test_a_report_in_a_file_is_whole(capfd: pytest.CaptureFixture[str]) -> None:
    assert _run(capfd, "gone", "--output", "out.txt")[0] == 2
    assert (
        Path("out.txt").read_text()
        == "not checked: gone: no such file\nno file was checked; not checked: 1\n"
    )


def test_what_is_excluded_is_checked_where_it_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    _write("dfguard.yaml", "exclude: [old]\n")
    _write("old/Dockerfile", FLATTENED)
    code, out, _ = _run(capfd, ".", "--fail-on", "error")
    assert code == 0
    assert "left out: 1 excluded by the configuration\n" in out
    assert _run(capfd, "old/Dockerfile", "--fail-on", "error")[0] == 1
    assert _run(capfd, "old/Dockerfile", ".", "--fail-on", "error")[0] == 1
    assert _run(capfd, ".", "--fail-on", "error")[0] == 0, (
        "a result kept for a named file is not that of a search"
    )
    forced = _run(capfd, "old/Dockerfile", "Dockerfile", "--force-exclude", "--fail-on", "error")
    assert forced[0] == 0
    assert "left out: 1 excluded by the configuration\n" in forced[1]


def test_to_check_nothing_is_a_mistake(capfd: pytest.CaptureFixture[str]) -> None:
    _write("t/Dockerfile.j2", TEMPLATE)
    _write("t/dockerfile.go", "package a\n")
    code, out, err = _run(capfd, "t")
    assert code == 2
    assert out == "left out: 1 template, 1 program source\nno file was checked\n"
    assert (
        err
        == "dfguard: nothing was checked (left out: 1 template, 1 program source); name a file to check it\n"
    )
    _write("dfguard.yaml", "exclude: [Dockerfile]\n")
    assert _run(capfd, ".")[0] == 2
    assert _run(capfd, "t/Dockerfile.j2")[0] == 1


def test_a_hook_may_name_what_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    _write("t/Dockerfile.j2", TEMPLATE)
    code, out, err = _run(capfd, "t/Dockerfile.j2", "--force-exclude")
    assert (code, err) == (0, "")
    assert out == "left out: 1 template\nno file was checked\n"


def test_what_was_left_out_is_in_the_document(capfd: pytest.CaptureFixture[str]) -> None:
    _write("t/Dockerfile.j2", TEMPLATE)
    _, out, _ = _run(capfd, ".", "--format", "json")
    assert json.loads(out)["left_out"] == [{"path": "t/Dockerfile.j2", "reason": "template"}]


@pytest.mark.parametrize("words", [["--select", "DFG2", "--ignore", "DFG2"], ["--ignore", "DFG"]])
def test_no_rule_at_all_is_a_mistake(capfd: pytest.CaptureFixture[str], words: list[str]) -> None:
    code, _, err = _run(capfd, "Dockerfile", *words)
    assert code == 2
    assert "no rule is left to check with" in err


@pytest.mark.parametrize(
    "text",
    ["ignore: [DFG0815]\n", "select: [nope]\n", "severity: {DFG0815: error}\n", "severity: {x: 'off'}\n"],
)
def test_an_unknown_rule_in_the_configuration_is_a_mistake(
    capfd: pytest.CaptureFixture[str], text: str
) -> None:
    _write("dfguard.yaml", text)
    code, _, err = _run(capfd, "Dockerfile")
    assert code == 2
    assert "no rule is called" in err


@pytest.mark.parametrize(
    "text", ["context: gone\n", "packs: [gone]\n", "profile: gone\n", "platform: gone\n"]
)
def test_what_the_configuration_names_in_vain_is_a_mistake(
    capfd: pytest.CaptureFixture[str], text: str
) -> None:
    _write("dfguard.yaml", text)
    code, _, err = _run(capfd, "Dockerfile")
    assert code == 2
    assert "gone" in err


def test_a_name_for_standard_input_needs_standard_input(capfd: pytest.CaptureFixture[str]) -> None:
    assert _run(capfd, "Dockerfile", "--no-cache", "--fail-on", "never")[0] == 0
    code, _, err = _run(capfd, "Dockerfile", "--stdin-filename", "a/Dockerfile")
    assert code == 2
    assert "standard input" in err


def test_an_argument_that_nothing_declares_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    words = ["Dockerfile", "--fail-on", "never", "--build-arg"]
    for _ in range(2):
        code, _, err = _run(capfd, *words, "MODLE=x")
        assert code == 0
        assert err == "dfguard: no checked Dockerfile declares the build argument MODLE\n"
    for taken in ("MODE=x", "HTTP_PROXY=x", "https_proxy=x", "TARGETARCH=arm64", "BUILDKIT_SYNTAX=x"):
        assert _run(capfd, *words, taken)[2] == ""


def test_a_build_context_is_there_and_used(capfd: pytest.CaptureFixture[str]) -> None:
    words = ["Dockerfile", "--fail-on", "never", "--build-context"]
    assert _run(capfd, *words, "code=gone")[0] == 2
    os.mkdir("there")
    assert (
        _run(capfd, *words, "code=there")[2] == "dfguard: no checked Dockerfile uses the build context code\n"
    )
    for source in ("there", "docker-image://a:1", "https://x/y.git", "git@x:y.git", "oci-layout://there"):
        assert _run(capfd, *words, f"base={source}")[::2] == (0, "")


def test_fixes_leave_alone_what_reads_as_something_else(capfd: pytest.CaptureFixture[str]) -> None:
    names = {"Dockerfile.eex": TEMPLATE, "dockerfile.ex": "defmodule A do\n  env = [\n  ]\nend\n"}
    for name, text in names.items():
        _write(name, text)
        code, _, err = _run(capfd, name, "--fix", "--fix-suggested")
        assert code == 1
        assert f"{name} is left as it is: it reads as a " in err
        assert ", not as a Dockerfile" in err
        assert Path(name).read_text() == text
    _write("Dockerfile.tmpl", "FROM a:1 as b\n")
    _run(capfd, "Dockerfile.tmpl", "--fix", "--select", "from-as-casing")
    assert Path("Dockerfile.tmpl").read_text() == "FROM a:1 AS b\n", "it parses as a whole"
    _run(capfd, ".", "--fix", "--fix-suggested")
    assert {name: Path(name).read_text() for name in names} == names

"""`dfguard inspect` as a user calls it: formats, options, exit codes, bad input, and what is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "FROM python:3.11-slim AS first\nRUN mkdir /a\nFROM python:3.11-slim\nARG NAME=b\nRUN mkdir /$NAME\n"


def run(*words: str, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "dfguard", "inspect", *words]
    return subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, timeout=60, check=False, env=environment
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_text(TEXT)
    return tmp_path


def test_the_folder_s_dockerfile_is_shown_as_plain_text(folder: Path) -> None:
    result = run(cwd=folder)
    assert (result.returncode, result.stderr) == (0, b"")
    lines = result.stdout.decode().splitlines()
    assert lines[0] == "Dockerfile: 2 stages, 5 instructions"
    assert "    /b/  baked  (mkdir, line 5)" in lines
    assert b"\x1b" not in result.stdout


def test_options_of_the_target_count(folder: Path) -> None:
    words = ("--build-arg", "NAME=c", "--platform", "runpod-serverless", "--volume", "attached")
    document = json.loads(run("Dockerfile", "--format", "json", *words, cwd=folder).stdout)
    assert [row["path"] for row in document["stages"][1]["files"]] == ["/c"]
    assert document["platform"] == "runpod-serverless"
    assert document["process"]["mounts"][0]["is_certain"] is True
    first = json.loads(run("--format", "json", "--target", "first", cwd=folder).stdout)
    assert first["image"] == 0


def test_one_stage_can_be_shown_by_name_or_index(folder: Path) -> None:
    for name in ("first", "FIRST", "0"):
        document = json.loads(run("--format", "json", "--stage", name, cwd=folder).stdout)
        assert [stage["index"] for stage in document["stages"]] == [0]
    html = run("--format", "html", "--stage", "1", cwd=folder)
    assert html.returncode == 0
    wrong = run("--stage", "last", cwd=folder)
    assert wrong.returncode == 2
    assert wrong.stderr.decode() == "dfguard: there is no stage 'last'; there are: first, 1\n"


def test_the_page_goes_to_a_file(folder: Path) -> None:
    result = run("--format", "html", "--output", "image.html", cwd=folder)
    assert (result.returncode, result.stdout) == (0, b"")
    assert (folder / "image.html").read_text(encoding="utf-8").startswith("<!doctype html>\n")


def test_standard_input_is_inspected(folder: Path) -> None:
    result = run("-", cwd=folder, stdin=b"FROM scratch\nCOPY <<EOF /a\nhello\nEOF\n")
    assert result.returncode == 0
    assert "/a  6 B  baked" in result.stdout.decode()


def test_mistakes_are_one_sentence_and_two(folder: Path) -> None:
    (folder / "Dockerfile.gpu").write_text(TEXT)
    assert run("gone", cwd=folder).returncode == 2
    several = run(".", cwd=folder)
    assert several.returncode == 2
    assert "Dockerfile, Dockerfile.gpu: name one" in several.stderr.decode()
    platform = run("Dockerfile", "--platform", "moon", cwd=folder)
    assert platform.returncode == 2
    assert "there is no platform 'moon'" in platform.stderr.decode()
    stage = run("Dockerfile", "--target", "moon", cwd=folder)
    assert stage.returncode == 2
    assert "there is no stage 'moon' to build" in stage.stderr.decode()


def test_what_is_left_out_of_a_search_is_inspected_where_it_is_named(folder: Path) -> None:
    (folder / "dfguard.yaml").write_text("exclude: [gpu]\n")
    (folder / "gpu").mkdir()
    (folder / "gpu/Dockerfile").write_text(TEXT)
    excluded = run("gpu", cwd=folder)
    assert excluded.returncode == 2
    assert "gpu/Dockerfile is excluded by the configuration; name it" in excluded.stderr.decode()
    assert run("gpu/Dockerfile", cwd=folder).returncode == 0
    (folder / "t").mkdir()
    (folder / "t/Dockerfile.tmpl").write_text(TEXT)
    template = run("t", cwd=folder)
    assert template.returncode == 2
    assert "left out as template: t/Dockerfile.tmpl; name it" in template.stderr.decode()
    assert run("t/Dockerfile.tmpl", cwd=folder).returncode == 0


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe\n", b"RUN a\n", b"FROM\n", b"FROM a\nCOPY --from=0 /a /b\n\x00"]
)
def test_no_text_stops_it(folder: Path, text: bytes) -> None:
    (folder / "Dockerfile").write_bytes(text)
    for style in ("text", "json", "html"):
        result = run("Dockerfile", "--format", style, cwd=folder)
        assert result.returncode == 0, result.stderr


def test_check_imports_nothing_of_it(folder: Path) -> None:
    code = (
        "import os, sys; os._exit = sys.exit; sys.argv = ['dfguard', 'check', '--no-cache', 'Dockerfile']\n"
        "from dfguard.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([n for n in sys.modules if 'inspection' in n or n == 'html'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"

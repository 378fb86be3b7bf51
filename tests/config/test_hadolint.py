"""hadolint's configuration file as a layer below our own, and converted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dfguard.cli.init import converted
from dfguard.config.hadolint import read_hadolint
from dfguard.config.loading import load_settings
from dfguard.config.settings import Settings
from dfguard.core.errors import ConfigError
from dfguard.core.findings import Severity

WHOLE = """\
ignored:
  - DL3008
  - DL9999
override:
  error: [DL3015]
  style:
    - DL3059
trustedRegistries: [docker.io, "*.example.com"]
label-schema:
  author: text
  contact: email
strict-labels: true
failure-threshold: error
format: tty
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def loaded(folder: Path) -> Settings:
    found = load_settings(str(folder / "Dockerfile"), {})
    assert found is not None
    return found


def test_every_key_counts(folder: Path) -> None:
    (folder / ".hadolint.yaml").write_text(WHOLE)
    found = loaded(folder)
    assert found.ignore == ("DL3008",)
    assert found.severities == (("DL3015", "error"), ("DL3059", "info"))
    assert found.trusted_registries == ("docker.io", "*.example.com")
    assert found.label_schema == (("author", "text"), ("contact", "email"))
    assert (found.strict_labels, found.fail_on) == (True, Severity.ERROR)


def test_our_own_file_goes_before_it(folder: Path) -> None:
    (folder / ".hadolint.yml").write_text("failure-threshold: error\nignored: [DL3008]\n")
    (folder / "dfguard.yaml").write_text("fail_on: info\nignore: [DFG3]\n")
    found = loaded(folder)
    assert (found.fail_on, found.ignore) == (Severity.INFO, ("DL3008", "DFG3"))


def test_it_is_looked_for_upwards_but_not_beyond_the_repository(folder: Path) -> None:
    (folder.parent / ".hadolint.yaml").write_text("ignored: [DL3001]\n")
    (folder / "docker").mkdir()
    assert loaded(folder / "docker").ignore == ()
    (folder / ".hadolint.yaml").write_text("ignored: [DL3002]\n")
    assert loaded(folder / "docker").ignore == ("DL3002",)
    (folder.parent / ".hadolint.yaml").unlink()


@pytest.mark.parametrize("text", ["", "# nothing\n", "ignored: []\n", "format: json\nno-color: true\n"])
def test_files_that_say_nothing(folder: Path, text: str) -> None:
    (folder / ".hadolint.yaml").write_text(text)
    assert loaded(folder) == Settings()


@pytest.mark.parametrize("value", ["none", "ignore"])
def test_thresholds_that_never_fail(folder: Path, value: str) -> None:
    (folder / ".hadolint.yaml").write_text(f"failure-threshold: {value}\n")
    assert loaded(folder).fail_on is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("ignored: DL3008\n", "1: ignored is a list of words", id="no list"),
        pytest.param("override: [DL3008]\n", "1: override maps", id="override no mapping"),
        pytest.param("override:\n  fatal: [DL3008]\n", "2: override: 'fatal'; allowed", id="unknown level"),
        pytest.param("failure-threshold: loud\n", "1: failure-threshold is one of", id="unknown threshold"),
        pytest.param("label-schema:\n  a: number\n", "2: label-schema: a is one of", id="unknown kind"),
        pytest.param("- DL3008\n", "1: a configuration file of hadolint is a mapping", id="a list"),
        pytest.param("ignored: [\n", ":2", id="no YAML"),
    ],
)
def test_mistakes_are_named_with_their_line(folder: Path, text: str, message: str) -> None:
    (folder / ".hadolint.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"\.hadolint\.yaml:") as caught:
        loaded(folder)
    assert message in str(caught.value)


def test_what_has_no_counterpart_is_told(folder: Path) -> None:
    file = folder / ".hadolint.yaml"
    file.write_text("ignored: [DL9999]\ndisable-ignore-pragma: true\n")
    left = [text.rpartition("/")[2] for text in read_hadolint(str(file)).left]
    assert left == [".hadolint.yaml:1: DL9999 in ignored", ".hadolint.yaml:2: disable-ignore-pragma"]


def test_the_converted_file_gives_the_same_settings(folder: Path) -> None:
    file = folder / ".hadolint.yaml"
    file.write_text(WHOLE)
    before = loaded(folder)
    text = converted(str(file))
    file.unlink()
    (folder / "dfguard.yaml").write_text(text)
    after = loaded(folder)
    assert after.profile == "hadolint"
    same = ("ignore", "severities", "trusted_registries", "label_schema", "strict_labels", "fail_on")
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert "# not taken over: " in text


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dfguard", *words]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ)
    )


def test_init_writes_a_file_that_can_be_read_and_overwrites_only_when_told(folder: Path) -> None:
    assert run("init", cwd=folder).stdout == "dfguard.yaml is written\n"
    assert loaded(folder) == Settings()
    (folder / "dfguard.yaml").write_text("ignore: [DFG3]\n")
    again = run("init", cwd=folder)
    assert (again.returncode, again.stderr) == (
        2,
        "dfguard: dfguard.yaml is already there; --force writes it again\n",
    )
    assert run("init", "--force", cwd=folder).returncode == 0
    assert loaded(folder) == Settings()


def test_init_converts(folder: Path) -> None:
    (folder / ".hadolint.yaml").write_text("ignored: [DL3008]\n")
    assert run("init", "--from-hadolint", ".hadolint.yaml", cwd=folder).returncode == 0
    text = (folder / "dfguard.yaml").read_text()
    assert text == '# made of .hadolint.yaml\nprofile: hadolint\nignore: ["DL3008"]\n'
    missing = run("init", "--force", "--from-hadolint", "nothing.yaml", cwd=folder)
    assert (missing.returncode, missing.stderr) == (
        2,
        "dfguard: nothing.yaml:1: no such configuration file\n",
    )

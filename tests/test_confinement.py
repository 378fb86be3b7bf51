"""What is checked was written by others: its links and its configuration lead nowhere outside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly
from dfguard.config.loading import load_settings
from dfguard.core.errors import ConfigError

PRIVATE = "TOKEN=do-not-print-this"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM debian:12\n")
    (tmp_path / "secret").write_text(f"{PRIVATE}\n")
    monkeypatch.chdir(folder)
    return folder


def checked(*words: str) -> int:
    read = read_plainly(["--no-cache", *words])
    assert read is not None
    return run_check(*read)


@pytest.mark.parametrize("words", [["."], ["Dockerfile.x"], ["Dockerfile.x", "--diff"]])
@pytest.mark.parametrize("target", ["../secret", "/proc/self/environ"])
def test_a_link_that_leaves_the_repository_is_not_read(
    target: str, words: list[str], repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "Dockerfile.x").symlink_to(target)
    assert checked(*words) == 2
    out, err = capsys.readouterr()
    assert PRIVATE not in out + err
    assert "Dockerfile.x: a link that leads out of the repository" in err


def test_a_link_in_a_folder_that_no_repository_holds_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    (tmp_path / "secret").write_text(PRIVATE)
    (folder / "Dockerfile").symlink_to(tmp_path / "secret")
    monkeypatch.chdir("/")
    assert checked(str(folder / "Dockerfile")) == 2
    assert PRIVATE not in "".join(capsys.readouterr())


def test_links_inside_the_repository_are_read(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "images").mkdir()
    (repository / "images" / "base").write_text("FROM debian:12\nRUNN x\n")
    (repository / "Dockerfile.x").symlink_to("images/base")
    assert checked("Dockerfile.x") == 1
    assert "DFG003" in capsys.readouterr().out


def test_what_a_link_led_to_when_it_was_checked_is_not_answered_for_another_target(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DFGUARD_CACHE_DIR", str(tmp_path / "cache"))
    (repository / "real").write_text("FROM debian:12\n")
    (repository / "Dockerfile.x").symlink_to("real")
    read = read_plainly(["Dockerfile.x"])
    assert read is not None
    assert run_check(*read) == 0
    (repository / "Dockerfile.x").unlink()
    (tmp_path / "outside").write_text("FROM debian:12\n")
    (repository / "Dockerfile.x").symlink_to(tmp_path / "outside")
    assert run_check(*read) == 2


OUTWARDS = [
    pytest.param("context: ..", "context is '..'", id="context"),
    pytest.param("context: /etc", "context is '/etc'", id="an absolute context"),
    pytest.param("context: out", "context is 'out'", id="a context through a link"),
    pytest.param("packs: [../packs]", "packs is '../packs'", id="packs"),
    pytest.param("packs: [own]", "own/platforms/x.yaml', which", id="a pack that is a link"),
    pytest.param("build_contexts: {a: ../a}", "build_contexts: a is '../a'", id="a named context"),
    pytest.param(
        "overrides:\n  - paths: [Dockerfile]\n    context: ..", "context is '..'", id="in an override"
    ),
]


@pytest.mark.parametrize(("text", "says"), OUTWARDS)
def test_a_configuration_that_was_found_stays_inside(text: str, says: str, repository: Path) -> None:
    (repository / "out").symlink_to("..")
    (repository / "own" / "platforms").mkdir(parents=True)
    (repository / "own" / "platforms" / "x.yaml").symlink_to(repository.parent / "secret")
    (repository / "dfguard.yaml").write_text(f"{text}\n")
    with pytest.raises(ConfigError, match=r"dfguard\.yaml:\d: .* leads out of the repository") as refused:
        load_settings("Dockerfile", {})
    assert says in str(refused.value)
    assert load_settings("Dockerfile", {}, "dfguard.yaml") is not None


def test_pyproject_stays_inside_as_well(repository: Path) -> None:
    (repository / "pyproject.toml").write_text('[tool.dfguard]\ncontext = "../other"\n')
    with pytest.raises(ConfigError, match="leads out of the repository"):
        load_settings("Dockerfile", {})


@pytest.mark.parametrize(
    "text",
    [
        "context: sub/..",
        "packs: [sub]",
        "build_contexts: {a: ./sub, b: 'docker-image://alpine', c: 'https://example.com/x.git', d: 'git@example.com:x'}",
    ],
)
def test_what_lies_inside_or_is_no_path_is_taken(text: str, repository: Path) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "dfguard.yaml").write_text("context: ..\n")
    (repository / "sub" / "Dockerfile").write_text("FROM debian:12\n")
    (repository / "dfguard.yaml").write_text(f"{text}\n")
    assert load_settings("Dockerfile", {}) is not None
    inner = load_settings("sub/Dockerfile", {})
    assert inner is not None
    assert inner.context == str(repository)


def test_the_command_line_may_name_any_place(repository: Path, tmp_path: Path) -> None:
    given = {"context": "..", "packs": (str(tmp_path),), "build_contexts": (("a", "../a"),)}
    settings = load_settings("Dockerfile", given)
    assert settings is not None
    assert (settings.context, settings.packs) == ("..", (str(tmp_path),))


@pytest.mark.parametrize("name", ["dfguard.yaml", ".dfguard.yml", "pyproject.toml", ".hadolint.yaml"])
def test_a_configuration_that_is_a_link_out_is_not_read(
    name: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / name).symlink_to("../secret")
    assert checked("Dockerfile") == 2
    out, err = capsys.readouterr()
    assert PRIVATE not in out + err
    assert f"{name}:1: a link that leads out of the repository" in err

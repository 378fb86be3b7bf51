"""Configuration files: layers, overrides, exclusion, and one sentence with the line for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfguard.config.loading import load_settings
from dfguard.config.settings import Settings, merge
from dfguard.core.errors import ConfigError
from dfguard.core.findings import Severity


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "docker" / "dev").mkdir(parents=True)
    (tmp_path / "docker" / "dev" / "Dockerfile").write_text("FROM a\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


YAML = """\
platform: {name: runpod-serverless, volume: attached, cached_models: [org/model]}
profile: strict
ignore: DFG318, DFG2
severity: {DFG101: warning, stale-variant: off}
fail_on: error
maybe: true
build_args: {CUDA: "12"}
target: final
context: docker
packs: [packs]
overrides:
  - paths: ["docker/dev/**"]
    ignore: [DFG402]
    platform: docker
exclude: [third_party]
"""


def test_the_nearest_file_upwards_counts_and_overrides_match_paths(repository: Path) -> None:
    (repository / "dfguard.yaml").write_text(YAML)
    outer = load_settings("Dockerfile", {})
    assert outer == Settings(
        profile="strict",
        ignore=("DFG318", "DFG2"),
        severities=(("DFG101", "warning"), ("stale-variant", "off")),
        platform="runpod-serverless",
        platform_reason="dfguard.yaml",
        volume="attached",
        cached_models=("org/model",),
        context=str(repository / "docker"),
        build_arguments=(("CUDA", "12"),),
        target="final",
        fail_on=Severity.ERROR,
        shows_maybe=True,
        packs=(str(repository / "packs"),),
    )
    inner = load_settings("docker/dev/Dockerfile", {})
    assert inner is not None
    assert (inner.ignore, inner.platform) == (("DFG318", "DFG2", "DFG402"), "docker")
    assert load_settings("third_party/x/Dockerfile", {}) is None


def test_the_command_line_wins(repository: Path) -> None:
    (repository / ".dfguard.yaml").write_text("platform: modal\nignore: [A]\nfail_on: info\n")
    given = {"platform": "docker", "ignore": ("B",), "fail_on": "never"}
    settings = load_settings("Dockerfile", given)
    assert settings == Settings(
        platform="docker", platform_reason="--platform", ignore=("A", "B"), fail_on=None
    )


def test_pyproject_has_the_same_keys(repository: Path) -> None:
    (repository / "pyproject.toml").write_text(
        '[tool.dfguard]\nselect = ["DFG1"]\nmaybe = true\n[tool.dfguard.severity]\nDFG101 = "info"\n'
        '[[tool.dfguard.overrides]]\npaths = ["docker"]\nprofile = "strict"\n'
    )
    settings = load_settings("docker/dev/Dockerfile", {})
    assert settings == Settings(
        select=("DFG1",), shows_maybe=True, severities=(("DFG101", "info"),), profile="strict"
    )


def test_a_pyproject_without_our_table_is_passed_over(repository: Path) -> None:
    (repository / "dfguard.yaml").write_text("profile: strict\n")
    (repository / "docker" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    settings = load_settings("docker/dev/Dockerfile", {})
    assert settings is not None
    assert settings.profile == "strict"


def test_the_search_stops_at_the_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "dfguard.yaml").write_text("profile: strict\n")
    inner = repository / "inner"
    (inner / ".git").mkdir(parents=True)
    assert load_settings(str(inner / "Dockerfile"), {}) == Settings()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param(
            "profle: strict\n",
            1,
            "unknown key 'profle'; allowed: build_args, build_contexts, builder, context",
            id="unknown key",
        ),
        pytest.param(
            "profile: a\nplatform: {nam: x}\n", 2, "platform: unknown key 'nam'", id="unknown platform key"
        ),
        pytest.param(
            "severity:\n  DFG101: fatal\n", 2, "'fatal'; allowed: error, warning, info, off", id="level"
        ),
        pytest.param("fail_on: sometimes\n", 1, "allowed: error, warning, info, never", id="fail_on"),
        pytest.param(
            "platform: {name: a, volume: maybe}\n", 1, "allowed: attached, none, unknown", id="volume"
        ),
        pytest.param("overrides: {a: b}\n", 1, "overrides is a list", id="overrides"),
        pytest.param(
            "maybe: true\noverrides:\n- ignore: [x]\n", 3, "needs `paths`", id="override without paths"
        ),
        pytest.param("select: {a: b}\n", 1, "select is a list of words", id="list"),
        pytest.param("- a\n- b\n", 1, "a configuration file is a mapping", id="no mapping"),
        pytest.param("a: [b\n", 2, "not YAML", id="broken YAML"),
    ],
)
def test_every_mistake_is_one_sentence_with_its_line(
    repository: Path, text: str, line: int, says: str
) -> None:
    (repository / "dfguard.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings("Dockerfile", {})
    message = str(caught.value)
    assert message.startswith(f"{repository / 'dfguard.yaml'}:{line}: ")
    assert says in message


def test_a_missing_configuration_file_is_said(repository: Path) -> None:
    with pytest.raises(ConfigError, match=r"nope\.yaml:1: no such configuration file"):
        load_settings("Dockerfile", {}, "nope.yaml")


def test_broken_toml_is_said(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[tool.dfguard\n")
    with pytest.raises(ConfigError, match="not TOML"):
        load_settings("Dockerfile", {})


def test_an_empty_file_changes_nothing(repository: Path) -> None:
    (repository / "dfguard.yaml").write_text("\n# nothing\n")
    assert load_settings("Dockerfile", {}) == Settings()


def test_layers_add_what_is_additive_and_replace_the_rest() -> None:
    first = merge(Settings(), {"ignore": ("A",), "select": ("X",)})
    assert merge(first, {"ignore": ("B",), "select": ("Y",)}) == Settings(ignore=("A", "B"), select=("Y",))

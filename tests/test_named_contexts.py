"""Build contexts with a name: from the command line, the configuration, and the files that build the image."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfguard.config.loading import load_settings
from dfguard.config.settings import Settings
from dfguard.core.project import Surroundings
from dfguard.core.source import Source
from dfguard.discover.files import MemoryFiles
from dfguard.discover.repository import Repository
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target

TEXT = "FROM debian:12\nCOPY --from=site /a /a\n"


def rules(text: str, files: dict[str, str] | None = None, **settings: object) -> set[str]:
    every = {**(files or {}), "Dockerfile": text}
    surroundings = Surroundings(Repository(MemoryFiles(every), "Dockerfile"))
    target = Target(Source("Dockerfile", text), InMemoryContext(every), surroundings)
    report = check_target(target, Settings(platform="docker", **settings))  # type: ignore[arg-type]
    return {d.rule for d in report.diagnostics}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(
            "compose.yaml",
            "services:\n  a:\n    build:\n      context: .\n      additional_contexts:\n        site: ./site\n",
            id="compose, mapping",
        ),
        pytest.param(
            "compose.yaml",
            "services:\n  a:\n    build:\n      context: .\n      additional_contexts: [site=./site]\n",
            id="compose, list",
        ),
        pytest.param(
            "docker-bake.hcl",
            'target "a" {\n  dockerfile = "Dockerfile"\n  contexts = {\n    site = "./site"\n  }\n}\n',
            id="bake",
        ),
        pytest.param(
            "docker-bake.json",
            '{"target": {"a": {"dockerfile": "Dockerfile", "contexts": {"site": "./site"}}}}',
            id="bake in JSON",
        ),
        pytest.param(
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
            "          build-contexts: |\n            other=./other\n            site=./site\n",
            id="workflow",
        ),
        pytest.param(
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: docker buildx build --build-context site=./site .\n",
            id="command",
        ),
    ],
)
def test_the_files_that_build_the_image_name_contexts(name: str, content: str) -> None:
    assert "DFG921" not in rules(TEXT, {name: content})
    assert "DFG921" in rules(TEXT, {name: content.replace("site", "sote")})


def test_a_context_goes_before_the_stage_of_its_name() -> None:
    text = "FROM scratch AS a\nFROM debian:12\nCOPY --from=a /missing /x\n"
    assert "DFG206" in rules(text)
    assert "DFG206" not in rules(text, build_contexts=(("a", "./a"),))


def test_a_base_from_outside_is_not_known() -> None:
    text = "FROM Base\nENV A=$B\n"
    assert "DFG002" in rules(text)
    assert "DFG002" not in rules(text, build_contexts=(("base", "./base"),))


def test_the_configuration_names_contexts(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "dfguard.yaml").write_text("build_contexts: {Site: ./site}\n")
    found = load_settings(str(tmp_path / "Dockerfile"), {"build_contexts": (("other", "./other"),)})
    assert found is not None
    assert found.build_contexts == (("site", "./site"), ("other", "./other"))

"""What a search of a folder finds, and what it leaves out and counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dfguard.core.errors import InputError
from dfguard.discover.files import DiskFiles
from dfguard.discover.repository import Repository
from dfguard.discover.search import Searched, left_out_as, search
from dfguard.discover.targets import find

FROM = "FROM a:1\n"


def _tree(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _below(root: Path, folder: str = ".") -> Searched:
    return search(folder, str(root))


def _files(found: Searched) -> list[str]:
    return [os.path.normpath(path) for path in found.files]


def _left(found: Searched) -> dict[str, str]:
    return {os.path.normpath(one.path): one.reason for one in found.left_out}


def test_every_name_that_a_dockerfile_has(root: Path) -> None:
    names = [
        "Containerfile",
        "Containerfile.gpu",
        "DOCKERFILE.prod",
        "Dockerfile",
        "Dockerfile-web",
        "Dockerfile.go",
        "Dockerfile2",
        "Dockerfile_web",
        "api-Dockerfile",
        "base.Containerfile",
        "dockerfile.dev",
        "web.Dockerfile",
    ]
    _tree(root, **dict.fromkeys(names, FROM))
    _tree(root, **{"Dockerfile.dockerignore": "*\n", "Makefile": "a:\n", "docs/dockerfiles.txt": "b\n"})
    assert _files(_below(root)) == sorted(names)
    assert _left(_below(root)) == {}


def test_templates_programs_and_other_texts_are_left_out_and_counted(root: Path) -> None:
    _tree(
        root,
        **{
            "Dockerfile": FROM,
            "Dockerfile.j2": FROM,
            "a/Dockerfile": "FROM {{ base }}\n",
            "{{ name }}/Dockerfile": FROM,
            "dockerfile.go": "package a\n",
            "Dockerfile.md": "# How\n",
            "list-of-dockerfile": "a\nb\n",
        },
    )
    found = _below(root)
    assert _files(found) == ["Dockerfile"]
    assert _left(found) == {
        "Dockerfile.j2": "template",
        "Dockerfile.md": "other text",
        "a/Dockerfile": "template",
        "dockerfile.go": "program source",
        "{{ name }}/Dockerfile": "template",
    }


def test_other_peoples_code_is_left_out(root: Path) -> None:
    _tree(
        root,
        **{
            "third_party/x/Dockerfile": FROM,
            "vendor/modules.txt": "",
            "vendor/golang.org/x/net/Dockerfile": FROM,
            "php/vendor/autoload.php": "<?php\n",
            "php/vendor/a/b/Dockerfile": FROM,
            "rust/vendor/libc/.cargo-checksum.json": "{}",
            "rust/vendor/libc/Dockerfile": FROM,
            "shop/vendor/Dockerfile": FROM,
            "node_modules/a/Dockerfile": FROM,
            "testdata/Dockerfile": FROM,
        },
    )
    found = _below(root)
    assert _files(found) == ["shop/vendor/Dockerfile", "testdata/Dockerfile"]
    assert set(_left(found).values()) == {"vendored"}
    assert len(_left(found)) == 4
    assert _files(_below(root, "third_party")) == ["third_party/x/Dockerfile"]


def test_a_file_counts_once_whatever_links_lead_to_it(root: Path) -> None:
    _tree(root, **{"docker/Dockerfile": FROM, "hidden/file": FROM})
    (root / "Dockerfile").symlink_to("docker/Dockerfile")
    (root / "Dockerfile.a").symlink_to("hidden/file")
    (root / "Dockerfile.b").symlink_to("hidden/file")
    (root / "Dockerfile.gone").symlink_to("nowhere")
    found = _below(root)
    assert _files(found) == ["Dockerfile.a", "docker/Dockerfile"]
    assert _left(found) == {"Dockerfile": "link", "Dockerfile.b": "link", "Dockerfile.gone": "broken link"}


def test_a_link_that_leaves_the_repository_is_not_looked_into(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "Dockerfile.j2"
    outside.write_text("FROM {{ x }}\n")
    (root / "Dockerfile").symlink_to(outside)
    assert _files(_below(root)) == ["Dockerfile"]


COMPOSE = "services:\n  a:\n    build:\n      context: ./app\n      dockerfile: production.build\n"
WORKFLOW = (
    "jobs:\n  b:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
    "          file: ci/image\n"
)
BAKE = 'target "x" {\n  dockerfile = "bake/recipe"\n}\n'
DEVCONTAINER = '{\n  // remark\n  "build": { "dockerfile": "box", "context": ".." },\n}\n'


def test_what_build_files_name_is_found(root: Path) -> None:
    _tree(
        root,
        **{
            "compose.prod.yaml": COMPOSE,
            "app/production.build": FROM,
            ".github/workflows/b.yml": WORKFLOW,
            "ci/image": FROM,
            "docker-bake.hcl": BAKE,
            "bake/recipe": FROM,
            ".devcontainer/devcontainer.json": DEVCONTAINER,
            ".devcontainer/box": "FORM a:1\nnothing here is right\nnor here\n",
            "other/image": FROM,
        },
    )
    assert _files(_below(root)) == [".devcontainer/box", "app/production.build", "bake/recipe", "ci/image"]
    assert _files(_below(root, "app")) == ["app/production.build"]


@pytest.mark.parametrize(
    "dockerfile",
    [
        pytest.param("gone", id="not there"),
        pytest.param("../../outside", id="outside"),
        pytest.param("$FILE", id="variable"),
        pytest.param("ignored/image", id="ignored by git"),
        pytest.param("folder", id="folder"),
    ],
)
def test_what_build_files_name_in_vain_is_not(root: Path, dockerfile: str) -> None:
    (root.parent / "outside").write_text(FROM)
    _tree(
        root,
        **{
            ".gitignore": "ignored/\n",
            "ignored/image": FROM,
            "folder/x": "",
            "compose.yaml": COMPOSE.replace("production.build", dockerfile).replace("./app", "."),
        },
    )
    assert _files(_below(root)) == []


def test_a_template_that_a_build_file_names_stays_one(root: Path) -> None:
    _tree(root, **{"compose.yaml": COMPOSE, "app/production.build": "FROM {{ x }}\n"})
    found = _below(root)
    assert (_files(found), _left(found)) == ([], {"app/production.build": "template"})


def test_a_folder_that_cannot_be_read_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _tree(root, **{"Dockerfile": FROM, "closed/Dockerfile": FROM})
    scandir = os.scandir

    def refusing(path: str) -> object:
        if os.path.basename(path) == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = find(["."])
    assert [(r.path, r.message) for r in found.refused] == [("closed", "this folder cannot be read")]
    assert [one.path for one in found.found] == ["Dockerfile"]


def test_what_is_named_is_checked_unless_that_is_asked_for(root: Path) -> None:
    names = {
        "Dockerfile.j2": "template",
        "dockerfile.ex": "program source",
        "third_party/Dockerfile": "vendored",
        "build/Dockerfile": "ignored by git",
    }
    _tree(root, **{name: "defmodule A do\nend\n" if name.endswith("ex") else FROM for name in names})
    _tree(root, **{".gitignore": "build\n", "Dockerfile": FROM})
    paths = [*names, "Dockerfile"]
    assert [one.path for one in find(paths).found] == paths
    forced = find(paths, excludes_named=True)
    assert [one.path for one in forced.found] == ["Dockerfile"]
    assert {one.path: one.reason for one in forced.left_out} == names
    assert {name: left_out_as(name, str(root)) for name in paths} == {**names, "Dockerfile": None}


def test_a_file_that_is_named_and_found_counts_as_named(root: Path) -> None:
    _tree(root, **{"Dockerfile": FROM, "Dockerfile.j2": FROM})
    found = find([".", "Dockerfile", "Dockerfile.j2"])
    assert {one.path: one.is_named for one in found.found} == {"Dockerfile": True, "Dockerfile.j2": True}
    assert found.left_out == ()


def test_a_dockerfile_called_after_a_program_is_checked_itself(root: Path) -> None:
    _tree(
        root, **{"Dockerfile": FROM, "Dockerfile.py": FROM, "run.py": "", "dockerfile.sh": "docker build .\n"}
    )
    assert [one.path for one in find(["Dockerfile.py"]).found] == ["Dockerfile.py"]
    for program in ("run.py", "dockerfile.sh"):
        assert [one.path for one in find([program]).found] == ["Dockerfile", "Dockerfile.py"]


def test_siblings_are_dockerfiles(root: Path) -> None:
    names = ("Dockerfile", "Dockerfile-b", "Dockerfile.c")
    _tree(root, **dict.fromkeys(names, FROM), **{"dockerfile.go": "package a\n", "Dockerfile.j2": FROM})
    assert Repository(DiskFiles(str(root)), "Dockerfile").siblings() == ("Dockerfile-b", "Dockerfile.c")


def test_a_folder_without_any_is_a_mistake(root: Path) -> None:
    (root / "empty").mkdir()
    (refused,) = find(["empty"]).refused
    assert refused.message.startswith("no Dockerfile")
    assert InputError.exit_code == 2

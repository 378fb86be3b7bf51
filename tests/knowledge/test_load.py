"""Broken packs give one sentence with file, line and what is allowed; good ones are laid over the bundled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.core.errors import PackError
from dfguard.knowledge.load import load_knowledge
from dfguard.knowledge.pack_files import read_file, read_tables, refuse_broken_yaml
from dfguard.knowledge.platforms import Condition, Mount, Platform, Semantics

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "id: here\ntitle: Here\nsource: a page\nchecked: 2026-11-01\nstatus: read\n"


def _message(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as raised:
        read_file(str(path), Platform)
    message = str(raised.value)
    assert message.startswith(f"{path}:")
    return message.removeprefix(f"{path}:")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "1: the file is empty, allowed: source, checked", id="empty file"),
        pytest.param(
            "- a\n", "1: the file is a list, allowed: a mapping with source", id="list instead of mapping"
        ),
        pytest.param("id: x\n", "1: the file lacks 'source', allowed: source, checked", id="field missing"),
        pytest.param(
            HEAD + "tittle: X\n", "6: unknown key 'tittle' in the file, allowed: source", id="unknown key"
        ),
        pytest.param(
            HEAD + "id: other\n", "6: 'id' stands twice in the file, allowed: each key once", id="key twice"
        ),
        pytest.param(
            HEAD.replace("read", "guessed"),
            "5: status is 'guessed', allowed: run, read, known",
            id="no member",
        ),
        pytest.param(
            HEAD + "mounts: /data\n", "6: mounts is the text '/data', allowed: a list", id="text for a list"
        ),
        pytest.param(
            HEAD + "mounts:\n- path: /x\n", "7: mounts lacks 'title', allowed: path, title", id="inner field"
        ),
        pytest.param(
            HEAD + "mounts:\n- {path: /x, title: v, when: volume, semantics: hide}\n",
            "7: semantics is 'hide', allowed: shadow, copy_up, refuse, read_only, tmpfs, in_memory",
            id="inner member",
        ),
        pytest.param(
            HEAD + "limits: {shm_mb: much}\n", "6: shm_mb is 'much', allowed: a whole number", id="no number"
        ),
        pytest.param(
            HEAD + "limits: {shm_mb: 1.5}\n", "6: shm_mb is '1.5', allowed: a whole number", id="fraction"
        ),
        pytest.param(
            HEAD + "has_model_cache: 1\n", "6: has_model_cache is '1', allowed: true or false", id="no bool"
        ),
        pytest.param(HEAD + "title: [a\n", "7: not YAML: ", id="no yaml"),
        pytest.param("id:\n" + HEAD[9:], "1: id is empty, allowed: text", id="null for text"),
        pytest.param(
            HEAD + "notes: {a: b}\n", "6: notes is a mapping, allowed: a list", id="mapping for a list"
        ),
    ],
)
def test_a_broken_pack_says_where_what_and_what_is_allowed(tmp_path: Path, text: str, expected: str) -> None:
    assert _message(tmp_path / "here.yaml", text).startswith(expected)


def test_aliases_cannot_blow_a_file_up(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert "unknown key 'a0'" in _message(tmp_path / "bomb.yaml", bomb)
    nested = "".join(f"{'  ' * n}a:\n" for n in range(3000))
    assert ":" in _message(tmp_path / "deep.yaml", nested)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("x.yaml", b"\xff\xfe\x00", id="not UTF-8"),
        pytest.param("x.yaml", b"a: \x00", id="control character"),
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(PackError, match=r"x\.yaml:1: (cannot be read|not YAML)"):
        read_file(str(path), Platform)


def test_a_folder_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        PackError, match=r"no packs here, allowed: \*\.yaml files in platforms, profiles or tables"
    ):
        read_tables(str(tmp_path))
    with pytest.raises(PackError):
        load_knowledge((str(tmp_path / "missing"),))


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "cachez.yaml").write_text("libraries: []\n")
    with pytest.raises(
        PackError, match=r"cachez\.yaml:1: unknown table 'cachez', allowed: api, base_images, caches"
    ):
        read_tables(str(tmp_path))


def test_two_files_for_one_platform_are_refused(tmp_path: Path) -> None:
    (tmp_path / "platforms").mkdir()
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / "platforms" / name).write_text(HEAD)
    with pytest.raises(PackError, match=r"b\.yaml:1: 'here' stands in .*a\.yaml already"):
        read_tables(str(tmp_path))


def test_a_pack_is_laid_over_the_bundled_ones(tmp_path: Path) -> None:
    (tmp_path / "platforms").mkdir()
    text = HEAD + "mounts:\n- {path: /srv, title: disk, semantics: shadow, when: always}\n"
    (tmp_path / "platforms" / "here.yaml").write_text(text)
    (tmp_path / "platforms" / "docker.yaml").write_text(
        HEAD.replace("here", "docker").replace("Here", "Our Docker")
    )
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "base_images.yaml").write_text(
        "images:\n- {id: ours, repository: registry.example/ours, base: 'python:3.12-slim', environment: {HF_HOME: /m},"
        " source: x, checked: 2026-11-01, status: run}\n"
    )
    knowledge = load_knowledge((str(tmp_path),))
    here = knowledge.platform("HERE")
    assert here is not None
    assert here.mounts == (Mount("/srv", "disk", Semantics.SHADOW, Condition.ALWAYS),)
    docker, serverless = knowledge.platform("docker"), knowledge.platform("serverless")
    assert docker is not None
    assert serverless is not None
    assert (docker.title, serverless.id) == ("Our Docker", "runpod-serverless")
    ours, python = knowledge.base_image("registry.example/ours:1"), knowledge.base_image("python:3.12")
    assert ours is not None
    assert python is not None
    assert dict(ours.environment)["HF_HOME"] == "/m"
    assert "pip" in ours.commands


def test_broken_yaml_is_named_by_its_line() -> None:
    with pytest.raises(PackError, match=r"^c\.yaml:3: not YAML"):
        refuse_broken_yaml("c.yaml", "a: 1\nb: [\n")


@pytest.mark.parametrize("merges", [False, True], ids=["aliases", "merge keys"])
def test_a_short_text_that_stands_for_very_many_values_is_looked_at_in_a_moment(*, merges: bool) -> None:
    first = "- &a0 {x: 1}\n" if merges else "- &a0 [x]\n"
    inner = "{{<<: [{}]}}" if merges else "[{}]"
    lines = [f"- &a{n} {inner.format(', '.join([f'*a{n - 1}'] * 9))}\n" for n in range(1, 30)]
    refuse_broken_yaml("c.yaml", first + "".join(lines))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "  - {versions: '>=1', keywords: [a], more: b}",
            "7: unknown key 'more' in accepts, allowed: versions, keywords",
        ),
        ("  - {versions: '>=1'}", "7: accepts lacks 'keywords', allowed: versions, keywords"),
        ("  - {versions: '>=1', keywords: {a: b}}", "7: keywords is a mapping, allowed: a list"),
    ],
)
def test_a_mistake_in_an_api_table_has_its_line(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "tables").mkdir()
    path = tmp_path / "tables" / "api.yaml"
    head = "calls:\n- id: a\n  names: [a.b]\n  distribution: a\n  newest: '1'\n  accepts:\n"
    path.write_text(f"{head}{row}\n  source: x\n  checked: 2026-11-01\n  status: read\n", encoding="utf-8")
    with pytest.raises(PackError) as raised:
        read_tables(str(tmp_path))
    assert str(raised.value) == f"{path}:{message}"

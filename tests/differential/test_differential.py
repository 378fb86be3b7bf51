"""The differential run: files spread over repositories, findings compared by place, differences explained by class."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


differences = load("differences")
differential = load("differential")


def subject_at(folder: Path, text: str, code: str, line: int, *, is_ours: bool) -> Any:
    """A Dockerfile on disk, and a subject at one of its lines."""
    path = folder / "Dockerfile"
    path.write_text(text, encoding="utf-8")
    differences.document.cache_clear()
    differences.outline.cache_clear()
    return differences.Subject(code, str(path), line, tool="hadolint", is_ours=is_ours, codes=frozenset())


def test_files_are_taken_from_all_repositories_in_turn() -> None:
    paths = [f"/c/big/{n}" for n in range(100)] + ["/c/small/a", "/c/other/b"]
    assert differential.chosen(paths, 3, 5) == [
        "/c/big/0",
        "/c/small/a",
        "/c/other/b",
        "/c/big/33",
        "/c/big/66",
    ]


def test_a_place_is_the_first_line_of_its_instruction(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM a\n\nRUN b \\\n  c \\\n  d\n# e\n", encoding="utf-8")
    assert [differences.first_line(str(path), line) for line in (1, 3, 5, 6)] == [1, 3, 3, 6]


def test_compared_counts_what_both_found(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM a:1\nRUN b\nRUN c\nRUN d\n", encoding="utf-8")
    (row,) = differential.compared("hadolint", [(str(path), {"X": {2, 3}}, {"X": {2, 4}})], {"X"})
    assert (row.both, row.open) == (1, 2)
    assert [(s.line, s.is_ours, d) for s, d in row.differing] == [(3, False, None), (4, True, None)]
    assert row.share == 1 / 3


@pytest.mark.parametrize(
    ("name", "text", "code", "line", "is_ours"),
    [
        pytest.param(
            "first workdir", "FROM a\nWORKDIR /x\nWORKDIR y\n", "DL3000", 3, False, id="first workdir"
        ),
        pytest.param("resolved FROM", "ARG B=a\nFROM $B\n", "DL3006", 2, True, id="resolved FROM"),
        pytest.param("words of secrets", "FROM a\nENV TOKENIZER=x\n", "DL3064", 2, False, id="secrets"),
        pytest.param(
            "another shell", 'FROM a\nSHELL ["pwsh"]\nRUN apt x\n', "DL3027", 3, False, id="another shell"
        ),
        pytest.param(
            "chosen shell", 'FROM a\nSHELL ["bash", "-c"]\nCMD x\n', "DL3025", 3, False, id="chosen shell"
        ),
        pytest.param(
            "other words for a program", "FROM a\nRUN sudo apt-get install x\n", "DL3008", 2, True, id="sudo"
        ),
        pytest.param("what cleans", "FROM a\nRUN apt-get update && rm -rf /x\n", "DL3009", 2, True, id="rm"),
        pytest.param(
            "values of variables",
            "FROM a\nARG P\nRUN pip install $P\n",
            "DL3013",
            3,
            False,
            id="unknown value",
        ),
        pytest.param(
            "asked pipe", "FROM a\nRUN set -o pipefail; b | c\n", "DL4006", 2, False, id="asked pipe"
        ),
    ],
)
def test_a_class_explains_its_differences(
    tmp_path: Path, name: str, text: str, code: str, line: int, *, is_ours: bool
) -> None:
    subject = subject_at(tmp_path, text, code, line, is_ours=is_ours)
    assert next(d.name for d in differences.CLASSES if d.explains(subject)) == name


@pytest.mark.parametrize("is_ours", [True, False])
def test_plain_differences_are_explained_by_nothing(tmp_path: Path, *, is_ours: bool) -> None:
    subject = subject_at(tmp_path, "FROM a:1\nRUN apt-get install git\n", "DL3008", 2, is_ours=is_ours)
    assert [d.name for d in differences.CLASSES if d.explains(subject)] == []


def test_there_are_at_most_twenty_classes_with_reasons() -> None:
    assert len(differences.CLASSES) <= 20
    assert len({d.name for d in differences.CLASSES}) == len(differences.CLASSES)
    assert all(len(d.reason) > 30 for d in differences.CLASSES)

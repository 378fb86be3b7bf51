"""What hadolint alone says of the shell is explained by what it takes a Dockerfile for, and by nothing else."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dfguard.core.source import Source

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def codes() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("shellcheck_codes", BENCHMARKS / "shellcheck_codes.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


BASH = 'SHELL ["/bin/bash", "-c"]\n'
TEST = "RUN if [[ -e /x ]]; then y; fi\n"


@pytest.mark.parametrize(
    ("text", "row", "name"),
    [
        pytest.param(
            "FROM a\nARG A B=1\nRUN x $B\n", (3, "SC2086"), "further words of an ARG", id="second word"
        ),
        pytest.param(
            "FROM a\nARG A \\\n  B\n\nRUN x $B\n", (5, "SC2086"), "further words of an ARG", id="second line"
        ),
        pytest.param("FROM a\nARG A B\nRUN x $A\n", (3, "SC2086"), None, id="the first word"),
        pytest.param(f"FROM a\n{BASH}ARG A\n{TEST}", (4, "SC3010"), "a SHELL before an ARG", id="shell"),
        pytest.param(f"FROM a\nARG A\n{BASH}{TEST}", (4, "SC3010"), None, id="shell behind the ARG"),
        pytest.param("FROM a\nRUN x \\", (2, "SC1072"), "the end of the file", id="end"),
        pytest.param("FROM a\nRUN x\n", (2, "SC1072"), None, id="no end"),
        pytest.param("FROM a\nRUN x\n", (2, "SC2086"), None, id="nothing there"),
    ],
)
def test_only_what_hadolint_overlooks_explains(
    codes: ModuleType, text: str, row: tuple[int, str], name: str | None
) -> None:
    source = Source("Dockerfile", text)
    assert row not in (codes.ours(source) or ())
    found = codes.explained(source, row)
    assert (found.name if found else None) == name


def test_files_for_windows_are_left_out(codes: ModuleType) -> None:
    assert codes.ours(Source("Dockerfile", "FROM mcr.microsoft.com/windows/nanoserver\nRUN $x\n")) is None

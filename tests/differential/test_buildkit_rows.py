"""What a check of BuildKit misses is given to it: images that stand in, and arguments."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_PATH = Path(__file__).parents[2] / "benchmarks" / "buildkit_rows.py"
_SPEC = importlib.util.spec_from_file_location("buildkit_rows", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
buildkit_rows = importlib.util.module_from_spec(_SPEC)
sys.modules["buildkit_rows"] = buildkit_rows
_SPEC.loader.exec_module(buildkit_rows)

CONTEXT = "--build-context={}=docker-image://localhost/busybox:1"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(
            'ubuntu:22.04: failed to do request: Head "https://x": no such host',
            [CONTEXT.format("ubuntu:22.04")],
            id="an image",
        ),
        pytest.param(
            "failed to resolve source metadata for docker.io/library/alpine:latest: failed to do request",
            [CONTEXT.format("alpine:latest")],
            id="by its whole name",
        ),
        pytest.param(
            "base name (${BASE}:$TAG) should not be blank",
            ["--build-arg=BASE=localhost/busybox:1", "--build-arg=TAG=localhost/busybox:1"],
            id="arguments",
        ),
    ],
)
def test_what_is_missing_is_given(error: str, words: list[str]) -> None:
    found = buildkit_rows.Missing().with_what(error)
    assert found.words() == words
    assert found.with_what(error) is None


def test_other_errors_end_it() -> None:
    assert buildkit_rows.Missing().with_what("unknown instruction: FOO") is None

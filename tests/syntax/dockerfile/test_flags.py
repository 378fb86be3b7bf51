"""`--mount` flags to options as written."""

from __future__ import annotations

import pytest

from dfguard.core.source import Source
from dfguard.syntax.dockerfile.flags import mount_origins, mount_targets
from dfguard.syntax.dockerfile.parser import parse


@pytest.mark.parametrize(
    ("flags", "targets", "origins"),
    [
        pytest.param("--mount=type=cache,target=/a", ("/a",), (), id="cache"),
        pytest.param("--mount=target=/a,source=b", (), (), id="bind is the default type"),
        pytest.param(
            "--mount=dst=/a,type=tmpfs --mount=type=cache,destination=/b", ("/a", "/b"), (), id="two"
        ),
        pytest.param('--mount=type=cache,"target=/a"', ("/a",), (), id="quoted field"),
        pytest.param("--mount=type=cache,id=x", ("",), (), id="no target"),
        pytest.param(
            "--mount=from=build,target=/a --mount=type=cache,from=x:1,target=/c",
            ("/c",),
            ("build", "x:1"),
            id="from",
        ),
        pytest.param("--network=none", (), (), id="no mount"),
    ],
)
def test_options(flags: str, targets: tuple[str, ...], origins: tuple[str, ...]) -> None:
    document = parse(Source("Dockerfile", f"FROM x\nRUN {flags} true\n"))
    instruction = document.instructions[1]
    assert mount_targets(instruction, "cache", "tmpfs") == targets
    found = mount_origins(instruction)
    assert tuple(text.value for text in found) == origins
    assert all(text.place().text == text.value for text in found)

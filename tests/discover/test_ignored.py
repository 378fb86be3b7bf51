"""What git leaves out, told from .gitignore files as git tells it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.discover.files import MemoryFiles
from dfguard.discover.ignored import GitIgnores

LISTED = "*\n!*/\n!Dockerfile\n!.gitignore\n"
"""Nothing but what is listed: a way to write it that many use."""


@pytest.mark.parametrize(
    ("text", "path", "is_ignored"),
    [
        pytest.param(LISTED, "Dockerfile", False, id="listed"),
        pytest.param(LISTED, "a/b/Dockerfile", False, id="listed, in a folder"),
        pytest.param(LISTED, "a/b/c.bin", True, id="not listed"),
        pytest.param("*\n!Dockerfile\n", "a/Dockerfile", True, id="folders are not listed"),
        pytest.param("*\n!docker/\n!Dockerfile\n", "docker/Dockerfile", False, id="one folder is"),
        pytest.param("*\n!docker/\n!Dockerfile\n", "docker/x/Dockerfile", True, id="but not those in it"),
        pytest.param("/*\n!/docker/\n", "docker/x/Dockerfile", False, id="from the root"),
        pytest.param("docker/*\n!docker/a/\n", "docker/a/Dockerfile", False, id="all but one"),
        pytest.param("docker/*\n!docker/a/\n", "docker/b/Dockerfile", True, id="the other"),
        pytest.param("docker/\n!docker/Dockerfile\n", "docker/Dockerfile", True, id="in a folder left out"),
        pytest.param(
            "**/gen/**\n!**/gen/keep/\n", "a/gen/keep/Dockerfile", True, id="stars, one kept in vain"
        ),
        pytest.param("a/**\n!a/b/**\n", "a/b/x", True, id="what is in a folder is not the folder"),
        pytest.param("# build\n\nbuild\n", "a/build/Dockerfile", True, id="a name anywhere"),
        pytest.param("\\!x\n", "!x/Dockerfile", True, id="a name with an exclamation mark"),
    ],
)
def test_the_last_pattern_that_is_meant_counts(text: str, path: str, *, is_ignored: bool) -> None:
    assert GitIgnores(MemoryFiles({".gitignore": text})).ignores(path) is is_ignored


PIECE = st.sampled_from(["a", "b", "x", "*", "?", "[ab]"])
PATTERN = st.builds(
    lambda negation, start, pieces, end: f"{negation}{start}{'/'.join(pieces)}{end}",
    st.sampled_from(["", "!"]),
    st.sampled_from(["", "/", "**/"]),
    st.lists(PIECE, min_size=1, max_size=3),
    st.sampled_from(["", "/", "/**", " "]),
)
PATHS = ["x", "a/x", "a/b/x", "b/a/x", "a/a/b/x", "b/b/x"]


@settings(max_examples=60, deadline=None)
@given(st.lists(PATTERN, min_size=1, max_size=5))
def test_git_says_the_same(tmp_path_factory: pytest.TempPathFactory, patterns: list[str]) -> None:
    root = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "init", "-q", root], check=True)
    text = "\n".join(patterns) + "\n"
    (root / ".gitignore").write_text(text)
    for path in PATHS:
        Path(root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    asked = ["git", "-C", str(root), "check-ignore", "--no-index", "--stdin"]
    answer = subprocess.run(asked, input="\n".join(PATHS), capture_output=True, text=True, check=False)
    ignores = GitIgnores(MemoryFiles({".gitignore": text}))
    assert [path for path in PATHS if ignores.ignores(path)] == answer.stdout.split()

""".dockerignore: what BuildKit keeps out of the context, and by which line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.core.ignorefile import parse_ignorefile, patterns_of
from dfguard.core.patterns import PathPattern, matches_name, matches_path, matches_shell
from dfguard.core.source import Source
from dfguard.disk import InMemoryContext


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        pytest.param("*.log", "a.log", 1, id="star at the root"),
        pytest.param("*.log", "x/a.log", None, id="not anchored elsewhere"),
        pytest.param("node_modules", "a/node_modules", None, id="a bare name is the root's"),
        pytest.param("node_modules", "node_modules/x/y", 1, id="parents match"),
        pytest.param("**/node_modules", "a/b/node_modules/x", 1, id="double star crosses folders"),
        pytest.param("**/*.pyc", "x.pyc", 1, id="double star matches no folder at all"),
        pytest.param("# note\n\n /models/ ", "models/a", 3, id="trimmed, slashes dropped"),
        pytest.param(" # not a comment", "# not a comment", 1, id="comments only in column one"),
        pytest.param("a\n!a/b", "a/b", None, id="an exception below a folder that is out"),
        pytest.param("a\n!a/b", "a/c", 1, id="its sibling stays out"),
        pytest.param("!a\na", "a", 2, id="last match wins"),
        pytest.param("a\n!a/b\na", "a/b/c", None, id="a later parent match was skipped while it was out"),
        pytest.param("*\n!src\n!*.txt", "src/x", None, id="allow list"),
        pytest.param("*\n!src", "other", 1, id="allow list keeps the rest out"),
        pytest.param("./a/../b", "b", 1, id="cleaned"),
        pytest.param("\ufeffa", "a", 1, id="byte order mark"),
        pytest.param("a\r\nb\r\n", "b", 2, id="carriage returns"),
        pytest.param("! a", "a", None, id="space after the exclamation mark"),
        pytest.param("a[", "a[", None, id="a malformed pattern keeps nothing out"),
        pytest.param("secret?.txt", "secret1.txt", 1, id="question mark"),
    ],
)
def test_line_that_keeps_a_path_out(text: str, path: str, line: int | None) -> None:
    rule = parse_ignorefile(Source(".dockerignore", text)).decider(path)
    assert (rule.line if rule else None) == line


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("**", "a/b", True),
        ("**/foo", "foo", True),
        ("**/foo", "a/foo", True),
        ("**/foo", "afoo", False),
        ("**foo", "afoo", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a**b", "ab", True),
        ("a**b", "a/b", True),
        ("a**b", "axb", False),
        ("**/a*b*c/d", "q/axbxc/d", True),
        ("*/*", "a/b", True),
        ("*/*", "a/b/c", False),
        ("[ab]c", "bc", True),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        ("a/**/b/**/c", "a/b/x/b/c", True),
    ],
)
def test_moby_patterns(pattern: str, path: str, matches: bool) -> None:  # noqa: FBT001
    assert PathPattern(pattern).matches(path) is matches


def test_hostile_patterns_cost_no_more_than_their_length_times_the_path() -> None:
    assert not PathPattern("**/" * 60 + "*a" * 60 + "/b").matches("a" * 200 + "/" + "a/" * 200 + "c")
    assert not matches_name("*a" * 80 + "b", "a" * 250)


@settings(deadline=None, max_examples=80)
@given(st.text("ab/*?", max_size=8), st.text("ab/", max_size=8))
def test_go_and_moby_agree_where_there_is_no_double_star(pattern: str, path: str) -> None:
    if "**" not in pattern:
        assert PathPattern(pattern).matches(path) is matches_path(pattern, path)


def test_shell_patterns_cross_slashes_and_negate_with_an_exclamation_mark() -> None:
    assert matches_shell("*.gz", "a/b.gz")
    assert matches_shell("[!x]*", "a")
    assert not matches_shell("[!x]*", "x")


def test_exclusions_of_copy_have_no_comments() -> None:
    assert patterns_of(["#x"]).decider("#x") is not None
    assert patterns_of(["*.md", "!README.md"]).decider("README.md") is None


def test_file_beside_the_dockerfile_goes_first_and_alone() -> None:
    files = {"Dockerfile.gpu.dockerignore": "b\n", ".dockerignore": "a\n", "a": "", "b": ""}
    gpu = InMemoryContext(files, dockerfile="Dockerfile.gpu")
    assert [gpu.is_ignored(path) for path in "ab"] == [False, True]
    plain = InMemoryContext(files)
    assert [plain.is_ignored(path) for path in "ab"] == [True, False]
    found = gpu.ignore_rule("b")
    assert found is not None
    assert (found[0].path, found[1]) == ("Dockerfile.gpu.dockerignore", 1)


def test_folder_stays_in_for_what_an_exception_lets_in() -> None:
    files = {".dockerignore": "a\n!a/b/keep\nc\n!c/none\n", "a/b/keep": "", "a/d/x": "", "c/x": ""}
    context = InMemoryContext(files)
    states = {path: context.is_ignored(path) for path in ("a", "a/b", "a/d", "c")}
    assert states == {"a": False, "a/b": False, "a/d": True, "c": True}

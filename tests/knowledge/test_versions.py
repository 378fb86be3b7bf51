"""The small part of PEP 440 agrees with `packaging`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from dfguard.knowledge.versions import holds, intervals, key, overlap, within

NUMBERS = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
VERSIONS = st.builds(str.__add__, NUMBERS, st.sampled_from(["", "", "", "rc1", "a2", ".dev3", ".post1"]))
CLAUSES = st.builds(str.__add__, st.sampled_from([">=", "<=", ">", "<", "==", "!="]), NUMBERS)


@given(VERSIONS, VERSIONS)
def test_keys_sort_as_versions_do(a: str, b: str) -> None:
    left, right = key(a), key(b)
    assert left is not None
    assert right is not None
    assert (left < right) == (Version(a) < Version(b))


@settings(max_examples=300)
@given(NUMBERS, st.lists(CLAUSES, max_size=3))
def test_ranges_hold_what_specifiers_hold(version: str, clauses: list[str]) -> None:
    text = ",".join(clauses)
    assert holds(text, version) == SpecifierSet(text).contains(version, prereleases=True)


@given(st.lists(CLAUSES, max_size=2), st.lists(CLAUSES, max_size=2), NUMBERS)
def test_a_shared_version_means_overlap(a: list[str], b: list[str], version: str) -> None:
    left, right = ",".join(a), ",".join(b)
    if holds(left, version) and holds(right, version):
        assert overlap(left, right)
    if within(left, right) and holds(left, version):
        assert holds(right, version)


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        ("==4.*", "4.57.6", True),
        ("!=4.*", "4.57.6", False),
        ("~=4.36", "4.99", True),
        ("~=4.36.1", "4.37.0", False),
        ("==2.1.0+cu121", "2.1.0", True),
        ("===1.0", "1.0", True),
        ("<5.0", "5.0rc1", False),
        ("", "0.1", True),
        (">= 1.0 , < 2", "1.5", True),
        ("==latest", "1.0", None),
        (">=1", "unknown", None),
        ("1.0", "1.0", None),
    ],
)
def test_clauses(text: str, version: str, expected: bool | None) -> None:  # noqa: FBT001  a table
    assert holds(text, version) is expected


def test_nonsense_is_not_read() -> None:
    assert intervals("~=4") is None
    assert key("1!2.0") is None
    assert overlap("x", ">=1") is None

"""Patterns over dotted names: `*` inside a segment, `**` for any number of segments, `{a,b}` for alternatives."""

from __future__ import annotations

from functools import lru_cache


def glob_matches(pattern: str, text: str) -> bool:
    """Whether the text as a whole matches the pattern, in which each `*` stands for any characters."""
    if "*" not in pattern:
        return pattern == text
    head, *middle, tail = pattern.split("*")
    if not text.startswith(head) or not text.endswith(tail) or len(text) < len(head) + len(tail):
        return False
    at, end = len(head), len(text) - len(tail)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


@lru_cache(maxsize=512)
def alternatives(pattern: str) -> tuple[str, ...]:
    """The patterns that `{a,b}` groups stand for (groups do not nest)."""
    start = pattern.find("{")
    end = pattern.find("}", start)
    if start < 0 or end < 0:
        return (pattern,)
    tails = alternatives(pattern[end + 1 :])
    return tuple(
        pattern[:start] + choice.strip() + tail
        for choice in pattern[start + 1 : end].split(",")
        for tail in tails
    )


def name_matches(pattern: str, name: str) -> bool:
    """Whether a dotted name matches one pattern without groups (see `alternatives`)."""
    return _segments_match(pattern.split("."), name.split("."))


def _segments_match(pattern: list[str], name: list[str]) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "**":
        return any(_segments_match(pattern[1:], name[at:]) for at in range(len(name) + 1))
    return bool(name) and glob_matches(pattern[0], name[0]) and _segments_match(pattern[1:], name[1:])

"""Answers remembered by identity: equal things are two things, and only so many are kept."""

from __future__ import annotations

from dfguard.core.remembering import by_identity


def test_each_thing_is_asked_about_once_and_equal_things_each() -> None:
    asked: list[list[int]] = []

    @by_identity(2)
    def length(thing: list[int]) -> int:
        asked.append(thing)
        return len(thing)

    first, second, third = [1], [1], [1, 2]
    assert [length(first), length(second), length(first)] == [1, 1, 1]
    assert [id(thing) for thing in asked] == [id(first), id(second)]
    assert [length(third), length(first)] == [2, 1]
    assert len(asked) == 4

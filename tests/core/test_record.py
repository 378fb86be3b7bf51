"""Records: fields by position and by name, defaults, what is refused, equality and copies."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dfguard.core.record import Record, replace, values


class Point(Record):
    x: int
    y: int = 0


class Named(Point):
    name: str = "p"


def test_fields_by_position_by_name_and_by_default() -> None:
    assert values(Named(1)) == {"x": 1, "y": 0, "name": "p"}
    assert values(Named(1, name="q")) == {"x": 1, "y": 0, "name": "q"}
    assert values(Named(y=2, x=1)) == {"x": 1, "y": 2, "name": "p"}
    assert Named(1, 2, "q") == Named(name="q", y=2, x=1)
    assert Named(1) != Point(1)
    assert len({Point(1), Point(1, 0), Point(2)}) == 2


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        pytest.param((), {}, "missing 1 required positional argument: 'x'", id="missing"),
        pytest.param(
            (), {"y": 1}, "missing 1 required positional argument: 'x'", id="missing before a given one"
        ),
        pytest.param((1, 2, 3), {}, "takes from 2 to 3 positional arguments but 4", id="too many"),
        pytest.param((1,), {"z": 1}, "unexpected keyword argument 'z'", id="unknown"),
        pytest.param((1,), {"x": 1}, "multiple values for argument 'x'", id="twice"),
    ],
)
def test_refuses_other_fields(arguments: tuple[int, ...], named: dict[str, int], message: str) -> None:
    make: Any = Point
    with pytest.raises(TypeError, match=message):
        make(*arguments, **named)


def test_a_class_and_its_base_keep_their_own_fields_in_whatever_order_they_are_first_made() -> None:
    class Above(Record):
        x: int

    class Below(Above):
        y: int = 2

    assert values(Below(1)) == {"x": 1, "y": 2}
    assert values(Above(1)) == {"x": 1}
    assert values(Below(y=3, x=1)) == {"x": 1, "y": 3}


def test_is_frozen_and_replaced() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2  # type: ignore[misc]
    assert replace(point, y=3) == Point(1, 3)
    assert point == Point(1)
    with pytest.raises(TypeError, match="no field 'z'"):
        replace(point, z=3)


def test_copies_are_equal() -> None:
    named = Named(1, 2, "q")
    assert copy.deepcopy(named) == named
    assert copy.copy(named) == named

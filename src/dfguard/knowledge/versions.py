"""Version ranges to intervals: membership, overlap and intersection for the release numbers that packs speak of.

A small, import-free part of PEP 440: `packaging` takes 20 ms and more to import, and packs only hold releases.
`interp.python.versions` has the door to `packaging` for what this part refuses.
"""

from __future__ import annotations

from functools import lru_cache

Key = tuple[tuple[int, ...], int, int]
_DEVELOPMENT, _PHASES, _FINAL, _POST = (
    -4,
    {"a": -3, "b": -2, "rc": -1, "c": -1, "alpha": -3, "beta": -2},
    0,
    1,
)
_LOWEST: Key = ((), -9, 0)
_HIGHEST: Key = ((1 << 60,), 9, 0)


class Interval(tuple[Key, Key]):
    """The half-open stretch `low <= key < high`."""

    __slots__ = ()


@lru_cache(maxsize=2048)
def key(version: str) -> Key | None:
    """The sort key of a version (`1.10.0rc1`, `v2.1`, `2.1.0+cu118`: the local part is dropped); None when it is none
    or has an epoch.
    """
    text = version.strip().lower().removeprefix("v").partition("+")[0]
    numbers, at = [], 0
    while at < len(text) and text[at].isdigit():
        end = at
        while end < len(text) and text[end].isdigit():
            end += 1
        numbers.append(int(text[at:end][:15]))
        at = end
        if at + 1 < len(text) and text[at] == "." and text[at + 1].isdigit():
            at += 1
        else:
            break
    if not numbers:
        return None
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    phase = _phase(text[at:].lstrip(".-_"))
    return None if phase is None else (tuple(numbers), *phase)


def _phase(text: str) -> tuple[int, int] | None:
    if not text:
        return _FINAL, 0
    word = text.rstrip("0123456789")
    digits = text[len(word) :]
    word, number = word.rstrip(".-_"), int(digits[:9]) if digits else 0
    if word == "dev":
        return _DEVELOPMENT, number
    if word in {"post", "rev", "r", ""}:
        return _POST, number
    phase = _PHASES.get(word)
    return None if phase is None else (phase, number)


def _just_above(of: Key) -> Key:
    numbers, phase, number = of
    return numbers, phase, number + 1


def _before_pre_releases(of: Key) -> Key:
    return of if of[1] < _FINAL else (of[0], _DEVELOPMENT, 0)


def _bump(text: str, drop: int) -> tuple[Key, Key] | None:
    """From `4.36` with `drop` 0: all of 4.36.x; with 1: all of 4.x."""
    parts = text.split(".")
    if not all(part.isdigit() for part in parts) or len(parts) <= drop:
        return None
    head = [int(part) for part in parts[: len(parts) - drop]]
    upper = [*head[:-1], head[-1] + 1]
    low, high = key(".".join(map(str, head))), key(".".join(map(str, upper)))
    return None if low is None or high is None else (_before_pre_releases(low), _before_pre_releases(high))


def _clause(text: str) -> tuple[Interval, ...] | None:
    operator = next((o for o in ("===", "~=", "==", "!=", ">=", "<=", ">", "<") if text.startswith(o)), None)
    if operator is None:
        return None
    operand = text[len(operator) :].strip()
    if operand.endswith(".*"):
        block = _bump(operand[:-2], 0)
        return None if block is None else _block(operator, block)
    at = key(operand)
    if at is None:
        return None
    above = _just_above(at)
    match operator:
        case ">=":
            return (Interval((at, _HIGHEST)),)
        case ">":
            return (Interval((above, _HIGHEST)),)
        case "<=":
            return (Interval((_LOWEST, above)),)
        case "<":
            return (Interval((_LOWEST, _before_pre_releases(at))),)
        case "!=":
            return Interval((_LOWEST, at)), Interval((above, _HIGHEST))
        case "~=":
            block = _bump(operand, 1)
            return None if block is None else (Interval((at, block[1])),)
    return (Interval((at, above)),)


def _block(operator: str, block: tuple[Key, Key]) -> tuple[Interval, ...] | None:
    low, high = block
    if operator == "!=":
        return Interval((_LOWEST, low)), Interval((high, _HIGHEST))
    return (Interval(block),) if operator in {"==", "==="} else None


def _meet(a: tuple[Interval, ...], b: tuple[Interval, ...]) -> tuple[Interval, ...]:
    pairs = ((max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b)
    return tuple(Interval((low, high)) for low, high in pairs if low < high)


@lru_cache(maxsize=2048)
def intervals(text: str) -> tuple[Interval, ...] | None:
    """The intervals of a range such as `>=4.36,<5.0` (empty text: everything); None when it cannot be read."""
    found: tuple[Interval, ...] = (Interval((_LOWEST, _HIGHEST)),)
    for clause in text.split(","):
        if not clause.strip():
            continue
        part = _clause(clause.strip())
        if part is None:
            return None
        found = _meet(found, part)
    return found


def holds(range_text: str, version: str) -> bool | None:
    """Whether the version lies in the range; None when either cannot be read."""
    stretch, at = intervals(range_text), key(version)
    if stretch is None or at is None:
        return None
    return any(low <= at < high for low, high in stretch)


def overlap(a: str, b: str) -> bool | None:
    """Whether some version lies in both ranges; None when either cannot be read."""
    left, right = intervals(a), intervals(b)
    return None if left is None or right is None else bool(_meet(left, right))


def within(inner: str, outer: str) -> bool | None:
    """Whether every version of `inner` lies in `outer`; None when either cannot be read."""
    left, right = intervals(inner), intervals(outer)
    if left is None or right is None:
        return None
    return all(any(low <= start and end <= high for low, high in right) for start, end in left)

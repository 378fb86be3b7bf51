"""A function of one object to the same function that remembers its last answers."""

from __future__ import annotations

from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Thing = TypeVar("Thing")
    Answer = TypeVar("Answer")


def by_identity(most: int) -> Callable[[Callable[[Thing], Answer]], Callable[[Thing], Answer]]:
    """Remember the answers for up to `most` objects, told apart by identity: comparing large trees takes longer than to
    answer again. The objects must not change.
    """

    def remembering(make: Callable[[Thing], Answer]) -> Callable[[Thing], Answer]:
        kept: dict[int, tuple[Thing, Answer]] = {}

        @wraps(make)
        def answer(thing: Thing) -> Answer:
            found = kept.get(id(thing))
            if found is None:
                if len(kept) >= most:
                    kept.clear()
                found = kept[id(thing)] = thing, make(thing)
            return found[1]

        return answer

    return remembering

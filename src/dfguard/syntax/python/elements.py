"""Known lists, dicts and alternatives to their elements, and what operators make of known values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.expression import (
    ArgumentRead,
    Choice,
    Constant,
    EnvironmentRead,
    Items,
    Opaque,
    Pairs,
    Result,
    Vague,
)
from dfguard.syntax.python.strings import choice, joined, path_of, percent

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from dfguard.syntax.python.expression import Expression
else:
    import _ast as ast


def environment_read(name: Expression, default: Expression | None) -> Expression:
    """A read of the variable a constant names, `Opaque` for a computed name."""
    if isinstance(name, Constant) and isinstance(name.value, str):
        return EnvironmentRead(name.value, default)
    return Opaque("a variable whose name is computed")


def either(values: Sequence[Expression]) -> Expression:
    """`a or b or ...`: the first that is true; a variable of the environment without default gets the rest as one."""
    *first, last = values
    result = last
    for value in reversed(first):
        match value:
            case Constant(value=known):
                result = value if known else result
            case EnvironmentRead(name=name, default=None | Constant(value=None | "")):
                result = EnvironmentRead(name, result)
            case ArgumentRead(option=option, default=None | Constant(value=None | "")):
                result = ArgumentRead(option, result)
            case _:
                result = choice([value, result])
    return result


def element_of(owner: Expression, key: Expression) -> Expression:
    """An element of a known list or dict; the part at an index of something unknown."""
    match owner, key:
        case Items(items=items), Constant(value=int(index)) if -len(items) <= index < len(items):
            return items[index]
        case Pairs(pairs=pairs), Constant():
            return next((value for known, value in reversed(pairs) if known == key), Opaque("a missing key"))
        case Pairs(pairs=pairs), _ if pairs:
            return choice([value for _, value in pairs])
        case Result(name=name, order=order), Constant(value=int(index)):
            return Result(f"{name}()[{index}]", order)
        case Choice(options=options, condition=condition, is_every=is_every), _:
            return choice([element_of(option, key) for option in options], condition, is_every=is_every)
    return Vague("an element of something unknown")


def each_of(source: Expression, path: tuple[int, ...]) -> Expression:
    """Every element of a known list, or every key of a known dict; the part at `path` of each."""
    match source:
        case Items(items=items):
            options = list(items)
        case Pairs(pairs=pairs):
            options = [key for key, _ in pairs]
        case _:
            return Vague("an element of something unknown")
    for index in path:
        options = [element_of(option, Constant(index)) for option in options]
    return choice(options, is_every=True)


def with_more(value: Expression) -> Expression:
    """A list or dict to which code adds elements that are not followed."""
    match value:
        case Items(items=items):
            return Items((*items, Opaque("further elements")))
        case Pairs(pairs=pairs):
            return Pairs((*pairs, (Opaque("**"), Opaque("further elements"))))
    return value


def operation(left: Expression, op: ast.operator, right: Expression) -> Expression:
    """`left op right` for text, lists and paths (`/`)."""
    match op, left, right:
        case ast.Add(), Items(items=first), Items(items=second):
            return Items(first + second)
        case ast.Add(), _, _:
            sides = (left, right)
            is_text = any(isinstance(side, Constant) and isinstance(side.value, str) for side in sides)
            is_known = any(not isinstance(side, Constant | Items | Opaque) for side in sides)
            return joined(sides) if is_text or is_known else Opaque("a sum")
        case ast.Div(), _, _:
            return path_of([left, right])
        case ast.Mod(), _, _:
            return percent(left, right)
    return Opaque("arithmetic")

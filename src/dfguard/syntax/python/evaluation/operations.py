"""Known parts to text, paths and elements: what operators, subscripts, f-strings, `.format` and `os.path` give.

Nothing grows without bound; a part that is not known stays a part. No text is longer than 4,000 characters.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.syntax.python.program import (
    ArgumentRead,
    Choice,
    Constant,
    EnvironmentRead,
    Items,
    Joined,
    Opaque,
    OwnPath,
    Pairs,
    Result,
    Vague,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence

    from dfguard.syntax.python.program import Expression
else:
    import _ast as ast


_LONGEST = 4_000
_MOST_PARTS = 60
_MOST_OPTIONS = 64


def choice(options: Sequence[Expression], condition: str = "", *, is_every: bool = False) -> Expression:
    """One of the options; equal ones are one, choices in it are taken apart, and a choice of one is that one."""
    if len(options) == 1 and not isinstance(options[0], Choice):
        return options[0]
    found: list[Expression] = []  # no set: a deep expression takes longer to hash than to be told apart
    for option in options:
        inner = option.options if isinstance(option, Choice) and option.is_every == is_every else (option,)
        for one in inner:
            if one not in found:
                found.append(one)
        condition = condition or (option.condition if isinstance(option, Choice) else "")
    if not found:
        return Opaque("nothing")
    if len(found) > _MOST_OPTIONS:
        return Opaque(f"one of {len(found)}")
    return found[0] if len(found) == 1 else Choice(tuple(found), condition, is_every)


def joined(parts: Sequence[Expression]) -> Expression:
    """The parts as one text; neighbouring constants become one."""
    found: list[Expression] = []
    for part in parts:
        for inner in part.parts if isinstance(part, Joined) else (part,):
            if isinstance(inner, Constant) and found and isinstance(found[-1], Constant):
                found[-1] = Constant(f"{found[-1].value}{inner.value}")
            else:
                found.append(inner)
    if (
        len(found) > _MOST_PARTS
        or sum(len(str(p.value)) for p in found if isinstance(p, Constant)) > _LONGEST
    ):
        return Opaque("a long text")
    if all(isinstance(part, Constant) for part in found):
        return Constant("".join(str(part.value) for part in found if isinstance(part, Constant)))
    found = [part for part in found if part != Constant("")]
    return found[0] if len(found) == 1 else Joined(tuple(found))


def path_of(parts: Sequence[Expression]) -> Expression:
    """The parts joined by slashes; an absolute part drops what stands before it (`os.path.join`, `pathlib`)."""
    found: list[Expression] = []
    for part in parts:
        text = part.value if isinstance(part, Constant) else None
        if _is_absolute(part):
            found = []
        elif found and not _ends_in_slash(found[-1]):
            found.append(Constant("/"))
        if not (isinstance(text, str) and text in {"", "."} and len(parts) > 1 and found):
            found.append(part)
    return joined(found) if found else Opaque("an empty path")


def _is_absolute(part: Expression) -> bool:
    first = part.parts[0] if isinstance(part, Joined) and part.parts else part
    is_root = isinstance(first, Constant) and isinstance(first.value, str) and first.value.startswith("/")
    return is_root or isinstance(first, OwnPath)


def _ends_in_slash(part: Expression) -> bool:
    last = part.parts[-1] if isinstance(part, Joined) else part
    return isinstance(last, Constant) and str(last.value).endswith("/")


def parent(path: Expression) -> Expression:
    """The directory that holds a path."""
    match path:
        case OwnPath(up=up):
            return OwnPath(up + 1)
        case Constant(value=str(text)):
            return Constant(posixpath.dirname(text.rstrip("/")) or ".")
        case Joined(parts=(*first, Constant(value=str(text)))) if "/" in text.rstrip("/"):
            return joined([*first, Constant(posixpath.dirname(text.rstrip("/")))])
        case Choice(options=options):
            return choice([parent(option) for option in options], path.condition, is_every=path.is_every)
    return Vague("the directory of something unknown")


def with_home(path: Expression) -> Expression:
    """A path with `~` at its start replaced by HOME, as `os.path.expanduser` does."""
    match path:
        case Constant(value=str(text)) if text == "~" or text.startswith("~/"):
            return joined([EnvironmentRead("HOME", None), Constant(text[1:])])
        case Joined(parts=(Constant(value=str(text)), *others)) if text.startswith("~/"):
            return joined([EnvironmentRead("HOME", None), Constant(text[1:]), *others])
        case EnvironmentRead(default=default) if default is not None:
            return replace(path, default=with_home(default))
        case Choice(options=options):
            return choice([with_home(option) for option in options], path.condition, is_every=path.is_every)
    return path


def percent(template: Expression, given: Expression) -> Expression:
    """`template % given` for `%s` and `%d`."""
    if not isinstance(template, Constant) or not isinstance(template.value, str):
        return Opaque("a formatted text")
    values = list(given.items) if isinstance(given, Items) else [given]
    pieces = re.split(r"(%%|%[sd])", template.value[:_LONGEST])
    if any("%" in piece for piece in pieces[::2]) or sum(p in {"%s", "%d"} for p in pieces[1::2]) != len(
        values
    ):
        return Opaque("a formatted text")
    rest = iter(values)
    return joined([next(rest) if p in {"%s", "%d"} else Constant("%" if p == "%%" else p) for p in pieces])


def formatted(
    template: Expression, given: Sequence[Expression], named: Mapping[str, Expression]
) -> Expression:
    """`template.format(*given, **named)` for `{}`, `{0}` and `{name}`."""
    if not isinstance(template, Constant) or not isinstance(template.value, str):
        return Opaque("a formatted text")
    parts: list[Expression] = []
    count = 0
    for piece in re.split(r"(\{\{|\}\}|\{\w*\})", template.value[:_LONGEST]):
        name = piece[1:-1]
        if piece in {"{{", "}}"}:
            parts.append(Constant(piece[0]))
        elif not re.fullmatch(r"\{\w*\}", piece):
            if "{" in piece or "}" in piece:
                return Opaque("a formatted text")
            parts.append(Constant(piece))
        elif name in named:
            parts.append(named[name])
        else:
            position = int(name) if name.isdigit() and len(name) < 4 else count if not name else len(given)
            count += not name
            if position >= len(given):
                return Opaque("a formatted text")
            parts.append(given[position])
    return joined(parts)


def method_of_text(owner: Expression, method: str, given: Sequence[Expression]) -> Expression | None:
    """What a method of a short known string gives; a method of one of several is one of several."""
    if isinstance(owner, Choice):
        results = [method_of_text(option, method, given) for option in owner.options]
        known = [result for result in results if result is not None]
        return choice(known, owner.condition, is_every=owner.is_every) if len(known) == len(results) else None
    if isinstance(owner, EnvironmentRead) and method in {"strip", "rstrip", "lower", "upper"} and not given:
        return owner
    if not isinstance(owner, Constant) or not isinstance(owner.value, str) or len(owner.value) > _LONGEST:
        return None
    if method in {"split", "rsplit"}:
        return _split(owner.value, method, [part.value for part in given if isinstance(part, Constant)])
    texts = [part.value for part in given if isinstance(part, Constant) and isinstance(part.value, str)]
    if len(texts) != len(given) or any(len(text) > _LONGEST for text in texts):
        return None
    return _method_of_text(owner.value, method, texts)


def _split(text: str, method: str, given: Sequence[object]) -> Expression | None:
    match given:
        case [str(separator)] if separator:
            return Items(tuple(Constant(piece) for piece in text.split(separator)))
        case [str(separator), int(count)] if separator:
            pieces = text.split(separator, count) if method == "split" else text.rsplit(separator, count)
            return Items(tuple(Constant(piece) for piece in pieces))
    return None


def _method_of_text(text: str, method: str, given: list[str]) -> Expression | None:
    match method, given:
        case "replace", [old, new] if old and len(text) // len(old) * len(new) < _LONGEST:
            return Constant(text.replace(old, new))
        case (("strip" | "lstrip" | "rstrip"), ([] | [_])):
            return Constant(getattr(text, method)(*given))
        case (("lower" | "upper"), []):
            return Constant(getattr(text, method)())
        case (("removeprefix" | "removesuffix"), [_]):
            return Constant(getattr(text, method)(*given))
        case (("resolve" | "absolute" | "as_posix"), []):
            return Constant(text)
    return None


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

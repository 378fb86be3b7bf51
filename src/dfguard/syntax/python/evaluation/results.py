"""Calls to what is known of their results: reads of the environment, paths, methods of text, functions of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dfguard.syntax.python.evaluation.operations import (
    choice,
    element_of,
    environment_read,
    formatted,
    method_of_text,
    parent,
    path_of,
    with_home,
)
from dfguard.syntax.python.layout.scopes import Assigned
from dfguard.syntax.python.program import Code, Constant, EnvironmentRead, Items, Opaque, Pairs, Result

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Sequence

    from dfguard.syntax.python.evaluation.names import Names
    from dfguard.syntax.python.layout.scopes import Scope, Spot
    from dfguard.syntax.python.program import Expression
else:
    import _ast as ast


class CallFrame:
    """The call through which a function is being followed, and what is known in it."""

    __slots__ = ("function", "known", "node", "outer", "spot")

    def __init__(self, function: Scope, node: ast.Call, spot: Spot, outer: CallFrame | None) -> None:
        self.function = function
        self.node = node
        self.spot = spot
        self.outer = outer
        self.known: dict[ast.expr, Expression] = {}


_SAME = frozenset(
    """
    str bytes repr bool int float tuple list set sorted os.fspath os.path.abspath os.path.realpath
    os.path.normpath pathlib.Path pathlib.PurePath pathlib.PosixPath pathlib.PurePosixPath torch.device
    """.split()
)
"""Callables whose result is their argument, as far as paths, names and devices go."""
_READS = frozenset(["os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop"])
_PATHS: dict[str, Callable[[Sequence[Expression]], Expression]] = {
    "os.path.join": path_of,
    "os.path.expanduser": lambda given: with_home(given[0]),
    "os.path.dirname": lambda given: parent(given[0]),
}
_FIXED: dict[str, Expression] = {
    "pathlib.Path.home": EnvironmentRead("HOME", None),
    "pathlib.Path.cwd": Constant("."),
    "os.getcwd": Constant("."),
    "tempfile.gettempdir": EnvironmentRead("TMPDIR", Constant("/tmp")),  # noqa: S108  what Python falls back to
}
_SAME_PATH = frozenset(["absolute", "as_posix", "expanduser", "resolve", "rstrip", "strip"])
_METHODS = _SAME_PATH | frozenset(
    [
        "format",
        "get",
        "items",
        "joinpath",
        "keys",
        "lower",
        "lstrip",
        "removeprefix",
        "removesuffix",
        "replace",
        "rsplit",
        "split",
        "upper",
        "values",
    ]
)
_MOST_RETURNS = 8


class Evaluation(Protocol):
    """What a call is judged with: the names of a file, the values of its expressions, their texts and their order."""

    names: Names
    orders: dict[ast.Call, int]

    def source_of(self, node: ast.expr, /) -> str:
        """The text of an expression."""

    def value(self, node: ast.expr, spot: Spot, frame: CallFrame | None = None) -> Expression:
        """What is known of an expression's value."""


def result_of(node: ast.Call, spot: Spot, frame: CallFrame | None, values: Evaluation) -> Expression:
    """What is known of a call's result; `Result` when no more than whose it is."""
    name = values.names.name_of(node.func, spot)
    if name is not None and (found := _known(name, node, spot, frame, values)) is not None:
        return found
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        found = _method(node.func, node, spot, frame, values)
        if found is not None:
            return found
    function = name and (values.names.layout.functions.get(name) or values.names.method(name))
    if function and function.returns and len(function.returns) <= _MOST_RETURNS:
        inner = CallFrame(function, node, spot, frame)
        returned = [b for b in function.returns if isinstance(b.what, Assigned)]
        return choice(
            [values.value(b.what.value, b.spot, inner) for b in returned if isinstance(b.what, Assigned)]
        )
    return Result(name, values.orders.get(node)) if name else Code(values.source_of(node))


def _known(
    name: str, node: ast.Call, spot: Spot, frame: CallFrame | None, values: Evaluation
) -> Expression | None:
    if name in _FIXED:
        return _FIXED[name]
    if name == "dict" and not node.args:
        keys = [Constant(k.arg) if k.arg else Opaque("**") for k in node.keywords]
        return Pairs(
            tuple(zip(keys, (values.value(k.value, spot, frame) for k in node.keywords), strict=True))
        )
    if name not in _SAME and name not in _READS and name not in _PATHS:
        return None
    given = [values.value(argument, spot, frame) for argument in node.args[:50]]
    if not given:
        return None
    if name in _READS:
        named = next((values.value(k.value, spot, frame) for k in node.keywords if k.arg == "default"), None)
        return environment_read(given[0], given[1] if len(given) > 1 else named)
    if name in _PATHS:
        return _PATHS[name](given)
    return path_of(given) if len(given) > 1 and name.startswith("pathlib") else given[0]


def _method(
    function: ast.Attribute, node: ast.Call, spot: Spot, frame: CallFrame | None, values: Evaluation
) -> Expression | None:
    """Methods of strings, paths and dicts, as far as the receiver's value is known."""
    owner, method = values.value(function.value, spot, frame), function.attr
    if isinstance(owner, Opaque | Result):
        return None
    given = [values.value(argument, spot, frame) for argument in node.args[:20]]
    match owner, method:
        case Pairs(), "get" if given:
            found = element_of(owner, given[0])
            return given[1] if isinstance(found, Opaque) and len(given) > 1 else found
        case Pairs(pairs=pairs), "items":
            return Items(tuple(Items(pair) for pair in pairs))
        case Pairs(pairs=pairs), "keys":
            return Items(tuple(key for key, _ in pairs))
        case Pairs(pairs=pairs), "values":
            return Items(tuple(value for _, value in pairs))
        case _, "expanduser":
            return with_home(owner)
        case _, "joinpath":
            return path_of([owner, *given])
        case _, "format":
            return formatted(
                owner, given, {k.arg or "": values.value(k.value, spot, frame) for k in node.keywords}
            )
    if method in _SAME_PATH and not given and not isinstance(owner, Constant):
        return owner
    return method_of_text(owner, method, given)

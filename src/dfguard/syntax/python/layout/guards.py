"""Tests and blocks of Python code to what they mean for the code behind them: caches, stops, early ends, literal loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.layout.scopes import Assigned, End, NameBinding

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator, Sequence

    from dfguard.syntax.python.layout.scopes import Scope
else:
    import _ast as ast


Subjects = tuple["ast.expr", ...]

_EXITS = frozenset(["sys.exit", "exit", "quit", "os._exit", "os.abort"])


def missing(test: ast.expr) -> tuple[Subjects, Subjects]:
    """What is not there yet when the test is true, and what when it is false: the subjects of cache tests.

    `model is None` gives `model` when true, `key in cache` gives `cache` when false. Whether such a subject is really
    a cache (lives longer than the call) is not decided here. A starred name stands for the test that may have been
    assigned to it (`is_new = key not in cache`).
    """
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            when_true, when_false = missing(operand)
            return when_false, when_true
        case ast.BoolOp(values=values):
            pairs = [missing(value) for value in values[:20] if not isinstance(value, ast.BoolOp)]
            return tuple(s for pair in pairs for s in pair[0]), tuple(s for pair in pairs for s in pair[1])
        case ast.NamedExpr(value=value):
            return missing(value)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, op, right)
        case ast.Call(func=ast.Name(id="hasattr"), args=[owner, ast.Constant(value=str(name))]):
            return (), (_attribute(owner, name, test),)
        case ast.Name():
            starred = ast.Starred(value=test, ctx=test.ctx, lineno=test.lineno, col_offset=test.col_offset)
            return (starred,), (test,)
        case ast.Attribute():
            return (), (test,)
        case ast.Call(func=ast.Attribute(value=ast.Name() | ast.Attribute(), attr="get" | "is_set")):
            return (), (test,)
    return (), ()


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> tuple[Subjects, Subjects]:
    if isinstance(left, ast.NamedExpr):
        left = left.value
    match op, right:
        case ((ast.Is() | ast.Eq()), ast.Constant(value=None | False | 0)):
            return (_looked_up(left),), ()
        case ((ast.IsNot() | ast.NotEq()), ast.Constant(value=None | False | 0)):
            return (), (_looked_up(left),)
        case ast.NotIn(), _:
            return (_looked_up(right),), ()
        case ast.In(), _:
            return (), (_looked_up(right),)
    return (), ()


def _looked_up(node: ast.expr) -> ast.expr:
    """The variable behind `cache.get(key)`, `getattr(owner, "name", None)` and `globals()`."""
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str(name)), *_]):
            return _attribute(owner, name, node)
        case ast.Call(func=ast.Attribute(value=owner, attr="get" | "keys"), args=_):
            return owner
        case ast.Call(func=ast.Name(id="len"), args=[owner]):
            return owner
    return node


def _attribute(owner: ast.expr, name: str, place: ast.expr) -> ast.expr:
    return ast.Attribute(
        value=owner, attr=name, ctx=ast.Load(), lineno=place.lineno, col_offset=place.col_offset
    )


def surely_runs(iterable: ast.expr, scope: Scope) -> bool:
    """Whether a loop over it runs at least once: a literal, `range(3)`, a variable bound to a literal."""
    for _ in range(5):
        match iterable:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return bool(elements)
            case ast.Dict(keys=keys):
                return bool(keys)
            case ast.Call(func=ast.Name(id="range"), args=arguments):
                return _counts(arguments)
            case ast.Call(func=ast.Attribute(value=inner, attr="items" | "keys" | "values"), args=[]):
                iterable = inner
            case ast.Call(
                func=ast.Name(id="enumerate" | "sorted" | "list" | "reversed" | "tqdm"), args=[inner, *_]
            ):
                iterable = inner
            case ast.Name(id=name) if (home := scope.home(name)) is not None:
                match home.bindings.get(name):
                    case [NameBinding(what=Assigned(value=value, path=()))]:
                        iterable = value
                    case _:
                        return False
            case _:
                return False
    return False


def _counts(arguments: Sequence[ast.expr]) -> bool:
    """Whether `range` of these arguments has an element."""
    numbers = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
    if len(numbers) != len(arguments) or not all(isinstance(number, int) for number in numbers):
        return False
    low, high = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    return isinstance(low, int) and isinstance(high, int) and high > low


def is_name_test(test: ast.expr) -> bool:
    """Whether a test is `__name__ == "__main__"` and nothing else: what does not hold there holds in an import alone."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            sides = (left, right)
        case _:
            return False
    names = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return names and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)


def is_main_test(test: ast.expr) -> bool:
    """Whether a test is `__name__ == "__main__"`, alone or joined by `and`."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return any(is_name_test(value) for value in values)
    return is_name_test(test)


def is_typing_test(test: ast.expr) -> bool:
    """Whether a test is `TYPE_CHECKING`."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def text_of_name(node: ast.expr) -> str | None:
    """`a.b.c` for a name with attributes, None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def failing_exit(call: ast.Call, *, surely: bool) -> bool:
    """Whether a call ends the program with a status other than 0: `sys.exit(1)`, `exit(message)`, `os._exit(2)`.

    A computed status may be one: it counts unless `surely` is asked for.
    """
    if text_of_name(call.func) not in _EXITS:
        return False
    if not call.args:
        return text_of_name(call.func) == "os.abort"
    return _is_failure(call.args[0], surely=surely)


def _is_failure(status: ast.expr, *, surely: bool) -> bool:
    match status:
        case ast.Constant(value=None | 0):
            return False
        case ast.Constant() | ast.JoinedStr():
            return True
    return not surely


def stops(block: Sequence[ast.stmt], *, surely: bool = True) -> bool:
    """Whether a block ends by raising or by a failing exit."""
    match block[-1] if block else None:
        case ast.Raise(exc=ast.Call(func=ast.Name(id="SystemExit"), args=arguments)):
            return bool(arguments) and _is_failure(arguments[0], surely=surely)
        case ast.Raise(exc=ast.Name(id="SystemExit")):
            return False
        case ast.Raise():
            return True
        case ast.Expr(value=ast.Call() as call):
            return failing_exit(call, surely=surely)
    return False


def leaves(block: Sequence[ast.stmt]) -> bool:
    """Whether a block ends by leaving what is around it without a failure."""
    match block[-1] if block else None:
        case ast.Return() | ast.Continue() | ast.Break():
            return True
        case ast.Expr(value=ast.Call() as call):
            return text_of_name(call.func) in _EXITS and not failing_exit(call, surely=False)
    return False


def end_of(block: Sequence[ast.stmt]) -> End | None:
    """What a block ends at its last statement, with a failure or without."""
    match block[-1] if block else None:
        case ast.Return():
            return End.FUNCTION
        case ast.Raise(exc=ast.Name(id="SystemExit") | ast.Call(func=ast.Name(id="SystemExit"))):
            return End.PROGRAM
        case ast.Expr(value=ast.Call() as call) if text_of_name(call.func) in _EXITS:
            return End.PROGRAM
    return None


def statements(block: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of a block and of the blocks in it, but not those of functions and classes; in no order."""
    todo = list(block)
    while todo:
        statement = todo.pop()
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for name in ("body", "orelse", "finalbody"):
            todo.extend(getattr(statement, name, ()))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            todo.extend(part.body)


def has_any(block: Iterable[ast.stmt], *kinds: type[ast.stmt]) -> bool:
    """Whether a block or one in it has a statement of one of these kinds."""
    return any(isinstance(statement, kinds) for statement in statements(block))

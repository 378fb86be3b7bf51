"""Enclosing `try` statements to whether a failure inside goes unnoticed, and what the handler does instead.

A failure is noticed when the handler raises or exits, or when it leaves a mark (a returned value, a variable) on
which the program elsewhere decides to raise or exit. Marks are followed by name alone: too far rather than too
short, because a failure wrongly called swallowed is a false alarm.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.python.layout.guards import failing_exit, statements, stops, text_of_name
from dfguard.syntax.python.tree import walk

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from dfguard.syntax.python.layout.scopes import Attempt, Scope
else:
    import _ast as ast


_NARROW = frozenset(
    """
    AssertionError AttributeError EOFError GeneratorExit ImportError IndexError KeyError KeyboardInterrupt
    ModuleNotFoundError NameError NotImplementedError StopIteration SyntaxError SystemExit UnicodeDecodeError
    ZeroDivisionError
    """.split()
)
"""Exceptions that no failed download or load raises."""
_IMPORT_FAILURES = frozenset(
    ["ImportError", "ModuleNotFoundError", "Exception", "BaseException", "OSError", "RuntimeError"]
)
_SPEAKING = frozenset(
    [
        *(
            "print",
            "print_exc",
            "format_exc",
            "debug",
            "info",
            "warning",
            "warn",
            "error",
            "exception",
            "critical",
        ),
        *(
            "log",
            "write",
            "flush",
            "sleep",
            "str",
            "repr",
            "format",
            "getLogger",
            "exc_info",
            "append",
            "join",
            "type",
        ),
        *("isinstance", "exit", "_exit", "quit"),
    ]
)

_DECIDING = frozenset(
    (ast.If, ast.Assert, ast.Call, ast.Assign, ast.AugAssign, ast.FunctionDef, ast.AsyncFunctionDef)
)
"""The kinds of nodes in which a value decides about a raise or exit, or becomes another one."""


class Catch(Record):
    """A handler after which the program goes on; `has_fallback`: it does something other than to speak of it."""

    node: ast.ExceptHandler | ast.With | ast.AsyncWith
    has_fallback: bool


class Catching:
    """Answers for one module; `tree` is all of it."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._answers: dict[ast.AST, Catch | bool] = {}

    def caught(self, attempts: Sequence[Attempt], function: Scope) -> Catch | None:
        """The handler that hides a failure of a download or load inside these attempts (outermost first)."""
        for attempt in reversed(attempts):
            if attempt.retries:
                return None
            answer = self._answers.get(attempt.node)
            if answer is None:
                answer = self._answer(attempt.node, function, is_import=False)
                self._answers[attempt.node] = answer
            if isinstance(answer, Catch):
                return answer
            if not answer:
                return None
        return None

    def is_guarded(self, attempts: Sequence[Attempt], function: Scope) -> bool:
        """Whether the program goes on when an import inside these attempts fails."""
        for attempt in reversed(attempts):
            answer = self._answer(attempt.node, function, is_import=True)
            if isinstance(answer, Catch):
                return True
            if not answer:
                return False
        return False

    def _answer(self, node: ast.AST, function: Scope, *, is_import: bool) -> Catch | bool:
        """The handler that hides the failure; True when the failure goes on to the next `try`, False when it is noticed."""
        if isinstance(node, ast.With | ast.AsyncWith):
            names = [
                a
                for item in node.items
                if isinstance(item.context_expr, ast.Call)
                for a in item.context_expr.args
            ]
            return Catch(node, False) if any(_takes(name, is_import=is_import) for name in names) else True
        for handler in getattr(node, "handlers", ()):
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            if not any(_takes(kind, is_import=is_import) for kind in kinds):
                continue
            if any(isinstance(statement, ast.Raise) for statement in statements(handler.body)):
                return True
            if any(failing_exit(call, surely=False) for call in _calls(handler.body)) or self._is_reported(
                handler, function
            ):
                return False
            return Catch(handler, any(_called(call) not in _SPEAKING for call in _calls(handler.body)))
        return True

    def _is_reported(self, handler: ast.ExceptHandler, function: Scope) -> bool:
        """Whether the handler leaves a mark that decides about a raise or exit elsewhere."""
        marks: set[str] = set()
        for statement in statements(handler.body):
            match statement:
                case ast.Return(value=value) if value is not None:
                    marks.add(function.name.rpartition(".")[2])
                case ast.Assign(targets=targets):
                    marks.update(name for target in targets for name in _names(target))
                case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                    marks.update(_names(target))
                case ast.Expr(
                    value=ast.Call(func=ast.Attribute(value=owner, attr="append" | "add" | "update"))
                ):
                    marks.update(_names(owner))
        return bool(marks) and not marks.isdisjoint(self._decisive)

    @cached_property
    def _decisive(self) -> set[str]:
        """Names of variables, attributes and functions on whose values a raise or exit anywhere depends."""
        found: set[str] = set()
        sources: dict[str, set[str]] = {}
        for node in walk(self._tree):
            if type(node) not in _DECIDING:
                continue
            match node:
                case ast.If(test=test, body=body, orelse=orelse) if _has_stop(body) or _has_stop(orelse):
                    found |= _names(test)
                case ast.Assert(test=test):
                    found |= _names(test)
                case ast.Call() if (
                    failing_exit(node, surely=False) or text_of_name(node.func) == "SystemExit"
                ):
                    found.update(name for argument in node.args for name in _names(argument))
                case ast.Assign(targets=targets, value=value):
                    for name in {name for target in targets for name in _names(target)}:
                        sources.setdefault(name, set()).update(_names(value))
                case ast.AugAssign(target=target, value=value):
                    for name in _names(target):
                        sources.setdefault(name, set()).update(_names(value))
                case ast.Call(
                    func=ast.Attribute(value=owner, attr="append" | "add" | "extend"), args=arguments
                ):
                    for name in _names(owner):
                        sources.setdefault(name, set()).update(n for a in arguments for n in _names(a))
                case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
                    returned = (
                        s.value for s in statements(body) if isinstance(s, ast.Return) and s.value is not None
                    )
                    sources.setdefault(name, set()).update(n for value in returned for n in _names(value))
        todo = list(found)
        while todo:
            new = sources.get(todo.pop(), set()) - found
            found |= new
            todo.extend(new)
        return found


def _has_stop(body: Sequence[ast.stmt]) -> bool:
    return any(stops([statement], surely=False) for statement in statements(body))


def _takes(kind: ast.expr | None, *, is_import: bool) -> bool:
    if kind is None:
        return True
    name = (text_of_name(kind) or "").rpartition(".")[2]
    return name in _IMPORT_FAILURES if is_import else name not in _NARROW


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _calls(block: Sequence[ast.stmt]) -> Iterator[ast.Call]:
    return (node for statement in block for node in walk(statement) if isinstance(node, ast.Call))


def _names(node: ast.AST) -> set[str]:
    """The names, attribute names and called names in an expression."""
    found = set()
    for part in walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
    return found - {"self", "True", "False"}

"""Python expressions to values: what an argument of a call is where the program runs, what its other files pass for a parameter,
and what is set only after the import that reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dfguard.core.numbers import is_number, whole_number
from dfguard.core.record import Record
from dfguard.interp.values import Known, Unknown, concat, join, known, texts_of
from dfguard.syntax.python.program import (
    ArgumentRead,
    Choice,
    Code,
    Constant,
    EnvironmentRead,
    Items,
    Joined,
    Opaque,
    OwnPath,
    Pairs,
    Passed,
    Result,
    Vague,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.python.modules import Module, Modules
    from dfguard.interp.values import Value
    from dfguard.syntax.python.program import Argument, EnvironmentWrite, Expression, PythonCall


def is_in_vain(item: EnvironmentWrite, seen: Value | None, value: Value | None) -> bool:
    """Whether a write after the import asks for another value than `seen`, by which the library goes.

    Where the variable is set, a write under a test of that very variable is taken for one that leaves it alone.
    """
    if seen is None and value is None:
        return False
    if seen is not None and item.is_conditional and item.name in item.condition:
        return False
    return (
        known(seen) != known(value) or known(seen) is None if seen and value else not _is_off(seen or value)
    )


def is_certainly_so(item: EnvironmentWrite, seen: Value | None, value: Value | None) -> bool:
    """Whether the write asks for another value wherever it happens: a conditional one gives a path that
    is written out (a switch may be meant for another build), and its condition is no test whether there is a value.
    """
    if not item.is_conditional:
        return True
    is_open = bool(item.condition) and not item.condition.startswith("not ")
    is_path = value is not None and "/" in (known(value) or "")
    return is_path and (seen is None or is_open)


def _is_off(value: Value | None) -> bool:
    """Whether a switch is written out as what it is without being set."""
    return value is not None and (known(value) or "").lower() in {"0", "false", "no", "off"}


def is_itself(write: EnvironmentWrite) -> bool:
    """Whether a variable is set to the value it has: `os.environ["X"] = os.environ.get("X")`."""
    value = write.value
    return isinstance(value, EnvironmentRead) and value.name == write.name and value.default is None


_MOST_CALLS = 20
_SPREAD = frozenset({"*", "**"})


class Passing:
    """The calls between the files of a program, looked up when the first parameter is asked for."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._calls: dict[str, list[tuple[Module, PythonCall]]] | None = None
        self._asked: set[tuple[str | None, str, str]] = set()

    def value(
        self, passed: Passed, module: Module, evaluated: Callable[[Expression, Module], Value | None]
    ) -> Value | None:
        """The value of the parameter of a function in `module` when every call gives it the same, or none of them gives
        it and it has a default; Unknown otherwise, and where nothing calls the function.
        """
        unknown = Unknown(f"parameter {passed.name}")
        key = (module.path, passed.function, passed.name)
        calls = self._of(passed, module)
        if not calls or len(calls) > _MOST_CALLS or key in self._asked:
            return unknown
        self._asked.add(key)
        try:
            found = [self._given(passed, module, *site, evaluated) for site in calls]
        finally:
            self._asked.discard(key)
        return found[0] if all(value == found[0] for value in found) else unknown

    def _given(
        self,
        passed: Passed,
        module: Module,
        caller: Module,
        call: PythonCall,
        evaluated: Callable[[Expression, Module], Value | None],
    ) -> Value | None:
        if any(argument.keyword in _SPREAD for argument in call.arguments):
            return Unknown(f"parameter {passed.name}")
        argument: Argument | None = call.argument(passed.position, passed.name)
        if argument is not None:
            return evaluated(argument.value, caller)
        if passed.default is None:
            return Unknown(f"parameter {passed.name}")
        return evaluated(passed.default, module)

    def _of(self, passed: Passed, module: Module) -> list[tuple[Module, PythonCall]]:
        if self._calls is None:
            self._calls = {}
            for one in self._modules.all():
                for call in one.program.calls:
                    self._calls.setdefault(call.name.rpartition(".")[2], []).append((one, call))
        function = passed.function.removesuffix(".__init__")
        found = []
        for caller, call in self._calls.get(function.rpartition(".")[2], ()):
            target = self._modules.target(caller, call.name)
            if target is not None and target[0] is module and target[1].replace("()", "") == function:
                found.append((caller, call))
        return found


_DEEPEST = 20
MOST_CHOICES = 64


class ProgramScope(Record):
    """What a program's expressions read: `lookup` a variable (None: not set), `words` of the command line behind the
    program's name (None: not known), `path` of the file in the image, `workdir`; `returned` what an earlier call of the
    program (by `order`) gave, None when nothing is known of it. `holes` are the placeholders in a snippet for what a
    shell puts there, with its value; `passed` what other files give for a parameter. `is_read`: whether a module that
    the file imports was found and read.
    """

    lookup: Callable[[str], Value | None]
    words: tuple[Value, ...] | None = None
    path: str | None = None
    returned: Callable[[str, int | None], Value | None] = lambda _name, _order: None
    holes: tuple[tuple[str, Value], ...] = ()
    passed: Callable[[Passed], Value | None] = lambda one: Unknown(f"parameter {one.name}")
    is_read: Callable[[str], bool] = lambda _module: False


def evaluate(expression: Expression, scope: ProgramScope) -> Value | None:
    """The value as text; None for Python's None. Numbers and booleans are written as Python prints them."""
    return _evaluate(expression, scope, _DEEPEST)


def each(expression: Expression, scope: ProgramScope) -> tuple[Value | None, ...]:
    """The values it has one after the other: those of a loop over a literal list, else the one of `evaluate`."""
    if isinstance(expression, Choice) and expression.is_every:
        return tuple(evaluate(option, scope) for option in expression.options[:MOST_CHOICES])
    if isinstance(expression, Items):
        return tuple(evaluate(item, scope) for item in expression.items[:MOST_CHOICES])
    return (evaluate(expression, scope),)


def given_later(subject: Value) -> Value:
    """What an empty variable of the image stands for: the deployment is to fill it in."""
    if known(subject) != "" or not subject.because:
        return subject
    return Unknown(f"{subject.because[-1].name} is empty", subject.because, is_settled=True)


def _evaluate(expression: Expression, scope: ProgramScope, depth: int) -> Value | None:
    if not depth:
        return Unknown("an expression nested too deeply")
    match expression:
        case Constant(value):
            return None if value is None else filled(str(value), scope.holes)
        case EnvironmentRead(name, default):
            unset = Unknown(f"the variable {name} is not set", is_settled=True)
            return _read(scope.lookup(name), unset, default, scope, depth)
        case ArgumentRead(option, default):
            missing = Unknown(f"the argument {option} is not given", is_settled=True)
            return _read(_argument(option, scope), missing, default, scope, depth)
        case Joined(parts):
            values = tuple(_evaluate(part, scope, depth - 1) for part in parts)
            return concat(tuple(Known("None") if value is None else value for value in values))
        case Choice(options):
            return _choice(expression, options, scope, depth)
        case OwnPath(up):
            return _own_path(scope, up)
        case Result(name, order):
            why = f"what {name} is" if order is None else f"what {name}() gives"
            return scope.returned(name, order) or Unknown(why)
        case Passed():
            return scope.passed(expression)
        case Code(written):
            return Unknown(written, is_name=written.replace(".", "_").isidentifier())
        case Vague(why):
            return Unknown(why, is_vague=True)
        case Opaque(why):
            return Unknown(why)
        case Items() | Pairs():
            return Unknown("a list or dictionary")
    assert_never(expression)


def filled(text: str, holes: tuple[tuple[str, Value], ...]) -> Value:
    """A literal with its placeholders replaced."""
    parts: list[Value] = []
    while holes:
        at, name, value = min(
            ((text.find(n), n, v) for n, v in holes if n and n in text),
            default=(-1, "", Known("")),
            key=_first,
        )
        if at < 0:
            break
        parts += [Known(text[:at]), value]
        text = text[at + len(name) :]
    return concat((*parts, Known(text))) if parts else Known(text)


def _first(found: tuple[int, str, Value]) -> tuple[int, int]:
    return found[0], -len(found[1])


def _read(
    found: Value | None, missing: Unknown, default: Expression | None, scope: ProgramScope, depth: int
) -> Value | None:
    if found is not None:
        return found
    return missing if default is None else _evaluate(default, scope, depth - 1)


def _choice(choice: Choice, options: tuple[Expression, ...], scope: ProgramScope, depth: int) -> Value | None:
    """All options joined; an option that is None only says that there may be no value."""
    values = [_evaluate(option, scope, depth - 1) for option in options]
    found: Value | None = None
    for value in values:
        if value is not None:
            found = value if found is None else join(found, value)
    if found is not None and None in values:
        return Unknown(
            f"it is decided by {choice.condition}" if choice.condition else "it may be None", found.because
        )
    return found


def _own_path(scope: ProgramScope, up: int) -> Value:
    if scope.path is None:
        return Unknown("where the file lies in the image is not known")
    pieces = scope.path.split("/")
    return Known("/".join(pieces[: len(pieces) - up]) or "/")


def _argument(option: str, scope: ProgramScope) -> Value | None:
    """The value of a command-line option or of the n-th word; Unknown when the words are not known."""
    if scope.words is None:
        return None
    if is_number(option):
        number = whole_number(option) or 0
        return scope.words[number - 1] if 0 < number <= len(scope.words) else None
    if not option.startswith("-"):
        return None
    for at, word in enumerate(scope.words):
        texts = texts_of(word)
        if texts is None:
            continue
        if known(word) == option:
            return scope.words[at + 1] if at + 1 < len(scope.words) else None
        if len(texts) == 1 and texts[0].startswith(f"{option}="):
            return Known(texts[0].partition("=")[2], word.because)
    return None

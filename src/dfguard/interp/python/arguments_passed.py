"""What the other files of a program pass for a function's parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.python.modules import Module, Modules
    from dfguard.interp.values import Value
    from dfguard.syntax.python.program import Argument, Call, Expression, Passed

_MOST_CALLS = 20
_SPREAD = frozenset({"*", "**"})


class Passing:
    """The calls between the files of a program, looked up when the first parameter is asked for."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._calls: dict[str, list[tuple[Module, Call]]] | None = None
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
        call: Call,
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

    def _of(self, passed: Passed, module: Module) -> list[tuple[Module, Call]]:
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

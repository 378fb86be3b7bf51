"""A program and its local modules, run in order on paper, to the loads it makes: before the first request and in one.

Variables that the code itself sets count from there on; a library that reads its variables at import keeps those it
saw then (`frozen_by` and `read_at` of the cache table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.core.remembering import by_identity
from dfguard.core.source import Place
from dfguard.interp.loads.load import GIVES_PATH, path_given
from dfguard.interp.loads.python_calls import loads_of_call
from dfguard.interp.python.evaluation import (
    Passing,
    ProgramScope,
    evaluate,
    is_certainly_so,
    is_in_vain,
    is_itself,
)
from dfguard.interp.state.model import Failure, LateWrite, Moment
from dfguard.interp.values import Binding, Unknown, known, merge_because
from dfguard.syntax.python.program import EnvironmentWrite, Import, PythonCall, Reach

if TYPE_CHECKING:
    from dfguard.interp.loads.environment import Surroundings
    from dfguard.interp.loads.load import Circumstances
    from dfguard.interp.python.modules import Module, Modules
    from dfguard.interp.state.model import Load
    from dfguard.interp.values import Value
    from dfguard.syntax.python.program import Expression, Program

_DEEPEST = 40
Item = Import | EnvironmentWrite | PythonCall


class Start(Record):
    """How a program is started: the words behind its name (None: not known), whether it runs as a script (so that
    `if __name__ == "__main__":` holds), whether requests come to it. `holes` are the placeholders in its main file with
    their values.
    """

    words: tuple[Value, ...] | None = None
    is_script: bool = True
    holes: tuple[tuple[str, Value], ...] = ()
    is_asked: bool = True


class Played(Record):
    """What a run came to: its loads in order (those of requests have the moment REQUEST), what it set too late, and the
    calls (path of the file, order) that every request makes again.
    """

    loads: tuple[Load, ...]
    late: tuple[LateWrite, ...] = ()
    repeated: frozenset[tuple[str | None, int]] = frozenset()


def play(modules: Modules, around: Surroundings, circumstances: Circumstances, start: Start) -> Played:
    """A run of a program, from its start to a request."""
    run = _Run(modules, around, circumstances, start)
    run.play()
    return Played(tuple(run.loads), tuple(run.late), frozenset(run.repeated))


class _Run:
    """One run on paper. `_set` are the variables the code has set so far (None: deleted), `_frozen` what a library saw
    of them when it was imported.
    """

    def __init__(
        self, modules: Modules, around: Surroundings, circumstances: Circumstances, start: Start
    ) -> None:
        self.loads: list[Load] = []
        self.late: list[LateWrite] = []
        self.repeated: set[tuple[str | None, int]] = set()
        self._modules = modules
        self._passing = Passing(modules)
        self._base = around
        self._around = replace(around, lookup=self._lookup)
        self._circumstances = circumstances
        self._start = start
        self._set: dict[str, Value | None] = {}
        self._frozen: dict[str, dict[str, Value | None]] = {}
        self._imports: dict[str, tuple[Place, bool]] = {}
        self._done: set[tuple[str | None, str]] = set()
        self._done_again: set[tuple[str | None, str]] = set()
        self._returned: dict[tuple[str | None, int], Value] = {}
        self._asked: set[tuple[str | None, str]] = set()
        self._caught: Place | None = None
        self._is_cached = self._is_conditional = False
        self._reach = Reach.IMPORT

    def play(self) -> None:
        """Everything before the first request, then everything that a request runs."""
        self._module(self._modules.main, 0)
        if not self._start.is_asked:
            return
        self._reach = Reach.REQUEST
        for module in self._modules.all():
            if (module.path, "") in self._done:
                for item in _items(module.program):
                    if self._reach_of(item) is Reach.REQUEST and self._holds(item, module):
                        self._item(item, module, 0)
                for entry in module.program.entries:
                    self._call(entry.function, module, 0)

    def _module(self, module: Module, depth: int) -> None:
        if (module.path, "") in self._done or depth > _DEEPEST:
            return
        self._done.add((module.path, ""))
        for item in _items(module.program):
            if self._reach_of(item) is Reach.IMPORT and self._holds(item, module):
                self._item(item, module, depth)

    def _reach_of(self, item: Item) -> Reach:
        """When an item runs in this run: one that ends the program is not on the way of a program that serves."""
        if (
            isinstance(item, PythonCall)
            and item.is_ending
            and item.reach is Reach.IMPORT
            and self._start.is_asked
        ):
            return Reach.REQUEST if item.is_asked else Reach.UNCALLED
        return item.reach

    def _holds(self, item: Item, module: Module) -> bool:
        return item.is_main in (None, module is self._modules.main and self._start.is_script)

    def _item(self, item: Item, module: Module, depth: int) -> None:
        match item:
            case Import():
                self._import(item, module, depth)
            case EnvironmentWrite():
                self._write(item, module)
            case PythonCall():
                self._loads(item, module)
                outer, above, test = self._caught, self._is_cached, self._is_conditional
                self._is_cached = above or item.is_cached
                self._is_conditional = test or item.is_conditional
                if self._reach is Reach.REQUEST and not self._is_cached:
                    self.repeated.add((module.path, item.order))
                if item.is_caught and item.caught_at is not None:
                    self._caught = outer or Place(module.program.source, item.caught_at)
                self._call(item.name, module, depth)
                self._caught, self._is_cached, self._is_conditional = outer, above, test

    def _import(self, item: Import, module: Module, depth: int) -> None:
        if item.is_typing:
            return
        links = dict(module.links)
        parts = item.module.split(".")
        names = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
        member = (
            f"{item.module}.{item.name}" if not item.module.endswith(".") else f"{item.module}{item.name}"
        )
        is_local = False
        for name in dict.fromkeys((*names, item.module, member)):
            found = self._modules.at(links[name]) if name in links else None
            if found is not None:
                is_local = True
                self._module(found, depth + 1)
        if not is_local:
            for library in self._base.knowledge.frozen_by(parts[0]):
                self._frozen.setdefault(library, dict(self._set))
                place = Place(module.program.source, item.span)
                is_certain = not item.is_guarded and not item.is_conditional
                self._imports.setdefault(library, (place, is_certain))

    def _write(self, item: EnvironmentWrite, module: Module) -> None:
        before = self._current(item.name)
        if (item.is_default and before is not None) or is_itself(item):
            return
        value = evaluate(item.value, self._scope(module))
        if value is not None:
            place = Place(module.program.source, item.span)
            binding = Binding(item.name, known(value) or "", place)
            value = replace(value, because=merge_because(value.because, (binding,)))
        self._note_late(item, value, module)
        if item.is_conditional and value != before:
            value = Unknown(f"{item.name} is set under a condition", value.because if value else ())
        self._set[item.name] = value

    def _note_late(self, item: EnvironmentWrite, value: Value | None, module: Module) -> None:
        """Note a variable that a library already read, with another value, when it was imported."""
        for use in self._base.knowledge.variable(item.name):
            at = self._imports.get(use.library)
            if at is None:
                continue
            seen = self._lookup(use.library, item.name)
            if is_in_vain(item, seen, value):
                place = Place(module.program.source, item.span)
                is_certain = at[1] and is_certainly_so(item, seen, value)
                self.late.append(LateWrite(item.name, use.library, place, at[0], seen, value, is_certain))
                return

    def _current(self, name: str) -> Value | None:
        found = self._set[name] if name in self._set else self._base.lookup("", name)
        return self._base.home if found is None and name == "HOME" else found

    def _lookup(self, library: str, name: str) -> Value | None:
        seen = self._frozen.get(library, self._set)
        return seen[name] if name in seen else self._base.lookup(library, name)

    def _scope(self, module: Module) -> ProgramScope:
        return ProgramScope(
            self._current,
            self._start.words,
            module.path,
            lambda name, order: self._result(name, order, module),
            self._start.holes if module is self._modules.main else (),
            lambda one: self._passing.value(one, module, self._evaluated),
            lambda name: name in dict(module.links),
        )

    def _evaluated(self, expression: Expression, module: Module) -> Value | None:
        return evaluate(expression, self._scope(module))

    def _result(self, name: str, order: int | None, module: Module) -> Value | None:
        """What a call gave, or a variable of another module holds; None when nothing is known of it."""
        if order is not None:
            return self._returned.get((module.path, order))
        if (module.path, name) in self._asked:
            return None
        self._asked.add((module.path, name))
        try:
            found = self._modules.constant(module, name)
            return evaluate(found[1], self._scope(found[0])) if found is not None else None
        finally:
            self._asked.discard((module.path, name))

    def _loads(self, call: PythonCall, module: Module) -> None:
        moment = self._circumstances.moment
        if self._reach is Reach.REQUEST and moment is Moment.START:
            moment = Moment.REQUEST
        circumstances = replace(self._circumstances, moment=moment)
        for load in loads_of_call(call, module.program, self._scope(module), self._around, circumstances):
            if load.loader.startswith(GIVES_PATH):
                self._returned[module.path, call.order] = path_given(load)
            is_swallowed = self._caught is not None and load.failure is Failure.FATAL
            found = replace(load, is_cached=load.is_cached or self._is_cached)
            caught = replace(found, failure=Failure.SWALLOWED, swallowed_by=self._caught)
            self._keep(caught if is_swallowed else found)

    def _keep(self, load: Load) -> None:
        """Add a load; of one that the start makes and every request makes again, only the latter counts."""
        if load.moment is Moment.REQUEST:
            earlier = [one for one in self.loads if one.moment is Moment.START and one.place == load.place]
            if earlier and load.is_cached:
                return
            self.loads = [one for one in self.loads if one not in earlier] if earlier else self.loads
        self.loads.append(load)

    def _call(self, name: str, module: Module, depth: int) -> None:
        """What a function that nothing in its own file calls does, when it is called from another one."""
        if depth > _DEEPEST:
            return
        target, inner = self._modules.instance(*(self._modules.target(module, name) or (module, name)))
        function = inner.replace("()", "")
        for qualified in (
            function,
            f"{function}.__init__",
            f"{function}.__call__" if inner.endswith("()") else "",
        ):
            if not qualified or qualified not in target.program.functions:
                continue
            key = (target.path, qualified)
            if key in self._done and not self._is_again(key):
                continue
            if self._reach is Reach.REQUEST:
                self._done_again.add(key)
            self._done.add(key)
            for item in _left(target.program).get(qualified, ()):
                if item.reach is Reach.UNCALLED or not self._holds(item, target):
                    self._item(item, target, depth + 1)

    def _is_again(self, function: tuple[str | None, str]) -> bool:
        """Whether a function that ran at the start runs in every request, too."""
        is_free = not self._is_cached and not self._is_conditional
        return is_free and self._reach is Reach.REQUEST and function not in self._done_again


@by_identity(64)
def _items(program: Program) -> list[Item]:
    """Imports, writes of variables and calls in the order of the run."""
    items: list[Item] = [*program.imports, *program.environment, *program.calls]
    return sorted(items, key=lambda item: item.order)


@by_identity(64)
def _left(program: Program) -> dict[str, list[Item]]:
    """Of the functions that nothing in their file calls when it is imported, what they and those inside them do, by
    qualified name.
    """
    found: dict[str, list[Item]] = {}
    for item in _items(program):
        if (item.reach is Reach.UNCALLED or item.is_main) and item.function is not None:
            name, dot = item.function, "."
            while dot:
                found.setdefault(name, []).append(item)
                name, dot, _ = name.rpartition(".")
    return found

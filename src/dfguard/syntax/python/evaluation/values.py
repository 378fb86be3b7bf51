"""Expressions of Python's tree to `Expression`s: what is known of the value an argument has.

Nothing is computed but what cannot grow: joining text and paths, cutting paths, a few methods of short strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.evaluation.lookup import argument_for, is_spread, passed_to, visible
from dfguard.syntax.python.evaluation.operations import (
    choice,
    each_of,
    either,
    element_of,
    environment_read,
    joined,
    operation,
    parent,
    with_more,
)
from dfguard.syntax.python.evaluation.results import CallFrame, result_of
from dfguard.syntax.python.layout.expressions import BUILT_IN
from dfguard.syntax.python.layout.guards import text_of_name
from dfguard.syntax.python.layout.scopes import (
    Assigned,
    CallSite,
    Entered,
    FunctionParameter,
    Imported,
    Iterated,
    ScopeKind,
    Spot,
    StoreSite,
)
from dfguard.syntax.python.program import (
    ArgumentRead,
    Choice,
    Code,
    Constant,
    EnvironmentRead,
    Items,
    Opaque,
    OwnPath,
    Pairs,
    Result,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator, Sequence

    from dfguard.syntax.python.evaluation.names import Names
    from dfguard.syntax.python.layout.scopes import Layout, NameBinding, Scope
    from dfguard.syntax.python.program import Expression
else:
    import _ast as ast


_MUTATING = frozenset(["append", "clear", "extend", "insert", "pop", "remove", "setdefault", "update"])


def options(names: Names) -> Iterator[tuple[str, tuple[str, ast.expr | None, Spot]]]:
    """The attribute, option and default of each `add_argument` of the file."""
    for site in names.layout.sites:
        match site:
            case CallSite(node=ast.Call(func=ast.Attribute(attr="add_argument"), args=[_, *_])):
                given = (getattr(argument, "value", None) for argument in site.node.args)
                flags = [flag for flag in given if isinstance(flag, str)]
                named = {keyword.arg: keyword.value for keyword in site.node.keywords}
                flag = next((f for f in flags if f.startswith("--")), next(iter(flags), ""))
                target = getattr(named.get("dest"), "value", None)
                attribute = target if isinstance(target, str) else flag.lstrip("-").replace("-", "_")
                yield attribute, (flag, named.get("default"), site.spot)


def mutated(names: Names) -> Iterator[tuple[Scope | None, str]]:
    """The variables (home scope, name) whose list or dict is changed in place somewhere."""
    for site in names.layout.sites:
        match site:
            case CallSite(node=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method))):
                if method in _MUTATING:
                    yield site.spot.scope.home(name), name
            case StoreSite(target=ast.Subscript(value=ast.Name(id=name))):
                yield site.spot.scope.home(name), name


def comprehensions(names: Names) -> Iterator[tuple[ast.comprehension, Scope]]:
    """The scope of each `for` clause of a comprehension."""
    for scope in names.layout.scopes:
        if scope.kind is ScopeKind.COMPREHENSION:
            yield from ((generator, scope) for generator in getattr(scope.node, "generators", ()))


_DEPTH = 30
_STEPS = 300
"""How many expressions are looked at for the value of one argument."""
_ALL_STEPS, _FEW_STEPS = 60_000, 20
"""After so many for the whole file no more than so few are spent on one."""
_MOST_CALLERS = 48
_MOST_ELEMENTS = 1_000


class Values:
    """What is known of the values of one layout's expressions.

    `source_of` gives the text of an expression, `orders` the order of each call; `escaping` are the functions that
    are handed on as values, so that not all their calls are seen.
    """

    def __init__(
        self,
        names: Names,
        source_of: Callable[[ast.expr], str],
        orders: dict[ast.Call, int],
        escaping: set[Scope],
    ) -> None:
        self.names = names
        self.source_of = source_of
        self.orders = orders
        self._escaping = escaping
        self._known: dict[ast.expr, Expression] = {}
        self._active: set[ast.AST] = set()
        self._depth = self._steps = self._refusals = self._spent = 0
        self._options = dict(options(names))
        self._mutated = set(mutated(names))
        self._comprehensions = dict(comprehensions(names))

    def value(self, node: ast.expr, spot: Spot, frame: CallFrame | None = None) -> Expression:
        """What is known of an expression's value."""
        if isinstance(node, ast.Constant):
            known = node.value
            return (
                Constant(known) if isinstance(known, str | int | float | None) else Code(self.source_of(node))
            )
        memory = frame.known if frame is not None else self._known
        if node in memory:
            return memory[node]
        if not self._depth:
            self._spent += self._steps
            self._steps = 0
        self._steps += 1
        limit = _STEPS if self._spent < _ALL_STEPS else _FEW_STEPS
        if self._depth > _DEPTH or self._steps > limit or node in self._active:
            self._refusals += 1
            return Opaque("too deep to follow")
        refusals = self._refusals
        self._depth += 1
        self._active.add(node)
        try:
            found = self._value(node, spot, frame)
        finally:
            self._depth -= 1
            self._active.discard(node)
        # A value cut short on the way from elsewhere may be found in full when it is asked for itself.
        if self._depth == 0 or refusals == self._refusals:
            memory[node] = found
        return found

    def _value(self, node: ast.expr, spot: Spot, frame: CallFrame | None) -> Expression:
        match node:
            case ast.Name(id=name):
                return self.variable(name, spot, frame)
            case ast.Attribute():
                return self._attribute(node, spot, frame)
            case ast.Call():
                return result_of(node, spot, frame, self)
            case ast.JoinedStr(values=parts):
                return joined([self._part(part, spot, frame) for part in parts])
            case ast.BinOp(left=left, op=op, right=right):
                return operation(self.value(left, spot, frame), op, self.value(right, spot, frame))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                options = [self.value(body, spot, frame), self.value(orelse, spot, frame)]
                return choice(options, self.source_of(test))
            case ast.BoolOp(op=ast.Or(), values=values):
                return either([self.value(value, spot, frame) for value in values[:8]])
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return Items(tuple(self.value(element, spot, frame) for element in elements[:_MOST_ELEMENTS]))
            case ast.Dict():
                return Pairs(tuple(self._pairs(node, spot, frame)))
            case ast.Subscript(value=owner, slice=key):
                return self._element(owner, key, spot, frame)
        return self._rest(node, spot, frame)

    def _rest(self, node: ast.expr, spot: Spot, frame: CallFrame | None) -> Expression:
        match node:
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.value(value, spot, frame)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return Constant(-number)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.value(operand, spot, frame)
                return (
                    Constant(not inner.value) if isinstance(inner, Constant) else Code(self.source_of(node))
                )
            case (
                ast.ListComp(elt=elt, generators=[generator])
                | ast.GeneratorExp(elt=elt, generators=[generator])
            ):
                return self._comprehension(elt, generator, spot, frame)
        return Code(self.source_of(node))

    def _part(self, node: ast.expr, spot: Spot, frame: CallFrame | None) -> Expression:
        if isinstance(node, ast.FormattedValue):
            if node.conversion > 0 or node.format_spec is not None:
                return Code(self.source_of(node.value))
            node = node.value
        return self.value(node, spot, frame)

    def _pairs(
        self, node: ast.Dict, spot: Spot, frame: CallFrame | None
    ) -> Iterator[tuple[Expression, Expression]]:
        for key, value in zip(node.keys[:_MOST_ELEMENTS], node.values, strict=False):
            known = self.value(value, spot, frame)
            yield (self.value(key, spot, frame) if key is not None else Opaque("**")), known

    def _comprehension(
        self, element: ast.expr, generator: ast.comprehension, spot: Spot, frame: CallFrame | None
    ) -> Expression:
        source = self.value(generator.iter, spot, frame)
        place = Spot(self._comprehensions.get(generator, spot.scope), spot.at, spot.branch)
        inner = self.value(element, place, frame)
        if isinstance(source, Items) and isinstance(inner, Choice) and inner.is_every and not generator.ifs:
            return Items(inner.options)
        return Opaque("a comprehension")

    def variable(self, name: str, spot: Spot, frame: CallFrame | None = None) -> Expression:
        """What is known of a variable's value; one that a star import may have bound is the `Result` of its name."""
        found = visible(name, spot)
        if not found:
            is_there = self.names.layout.star_modules and name not in BUILT_IN
            return OwnPath(0) if name == "__file__" else Result(name) if is_there else Code(name)
        value = self._bound(found, name, frame)
        return with_more(value) if (spot.scope.home(name), name) in self._mutated else value

    def _bound(self, bindings: Sequence[NameBinding], name: str, frame: CallFrame | None) -> Expression:
        """One of the values that bindings give; a `None` that a function replaces later is only a placeholder."""
        bindings = bindings[:16]
        values = [self._of_binding(binding, name, frame) for binding in reversed(bindings)]
        owners = [binding.spot.scope.owner for binding in reversed(bindings)]
        kept = [
            value
            for value, owner in zip(values, owners, strict=True)
            if value != Constant(None) or all(other is owner for other in owners)
        ]
        return choice(kept or values)

    def _of_binding(self, binding: NameBinding, name: str, frame: CallFrame | None) -> Expression:
        match binding.what:
            case Assigned(value=value, path=path):
                found = self.value(value, binding.spot, frame)
                for index in path:
                    found = element_of(found, Constant(index))
                return found
            case Iterated(value=value, path=path):
                return each_of(self.value(value, binding.spot, frame), path)
            case Entered(value=value):
                return self.value(value, binding.spot, frame)
            case Imported(dotted=dotted):
                return Result(dotted)
            case FunctionParameter():
                return self._parameter(binding.what, binding.spot, frame)
        return Code(name)

    def _parameter(self, parameter: FunctionParameter, spot: Spot, frame: CallFrame | None) -> Expression:
        function, unknown = spot.scope, Opaque(f"parameter {parameter.name}")
        if parameter.is_collecting:
            return unknown
        while frame is not None and frame.function is not function:
            frame = frame.outer
        if frame is not None:
            argument = argument_for(frame.node, function, parameter)
            if argument is not None:
                return self.value(argument, frame.spot, frame.outer)
            if parameter.default is None or is_spread(frame.node):
                return unknown
            return self.value(parameter.default, function.spot or spot)
        sites = self.names.callers.get(function, ())
        self._steps += len(sites)
        if len(sites) > _MOST_CALLERS:
            return unknown
        passed = [self.value(node, place) for node, place in self.names.passed(function, parameter)]
        if not sites:
            default = self.value(parameter.default, function.spot or spot) if parameter.default else None
            return passed_to(function, parameter, default)
        if len(passed) < len(sites) or function in self._escaping:
            return choice([*passed, unknown])
        return choice(passed, is_every=not any(site.around.is_conditional for site in sites))

    def _attribute(self, node: ast.Attribute, spot: Spot, frame: CallFrame | None) -> Expression:
        owner, attribute = node.value, node.attr
        name = self.names.name_of(owner, spot)
        if name and name.endswith((".parse_args()", ".parse_known_args()[0]")):
            return self._option(attribute)
        local, text = self.names.class_of(name), text_of_name(owner)
        bindings = self.names.member(local, attribute) if local is not None else []
        if not bindings and text:
            bindings = self.names.layout.stores.get(f"{text}.{attribute}", [])
        if bindings:
            found = self._bound(bindings, attribute, None)
            return setting(local, attribute, found, self.names) if local is not None else found
        if local is None and attribute == "parent":
            return parent(self.value(owner, spot, frame))
        if local is None and attribute == "value":
            base = self.value(owner, spot, frame)
            return base if isinstance(base, Constant) else Code(self.source_of(node))
        return Result(f"{name}.{attribute}") if name else Code(self.source_of(node))

    def _option(self, attribute: str) -> Expression:
        if attribute not in self._options:
            return Opaque(f"option {attribute}")
        option, default, spot = self._options[attribute]
        return ArgumentRead(option, self.value(default, spot) if default is not None else None)

    def _element(self, owner: ast.expr, key: ast.expr, spot: Spot, frame: CallFrame | None) -> Expression:
        name = self.names.name_of(owner, spot)
        if name == "os.environ":
            return environment_read(self.value(key, spot, frame), None)
        match owner, key:
            case _, ast.Constant(value=int(position)) if name == "sys.argv":
                return ArgumentRead(str(position), None)
            case ast.Attribute(value=path, attr="parents"), ast.Constant(value=int(count)) if 0 <= count < 20:
                base = self.value(path, spot, frame)
                for _ in range(count + 1):
                    base = parent(base)
                return base
        found = element_of(self.value(owner, spot, frame), self.value(key, spot, frame))
        return Code(f"{self.source_of(owner)}[{self.source_of(key)}]") if isinstance(found, Opaque) else found


_MOST = 500
_END = 1 << 60


def constants(layout: Layout, values: Values) -> Iterator[tuple[str, Expression]]:
    """`NAME` or `Class.NAME`, and the value; `settings` of `settings = Settings()` is the `Result` of the class."""
    yield from _of(layout.module, values)
    for name, scope in layout.classes.items():
        for attribute, value in _of(scope, values):
            yield f"{name}.{attribute}", setting(scope, attribute, value, values.names)


def _of(scope: Scope, values: Values) -> Iterator[tuple[str, Expression]]:
    for name, bindings in list(scope.bindings.items())[:_MOST]:
        if any(isinstance(binding.what, Assigned) for binding in bindings):
            value = values.variable(name, Spot(scope, _END))
            if not isinstance(value, Opaque):
                yield name, value


def setting(owner: Scope, attribute: str, found: Expression, names: Names) -> Expression:
    """A field of a pydantic settings class is read from the environment variable of its name."""
    if not isinstance(found, Constant | EnvironmentRead):
        return found
    if not any(base.endswith("BaseSettings") for base in names.bases(owner)):
        return found
    is_prefixed = {"model_config", "Config"} & (owner.bindings.keys() | owner.children.keys())
    return Opaque(f"setting {attribute}") if is_prefixed else EnvironmentRead(attribute.upper(), found)

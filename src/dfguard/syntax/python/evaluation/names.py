"""Expressions to dotted names: through imports, aliases, assignments, instances, attributes and returned values.

An instance is written `Class()`; a function or class of the file has its qualified name. A name is given only when
all bindings that can be meant agree (a placeholder `None` does not count); else there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.evaluation.lookup import (
    Members,
    argument_for,
    is_empty,
    is_nothing,
    is_placeholder,
    is_spread,
    literal,
    visible,
)
from dfguard.syntax.python.layout.expressions import BUILT_IN
from dfguard.syntax.python.layout.guards import text_of_name
from dfguard.syntax.python.layout.scopes import (
    Assigned,
    Defined,
    Entered,
    FunctionParameter,
    Imported,
    Iterated,
    NameBinding,
    ScopeKind,
    Unclear,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator, Sequence

    from dfguard.syntax.python.layout.scopes import CallSite, Layout, Scope, Spot
else:
    import _ast as ast


_DEPTH = 25
_MOST = 48
"""How many bindings of a variable, or calls of a function, are looked at."""
_END = 1 << 60
_SAME_OBJECT = frozenset(
    """
    bfloat16 cpu cuda double eval float half requires_grad_ share_memory to to_empty train
    """.split()
)
"""Methods of torch modules and pipelines that give the object itself (docs.pytorch.org, `torch.nn.Module`)."""
_WRAPPERS = frozenset(
    ["torch.compile", "torch.jit.optimize_for_inference", "accelerate.dispatch_model", "ray.get", "copy.copy"]
)


class Names(Members):
    """The dotted names of one layout's expressions.

    `callers` (call sites by the function of this file they call) is filled by `flow.call_graph`; until then parameters
    have no name but that of their annotation.
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.callers: dict[Scope, list[CallSite]] = {}
        self._known: dict[ast.expr, str | None] = {}
        self._active: set[int] = set()
        self._depth = 0

    def forget(self) -> None:
        """Drop what was found so far; call it when `callers` has grown."""
        self._known.clear()

    def name_of(self, node: ast.expr, spot: Spot) -> str | None:
        """The dotted name an expression denotes, None when there is none or several are possible."""
        if node in self._known:
            return self._known[node]
        if self._depth > _DEPTH:
            return None
        self._depth += 1
        try:
            found = self._name(node, spot)
        finally:
            self._depth -= 1
        self._known[node] = found
        return found

    def _name(self, node: ast.expr, spot: Spot) -> str | None:
        match node:
            case ast.Name(id=name):
                return self._variable(name, spot)
            case ast.Attribute(value=owner, attr=attribute):
                return self._attribute(owner, attribute, spot)
            case ast.Call():
                return self._result(node, spot)
            case ast.Subscript(value=owner, slice=key):
                return self._element(owner, key, spot)
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.name_of(value, spot)
            case ast.IfExp(body=body, orelse=orelse):
                return self._agreed([(body, spot), (orelse, spot)])
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._agreed([(value, spot) for value in values])
            case ast.Lambda():
                return self.layout.lambdas[node].name
        return None

    def _agreed(self, options: Iterable[tuple[ast.expr, Spot]]) -> str | None:
        """The one name of all expressions that are not `None`."""
        return _only(self.name_of(node, spot) for node, spot in options if not is_placeholder(node))

    def _variable(self, name: str, spot: Spot) -> str | None:
        found = visible(name, spot)
        if not found:
            is_from_star = len(self.layout.star_modules) == 1 and name not in BUILT_IN
            return f"{self.layout.star_modules[0]}.{name}" if is_from_star else name
        return self._common(found)

    def _common(self, bindings: Sequence[NameBinding]) -> str | None:
        """The one name of all bindings that bind something; many bindings have none in common."""
        return (
            _only(self.bound_name(binding) for binding in bindings[:_MOST] if not is_empty(binding))
            if len(bindings) <= _MOST
            else None
        )

    def bound_name(self, binding: NameBinding) -> str | None:
        """The dotted name of what a binding binds."""
        if id(binding) in self._active:
            return None
        self._active.add(id(binding))
        try:
            match binding.what:
                case Imported(dotted=dotted):
                    return dotted
                case Defined(scope=scope):
                    return scope.name
                case Assigned(value=value, path=()) | Entered(value=value):
                    return self.name_of(value, binding.spot)
                case Assigned(value=value, path=path):
                    return self._at_path(value, path, binding.spot)
                case Iterated(value=value, path=path):
                    return self._at_path(value, (-1, *path), binding.spot)
                case FunctionParameter():
                    return self._parameter(binding.what, binding.spot)
                case Unclear():
                    return None
        finally:
            self._active.discard(id(binding))

    def _at_path(self, value: ast.expr, path: tuple[int, ...], spot: Spot) -> str | None:
        """The name of an element; an index of -1 stands for each element."""
        if self._depth > _DEPTH:
            return None
        self._depth += 1
        try:
            return self._inner_name(value, path, spot)
        finally:
            self._depth -= 1

    def _inner_name(self, value: ast.expr, path: tuple[int, ...], spot: Spot) -> str | None:
        found, place = literal(value, spot)
        match found:
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                chosen = elements if path[0] < 0 else elements[path[0] : path[0] + 1]
                if len(path) == 1:
                    return self._agreed([(element, place) for element in chosen])
                names = {self._at_path(element, path[1:], place) for element in chosen}
                return names.pop() if len(names) == 1 else None
        if isinstance(value, ast.Call) and (function := self.callee(value, spot)) is not None:
            returned = [(b.what.value, b.spot) for b in function.returns if isinstance(b.what, Assigned)]
            names = {
                self._at_path(node, path, place) for node, place in returned if not is_nothing(node, path)
            }
            return names.pop() if len(names) == 1 else None
        name = self.name_of(value, spot)
        return name and name + "".join("[]" if index < 0 else f"[{index}]" for index in path)

    def callee(self, node: ast.Call, spot: Spot) -> Scope | None:
        """The function of this file that a call calls by its name."""
        name = self.name_of(node.func, spot)
        return self.layout.functions.get(name) if name else None

    def _parameter(self, parameter: FunctionParameter, spot: Spot) -> str | None:
        function = spot.scope
        owner = function.class_of_method
        if owner is not None and parameter.position == 0:
            kinds = {text_of_name(decorator) for decorator in function.decorators}
            if "staticmethod" not in kinds:
                is_class = "classmethod" in kinds or function.name.endswith(".__new__")
                return owner.name if is_class else f"{owner.name}()"
        if self.callers.get(function):
            return self._agreed(self.passed(function, parameter))
        if isinstance(parameter.annotation, ast.Name | ast.Attribute):
            name = self.name_of(parameter.annotation, function.spot or spot)
            return f"{name}()" if name and "." in name else None
        return None

    def passed(self, function: Scope, parameter: FunctionParameter) -> Iterator[tuple[ast.expr, Spot]]:
        """What the calls seen in this file pass for a parameter; the default where they pass nothing."""
        for site in self.callers.get(function, ())[:_MOST]:
            argument = argument_for(site.node, function, parameter)
            if argument is not None:
                yield argument, site.spot
            elif parameter.default is not None and not is_spread(site.node):
                yield parameter.default, function.spot or site.spot

    def _attribute(self, owner: ast.expr, attribute: str, spot: Spot) -> str | None:
        base = self.name_of(owner, spot)
        local = self.class_of(base)
        if local is not None:
            return self._member(local, str(base), attribute)
        text = text_of_name(owner)
        if text and (stored := self.layout.stores.get(f"{text}.{attribute}")):
            return self._common(stored)
        return f"{base}.{attribute}" if base else None

    def _member(self, owner: Scope, base: str, attribute: str) -> str | None:
        bindings = self.member(owner, attribute)
        functions = [
            b.what.scope
            for b in bindings
            if isinstance(b.what, Defined) and b.what.scope.kind is ScopeKind.FUNCTION
        ]
        if functions:
            function = functions[-1]
            if any((text_of_name(d) or "").endswith("property") for d in function.decorators):
                return self.returned(function)
            return f"{base}.{attribute}"
        if bindings:
            return self._common(bindings)
        return f"{base}.{attribute}"

    def _result(self, node: ast.Call, spot: Spot) -> str | None:
        callee = self.name_of(node.func, spot)
        if callee is None:
            return None
        if callee == "super" and (method := spot.scope.enclosing_method) and method.class_of_method:
            bases = self.bases(method.class_of_method)
            return f"{bases[0]}()" if bases else None
        if callee in {"importlib.import_module", "__import__"} and node.args:
            value = node.args[0]
            return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
        if callee == "getattr" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            return self._attribute(node.args[0], str(node.args[1].value), spot)
        if callee in _WRAPPERS and node.args:
            return self.name_of(node.args[0], spot)
        function = self.layout.functions.get(callee) or self.method(callee)
        if function is not None:
            return self.returned(function) or f"{callee}()"
        owner, _, method_name = callee.rpartition(".")
        if method_name in _SAME_OBJECT and owner.endswith((")", "]")):
            return owner
        return f"{callee}()"

    def returned(self, function: Scope) -> str | None:
        """The name of what a function returns, None when it differs or has none."""
        return self._common(function.returns) if function.returns else None

    def _element(self, owner: ast.expr, key: ast.expr, spot: Spot) -> str | None:
        text = text_of_name(owner)
        if text and (stored := self.layout.stores.get(f"{text}[]")):
            return self._common(stored)
        found, place = literal(owner, spot)
        match found, key:
            case ast.Dict(keys=keys, values=values), _:
                wanted = getattr(key, "value", None) if isinstance(key, ast.Constant) else None
                pairs = zip(keys, values, strict=True)
                chosen = [v for k, v in pairs if wanted is None or getattr(k, "value", None) == wanted]
                return self._agreed([(value, place) for value in chosen])
            case ((ast.List() | ast.Tuple()), ast.Constant(value=int(index))) if index >= 0:
                return self._at_path(found, (index,), place)
        base = self.name_of(owner, spot)
        if base is None:
            return None
        return (
            f"{base}[{key.value}]"
            if isinstance(key, ast.Constant) and isinstance(key.value, int)
            else f"{base}[]"
        )


def _only(names: Iterable[str | None]) -> str | None:
    """The name all agree on, None when two differ or one is missing."""
    found: str | None = None
    for name in names:
        if name is None or (found is not None and name != found):
            return None
        found = name
    return found


_DEPTH_OF_ALTERNATIVES = 6
_MOST_ALTERNATIVES = 8


def alternatives(node: ast.expr, spot: Spot, names: Names, depth: int = 0) -> tuple[str, ...]:
    """The names an expression can have, in the order of their bindings; `depth` counts the steps gone through."""
    if depth > _DEPTH_OF_ALTERNATIVES:
        return ()
    match node:
        case ast.Name(id=name):
            bindings = [
                binding for binding in visible(name, spot)[:_MOST_ALTERNATIVES] if not is_empty(binding)
            ]
            match bindings:
                case [NameBinding(what=Assigned(value=ast.Call() as value, path=()), spot=place)]:
                    return alternatives(value, place, names, depth + 1)
            return _names(bindings, names)
        case ast.Attribute(value=owner, attr=attribute):
            return tuple(f"{base}.{attribute}" for base in alternatives(owner, spot, names, depth + 1))
        case ast.Call(func=function):
            callee = names.callee(node, spot)
            if callee is not None:
                return _names(
                    [binding for binding in callee.returns[:_MOST_ALTERNATIVES] if not is_empty(binding)],
                    names,
                )
            return tuple(f"{base}()" for base in alternatives(function, spot, names, depth + 1))
    return ()


def _names(bindings: Sequence[NameBinding], names: Names) -> tuple[str, ...]:
    found = (names.bound_name(binding) for binding in reversed(bindings))
    return tuple(dict.fromkeys(name for name in found if name))

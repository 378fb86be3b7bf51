"""Expressions of Python's tree to scopes, bindings and sites; the half of the walk that knows no statements."""

from __future__ import annotations

import builtins
from collections import deque
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.syntax.python.layout.guards import missing, text_of_name
from dfguard.syntax.python.layout.scopes import (
    Around,
    Assigned,
    CallSite,
    FunctionParameter,
    Iterated,
    LambdaSite,
    NameBinding,
    PropertySite,
    Scope,
    ScopeKind,
    Spot,
    StoreSite,
    Unclear,
)

if TYPE_CHECKING:
    import ast

    from dfguard.syntax.python.layout.scopes import Branch, Entered, Layout, What
else:
    import _ast as ast


class BindingWalk:
    """Fills the scopes and bindings of `layout`."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.lambda_bodies: deque[Scope] = deque()
        self.property_names: set[str] = set()
        self.clock = 0

    def spot(self, scope: Scope, branch: Branch) -> Spot:
        """The next spot: later than all before."""
        self.clock += 1
        return Spot(scope, self.clock, branch)

    def open_scope(self, kind: ScopeKind, name: str, node: ast.AST, parent: Scope) -> Scope:
        """A scope below `parent`, registered under its qualified name."""
        prefix = parent.owner.name if parent.kind is ScopeKind.COMPREHENSION else parent.name
        name = f"{prefix}.{name}" if prefix else name
        known = self.layout.classes if kind is ScopeKind.CLASS else self.layout.functions
        number = 2
        plain = name
        while name in known and kind is not ScopeKind.COMPREHENSION:
            name, number = f"{plain}#{number}", number + 1
        scope = Scope(kind, name, node, parent)
        if kind is not ScopeKind.COMPREHENSION:
            known[name] = scope
        self.layout.scopes.append(scope)
        return scope

    def bind(self, name: str, what: What, scope: Scope, branch: Branch) -> None:
        """Bind a name where its scope says that it lives."""
        target = scope.outer_names.get(name, scope)
        target.bindings.setdefault(name, []).append(NameBinding(what, self.spot(scope, branch)))

    def bind_parameters(self, function: Scope, arguments: ast.arguments) -> None:
        """Bind the parameters of a function in its scope."""
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
        found = [
            FunctionParameter(argument.arg, position, default, argument.annotation)
            for position, (argument, default) in enumerate(zip(plain, defaults, strict=True))
        ]
        found += [
            FunctionParameter(argument.arg, None, default, argument.annotation)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ]
        found += [
            FunctionParameter(argument.arg, None, None, None, is_collecting=True)
            for argument in (arguments.vararg, arguments.kwarg)
            if argument is not None
        ]
        function.parameters = tuple(found)
        for parameter in found:
            self.bind(parameter.name, parameter, function, ())

    def bind_unclear(self, target: ast.expr, scope: Scope, branch: Branch) -> None:
        """Bind a name to something that is not followed."""
        if isinstance(target, ast.Name):
            self.bind(target.id, Unclear("an alias or the rest of a list"), scope, branch)

    def bind_attribute(self, owner: ast.expr, name: str, what: What, scope: Scope, branch: Branch) -> None:
        """Bind an attribute: of the class when the owner is its instance or itself, else under its text."""
        binding = NameBinding(what, self.spot(scope, branch))
        method = scope.enclosing_method
        if isinstance(owner, ast.Name) and method is not None and method.parameters:
            made = method.class_of_method
            if made is not None and owner.id in {method.parameters[0].name, made.name}:
                made.attributes.setdefault(name, []).append(binding)
                return
        if text := text_of_name(owner):
            self.layout.stores.setdefault(f"{text}.{name}", []).append(binding)


BUILT_IN = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__builtins__",
    "WindowsError",
    "exit",
    "quit",
    "copyright",
    "credits",
    "license",
    "help",
}

_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
_Found = tuple["ast.expr", Scope, Around]


class ExpressionWalk(BindingWalk):
    """Collects what expressions hold into `layout`."""

    def bind_target(
        self,
        target: ast.expr,
        what: Assigned | Iterated | Entered,
        scope: Scope,
        around: Around,
        branch: Branch,
        node: ast.stmt,
    ) -> None:
        """Bind every name, attribute and element that an assignment, loop or `with` has as target."""
        todo: list[tuple[ast.expr, Assigned | Iterated | Entered]] = [(target, what)]
        while todo:
            target, what = todo.pop()
            match target:
                case ast.Name(id=name):
                    self.bind(name, what, scope, branch)
                case ast.Tuple(elts=elements) | ast.List(elts=elements):
                    todo.extend((element, _part(what, index)) for index, element in enumerate(elements))
                case ast.Starred(value=value):
                    self.bind_unclear(value, scope, branch)
                case ast.Attribute(value=owner, attr=name):
                    self.scan(owner, scope, around, branch)
                    self.bind_attribute(owner, name, what, scope, branch)
                case ast.Subscript(value=owner, slice=key):
                    self.scan(owner, scope, around, branch)
                    self.scan(key, scope, around, branch)
                    spot = self.spot(scope, branch)
                    if text := text_of_name(owner):
                        self.layout.stores.setdefault(f"{text}[]", []).append(NameBinding(what, spot))
                    if isinstance(what, Assigned) and not what.path:
                        self.layout.sites.append(StoreSite(target, what.value, spot, around, node))

    def scan(
        self, root: ast.expr, scope: Scope, around: Around, branch: Branch, assigned_to: str | None = None
    ) -> None:
        """Collect calls, lambdas, names and attributes of an expression in the order of their evaluation."""
        found: list[_Found] = []
        todo: list[_Found] = [(root, scope, around)]
        # Parents come before their children and last children before first ones: the reverse is the evaluation order.
        while todo:
            step = todo.pop()
            node = step[0]
            kind = type(node)
            if kind is ast.Constant:
                continue
            if kind in _NOTED:
                found.append(step)
            if kind is not ast.Name:
                todo.extend(self._parts(*step, branch))
        value = root.value if isinstance(root, ast.Await) else root
        for step in reversed(found):
            self._emit(*step, branch, assigned_to if step[0] is value else None)

    def _parts(self, node: ast.expr, scope: Scope, around: Around, branch: Branch) -> list[_Found]:
        """The parts of an expression in the order of their evaluation, with what is around each."""
        match node:
            case ast.Attribute(value=value):
                return [(value, scope, around)]
            case ast.Call(func=function, args=arguments, keywords=keywords):
                return [
                    (part, scope, around) for part in (function, *arguments, *(k.value for k in keywords))
                ]
            case ast.IfExp(test=test, body=body, orelse=orelse):
                when_true, when_false = missing(test)
                return [
                    (test, scope, around),
                    (body, scope, _under(around, test, when_true)),
                    (orelse, scope, _under(around, test, when_false)),
                ]
            case ast.BoolOp(op=op, values=[first, *others]):
                when_true, when_false = missing(first)
                inner = _under(around, first, when_false if isinstance(op, ast.Or) else when_true)
                return [(first, scope, around), *((other, scope, inner) for other in others)]
            case ast.Lambda():
                made = self.open_scope(ScopeKind.FUNCTION, "<lambda>", node, scope)
                made.spot = Spot(scope, self.clock, branch)
                self.layout.lambdas[node] = made
                self.bind_parameters(made, node.args)
                self.lambda_bodies.append(made)
                return [
                    (default, scope, around)
                    for default in (*node.args.defaults, *node.args.kw_defaults)
                    if default
                ]
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope, around, branch)
        return [(part, scope, around) for part in _children(node)]

    def _comprehension(
        self, node: _Comprehension, scope: Scope, around: Around, branch: Branch
    ) -> list[_Found]:
        inner = self.open_scope(ScopeKind.COMPREHENSION, "<comprehension>", node, scope)
        parts: list[_Found] = []
        place, here = scope, around
        for generator in node.generators:
            parts.append((generator.iter, place, here))
            for target in _names_in(generator.target):
                inner.bindings.setdefault(target[0], []).append(
                    NameBinding(Iterated(generator.iter, target[1]), Spot(inner, self.clock, branch))
                )
            place = inner
            parts.extend((test, inner, here) for test in generator.ifs)
            if generator.ifs:
                here = _under(here, generator.ifs[-1], ())
        elements = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        return [*parts, *((element, inner, here) for element in elements)]

    def _emit(
        self, node: ast.expr, scope: Scope, around: Around, branch: Branch, assigned_to: str | None
    ) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                if name not in BUILT_IN:
                    self.layout.uses.append((node, Spot(scope, self.clock, branch), around))
            case ast.Call():
                if isinstance(node.func, ast.Name) and node.func.id in {
                    "exec",
                    "eval",
                    "globals",
                    "locals",
                    "vars",
                }:
                    self.layout.is_open = True
                self.layout.sites.append(CallSite(node, self.spot(scope, branch), around, assigned_to))
                for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                    if isinstance(argument, ast.Lambda):
                        made = self.layout.lambdas[argument]
                        self.layout.sites.append(LambdaSite(made, self.spot(scope, branch), around))
            case ast.Attribute(attr=name):
                if name in self.property_names:
                    self.layout.sites.append(PropertySite(node, self.spot(scope, branch), around))
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                home = scope
                while home.kind is ScopeKind.COMPREHENSION and home.parent is not None:
                    home = home.parent
                self.bind(name, Assigned(value), home, branch)


_NOTED = frozenset([ast.Name, ast.Call, ast.Attribute, ast.NamedExpr])


def _under(around: Around, test: ast.expr, subjects: tuple[ast.expr, ...]) -> Around:
    return replace(around, is_conditional=True, test=test, missing=around.missing + subjects)


def _part(what: Assigned | Iterated | Entered, index: int) -> Assigned | Iterated | Entered:
    match what:
        case Assigned(value=ast.Tuple(elts=elements) | ast.List(elts=elements), path=()) if index < len(
            elements
        ):
            return Assigned(elements[index])
        case Assigned(value=value, path=path):
            return Assigned(value, (*path, index))
        case Iterated(value=value, path=path):
            return Iterated(value, (*path, index))
    return what


def _names_in(target: ast.expr) -> list[tuple[str, tuple[int, ...]]]:
    """The names of a comprehension's target with the path of each into the element."""
    found: list[tuple[str, tuple[int, ...]]] = []
    todo: list[tuple[ast.expr, tuple[int, ...]]] = [(target, ())]
    while todo:
        node, path = todo.pop()
        match node:
            case ast.Name(id=name):
                found.append((name, path))
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                todo.extend((element, (*path, index)) for index, element in enumerate(elements))
    return found


def _children(node: ast.AST) -> list[ast.expr]:
    found: list[ast.expr] = []
    for name in node._fields:
        value = getattr(node, name, None)
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, ast.expr):
                found.append(part)
            elif isinstance(part, ast.AST) and part._fields:
                found.extend(_children(part))
    return found

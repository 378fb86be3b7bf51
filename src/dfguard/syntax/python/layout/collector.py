"""Python's tree to a `Layout`: one walk over all statements and expressions, function bodies after what is around them.

Statements nest at most 100 deep (CPython's limit of indents), so blocks are walked by recursion; expressions and
chains of `elif` may be of any depth and are walked by loops.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.syntax.python.layout.expressions import ExpressionWalk
from dfguard.syntax.python.layout.guards import (
    end_of,
    has_any,
    is_main_test,
    is_name_test,
    is_typing_test,
    leaves,
    missing,
    stops,
    surely_runs,
    text_of_name,
)
from dfguard.syntax.python.layout.scopes import (
    Around,
    Assigned,
    Attempt,
    Defined,
    Ending,
    Entered,
    Imported,
    ImportSite,
    Iterated,
    Layout,
    NameBinding,
    Scope,
    ScopeKind,
    StopSite,
    StoreSite,
    Unclear,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from dfguard.syntax.python.layout.scopes import Branch
else:
    import _ast as ast


_Function = ast.FunctionDef | ast.AsyncFunctionDef


class DefinitionWalk(ExpressionWalk, ABC):
    """Walks single statements; `bodies` are the functions whose bodies wait, blocks are walked by the derived class."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.bodies: deque[Scope] = deque()

    @abstractmethod
    def block(self, block: Sequence[ast.stmt], scope: Scope, around: Around, branch: Branch) -> None:
        """Walk the statements of a block."""

    def walk_import(
        self, node: ast.Import | ast.ImportFrom, scope: Scope, around: Around, branch: Branch
    ) -> None:
        """Note and bind every name of an import."""
        for alias in node.names:
            place = node if len(node.names) == 1 else alias
            spot = self.spot(scope, branch)
            if isinstance(node, ast.Import):
                bound = alias.asname or alias.name.split(".")[0]
                site = ImportSite(place, alias.name, None, bound, spot, around)
                dotted = alias.name if alias.asname else bound
            else:
                module = "." * node.level + (node.module or "")
                bound = alias.asname or alias.name
                site = ImportSite(place, module, alias.name, bound, spot, around)
                dotted = module + alias.name if module.endswith(".") else f"{module}.{alias.name}"
            self.layout.sites.append(site)
            if bound == "*":
                self.layout.star_modules.append(site.module)
            else:
                self.bind(bound, Imported(dotted), scope, branch)

    def walk_assignment(
        self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope, around: Around, branch: Branch
    ) -> None:
        """Walk the value, then bind the targets."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        if value is None:
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and scope.kind is ScopeKind.CLASS
            ):
                self.bind(node.target.id, Unclear("a field without a value"), scope, branch)
            return
        self.scan(value, scope, around, branch, assigned_to=text_of_name(targets[0]))
        if isinstance(node, ast.AugAssign):
            left = ast.Name(
                id=getattr(node.target, "id", ""),
                ctx=ast.Load(),
                lineno=node.lineno,
                col_offset=node.col_offset,
            )
            joined = ast.BinOp(
                left=left, op=node.op, right=value, lineno=node.lineno, col_offset=node.col_offset
            )
            value = joined if isinstance(node.target, ast.Name) else value
        for target in targets:
            self.bind_target(target, Assigned(value), scope, around, branch, node)

    def walk_function(self, node: _Function, scope: Scope, around: Around, branch: Branch) -> None:
        """Walk decorators and defaults, open the scope, and let the body wait."""
        for decorator in node.decorator_list:
            self.scan(decorator, scope, around, branch)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.scan(default, scope, around, branch)
        function = self.open_scope(ScopeKind.FUNCTION, node.name, node, scope)
        function.decorators = tuple(node.decorator_list)
        function.spot = self.spot(scope, branch)
        self._type_parameters(node, function, branch)
        self.bind_parameters(function, node.args)
        self.bodies.append(function)
        if any(isinstance(d, ast.Attribute) and d.attr in {"setter", "deleter"} for d in node.decorator_list):
            return
        if any((text_of_name(d) or "").endswith("property") for d in node.decorator_list):
            self.property_names.add(node.name)
        scope.children[node.name] = function
        self.bind(node.name, Defined(function), scope, branch)

    def walk_class(self, node: ast.ClassDef, scope: Scope, around: Around, branch: Branch) -> None:
        """Walk decorators, base classes and body."""
        self._type_parameters(node, scope, branch)
        for part in (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)):
            self.scan(part, scope, around, branch)
        made = self.open_scope(ScopeKind.CLASS, node.name, node, scope)
        made.decorators = tuple(node.decorator_list)
        made.spot = self.spot(scope, branch)
        self.bind(node.name, Defined(made), scope, branch)
        self.block(node.body, made, around, branch)

    def _type_parameters(self, node: ast.ClassDef | _Function, scope: Scope, branch: Branch) -> None:
        for parameter in getattr(node, "type_params", ()):
            self.bind(parameter.name, Unclear("a type parameter"), scope, branch)


def layout_of(tree: ast.Module) -> Layout:
    """Everything the walk finds in a module."""
    return _Walk(tree).layout


class _Walk(DefinitionWalk):
    """The blocks; `DefinitionWalk` has the statements that bind names, `ExpressionWalk` the expressions."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(Layout(Scope(ScopeKind.MODULE, "", tree, None)))
        self._arms = 0
        self.block(tree.body, self.layout.module, Around(), ())
        while self.bodies or self.lambda_bodies:
            if self.bodies:
                scope = self.bodies.popleft()
                self.block(scope.node.body, scope, Around(), ())  # type: ignore[attr-defined]
            else:
                self._lambda(self.lambda_bodies.popleft())

    def _lambda(self, scope: Scope) -> None:
        body = scope.node.body  # type: ignore[attr-defined]
        self.scan(body, scope, Around(), ())
        scope.returns.append(NameBinding(Assigned(body), self.spot(scope, ())))

    def block(self, block: Sequence[ast.stmt], scope: Scope, around: Around, branch: Branch) -> None:
        for index, statement in enumerate(block):
            around = self._statement(statement, scope, around, branch, block[index + 1 :]) or around

    def _statement(
        self, node: ast.stmt, scope: Scope, around: Around, branch: Branch, rest: Sequence[ast.stmt]
    ) -> Around | None:
        """Walk one statement; what is around those behind it when that differs."""
        match node:
            case ast.Expr(value=value):
                self.scan(value, scope, around, branch)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self.walk_assignment(node, scope, around, branch)
            case ast.If():
                return self._if(node, scope, around, branch)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.walk_function(node, scope, around, branch)
            case ast.Return(value=value):
                if value is not None:
                    self.scan(value, scope, around, branch)
                    scope.owner.returns.append(NameBinding(Assigned(value), self.spot(scope, branch)))
            case ast.Import() | ast.ImportFrom():
                self.walk_import(node, scope, around, branch)
            case ast.For() | ast.AsyncFor():
                self._for(node, scope, around, branch, rest)
            case ast.Try() | ast.TryStar():
                self._try(node, scope, around, branch)
            case ast.With() | ast.AsyncWith():
                self._with(node, scope, around, branch)
            case _:
                self._other(node, scope, around, branch)
        return None

    def _other(self, node: ast.stmt, scope: Scope, around: Around, branch: Branch) -> None:
        match node:
            case ast.ClassDef():
                self.walk_class(node, scope, around, branch)
            case ast.While():
                self._while(node, scope, around, branch)
            case ast.Assert(test=test, msg=message):
                self.scan(test, scope, around, branch)
                if message is not None:
                    self.scan(message, scope, replace(around, is_conditional=True), branch)
                self.layout.sites.append(StopSite(node, test, True, self.spot(scope, branch), around))
            case ast.Raise(exc=exception, cause=cause):
                for part in (exception, cause):
                    if part is not None:
                        self.scan(part, scope, around, branch)
            case ast.Global(names=names):
                scope.owner.outer_names.update(dict.fromkeys(names, self.layout.module))
            case ast.Nonlocal(names=names):
                for name in names:
                    if scope.parent and (home := scope.parent.home(name)):
                        scope.owner.outer_names[name] = home
            case ast.Delete(targets=targets):
                self._delete(node, targets, scope, around, branch)
            case ast.Match():
                self._match(node, scope, around, branch)
            case _ if type(node).__name__ == "TypeAlias":
                self.bind_unclear(node.name, scope, branch)  # type: ignore[attr-defined]

    def _delete(
        self, node: ast.stmt, targets: Sequence[ast.expr], scope: Scope, around: Around, branch: Branch
    ) -> None:
        for target in targets:
            if isinstance(target, ast.Subscript):
                self.scan(target.value, scope, around, branch)
                self.layout.sites.append(StoreSite(target, None, self.spot(scope, branch), around, node))

    def _while(self, node: ast.While, scope: Scope, around: Around, branch: Branch) -> None:
        self.scan(node.test, scope, around, branch)
        is_endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        inside = replace(around, retries=is_endless or stops(node.orelse))
        self.block(node.body, scope, inside if is_endless else self._under(inside, node.test), branch)
        self.block(node.orelse, scope, around, branch)

    def _under(self, around: Around, test: ast.expr, subjects: tuple[ast.expr, ...] = ()) -> Around:
        return replace(around, is_conditional=True, test=test, missing=around.missing + subjects)

    def _if(self, node: ast.If, scope: Scope, around: Around, branch: Branch) -> Around | None:
        self._arms += 1
        statement, arm, behind, before = self._arms, 0, around, around
        self.scan(node.test, scope, around, branch)
        if stops(node.body) or stops(node.orelse):
            spot = self.spot(scope, branch)
            self.layout.sites.append(StopSite(node, node.test, not stops(node.body), spot, around))
        while True:
            when_true, when_false = missing(node.test)
            inside = self._under(around, node.test, when_true)
            own = (*branch, (statement, arm))
            if is_main_test(node.test):
                inside = replace(around, is_main=True)
            elif is_typing_test(node.test):
                inside = replace(around, is_typing=True)
            if not is_name_test(node.test) and (end := end_of(node.body)) is not None:
                inside = replace(inside, ending=Ending(end, own))
            self.block(node.body, scope, inside, own)
            if leaves(node.body):
                behind = self._under(behind, node.test, when_false)
            around = self._under(around, node.test, when_false)
            if is_name_test(node.test):
                around = replace(around, is_main=False)
            arm += 1
            match node.orelse:
                case [ast.If() as following]:
                    node = following
                    self.scan(node.test, scope, around, branch)
                case orelse:
                    self.block(orelse, scope, around, (*branch, (statement, arm)))
                    return behind if behind is not before else None

    def _for(
        self,
        node: ast.For | ast.AsyncFor,
        scope: Scope,
        around: Around,
        branch: Branch,
        rest: Sequence[ast.stmt],
    ) -> None:
        self.scan(node.iter, scope, around, branch)
        self.bind_target(node.target, Iterated(node.iter), scope, around, branch, node)
        ends_badly = stops(node.orelse) or any(stops([statement]) for statement in rest[:3])
        inside = replace(around, retries=ends_badly)
        inside = inside if surely_runs(node.iter, scope) else self._under(inside, node.iter)
        self.block(node.body, scope, inside, branch)
        self.block(node.orelse, scope, around, branch)

    def _try(self, node: ast.Try | ast.TryStar, scope: Scope, around: Around, branch: Branch) -> None:
        retries = around.retries and has_any([*node.body, *node.orelse], ast.Break, ast.Return)
        inside = (
            replace(around, attempts=(*around.attempts, Attempt(node, retries))) if node.handlers else around
        )
        self.block(node.body, scope, inside, branch)
        self._arms += 1
        for arm, handler in enumerate(node.handlers):
            subjects = _looked_for(node.body) if _is_lookup_failure(handler) else ()
            here = replace(around, is_conditional=True, missing=around.missing + subjects)
            place = (*branch, (self._arms, arm))
            if handler.type is not None:
                self.scan(handler.type, scope, here, place)
            if handler.name:
                self.bind(handler.name, Unclear("an exception"), scope, place)
            self.block(handler.body, scope, here, place)
        self.block(node.orelse, scope, around, branch)
        self.block(node.finalbody, scope, around, branch)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope, around: Around, branch: Branch) -> None:
        inside = around
        for item in node.items:
            value = item.context_expr
            self.scan(value, scope, around, branch)
            if item.optional_vars is not None:
                self.bind_target(item.optional_vars, Entered(value), scope, around, branch, node)
            if isinstance(value, ast.Call) and (text_of_name(value.func) or "").split(".")[-1] == "suppress":
                inside = replace(inside, attempts=(*inside.attempts, Attempt(node)))
        self.block(node.body, scope, inside, branch)

    def _match(self, node: ast.Match, scope: Scope, around: Around, branch: Branch) -> None:
        self.scan(node.subject, scope, around, branch)
        self._arms += 1
        statement = self._arms
        for arm, case in enumerate(node.cases):
            place = (*branch, (statement, arm))
            todo: list[ast.AST] = [case.pattern]
            while todo:
                pattern = todo.pop()
                for name in (getattr(pattern, "name", None), getattr(pattern, "rest", None)):
                    if isinstance(name, str):
                        self.bind(name, Unclear("a pattern"), scope, place)
                for part in ("pattern", "patterns", "kwd_patterns"):
                    value = getattr(pattern, part, None)
                    todo.extend(value if isinstance(value, list) else [value] if value else [])
            if case.guard is not None:
                self.scan(case.guard, scope, around, branch)
            self.block(case.body, scope, self._under(around, node.subject), place)


_LOOKUPS = frozenset(["KeyError", "NameError", "AttributeError"])


def _is_lookup_failure(handler: ast.ExceptHandler) -> bool:
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(isinstance(name, ast.Name) and name.id in _LOOKUPS for name in names)


def _looked_for(body: Sequence[ast.stmt]) -> tuple[ast.expr, ...]:
    """The variable whose absence a handler of KeyError, NameError or AttributeError behind the body makes up for."""
    value = getattr(body[0], "value", None) if body else None
    while isinstance(value, ast.Subscript | ast.Await):
        value = value.value
    return (value,) if isinstance(value, ast.Name | ast.Attribute) else ()

"""The statements that give names to things: imports, assignments, functions and classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING

from dfguard.syntax.python.expressions import ExpressionWalk
from dfguard.syntax.python.guards import text_of_name
from dfguard.syntax.python.scopes import Assigned, Defined, Imported, ImportSite, ScopeKind, Unclear

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from dfguard.syntax.python.scopes import Around, Branch, Layout, Scope
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

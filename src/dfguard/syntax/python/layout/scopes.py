"""The data a walk over Python's tree collects: scopes, what names are bound to, and the sites that matter.

Built by `collector`, read by what evaluates and what follows calls. Nodes of the tree stand for themselves; a `Spot`
says from where a node is to be understood.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    import ast


Branch = tuple[tuple[int, int], ...]
"""The arms of conditional statements around a node, outermost first: (statement, arm)."""


class ScopeKind(Enum):
    """What opens a scope; a lambda is a FUNCTION."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"
    COMPREHENSION = "comprehension"


class Imported(Record):
    """Bound by an import: the dotted name of module or member; relative ones begin with dots."""

    dotted: str


class Defined(Record):
    """Bound by `def` or `class`."""

    scope: Scope


class Assigned(Record):
    """Bound to the value of an expression, or to the element at `path` of it (`a, b = value`)."""

    value: ast.expr
    path: tuple[int, ...] = ()


class Iterated(Record):
    """Bound to each element of an expression in turn, or to the part at `path` of each."""

    value: ast.expr
    path: tuple[int, ...] = ()


class Entered(Record):
    """Bound by `with value as name`."""

    value: ast.expr


class FunctionParameter(Record):
    """A parameter: `position` counts from 0 (None: keyword only, `*args` or `**kwargs`)."""

    name: str
    position: int | None
    default: ast.expr | None
    annotation: ast.expr | None
    is_collecting: bool = False


class Unclear(Record):
    """Bound to something that is not followed (an exception, an augmented assignment, a pattern)."""

    why: str


What = Imported | Defined | Assigned | Iterated | Entered | FunctionParameter | Unclear


class Spot(Record):
    """From where a node is understood: its scope, how many bindings and sites came before, the arms around it."""

    scope: Scope
    at: int
    branch: Branch = ()


class NameBinding(Record):
    """One binding of a name or attribute."""

    what: What
    spot: Spot


class Scope:
    """A module, function, class or comprehension; filled during the walk, only read afterwards.

    `name` is qualified (`Worker.run`, empty for the module); of several functions with one name the later ones get
    `#2` ... behind it. `owner` is the function or module whose run executes the code: the scope itself unless it is a
    class or comprehension. `attributes` are those of a class that are assigned through `self`.
    """

    __slots__ = (
        "attributes",
        "bindings",
        "children",
        "decorators",
        "kind",
        "name",
        "node",
        "outer_names",
        "owner",
        "parameters",
        "parent",
        "returns",
        "spot",
    )

    def __init__(self, kind: ScopeKind, name: str, node: ast.AST, parent: Scope | None) -> None:
        self.kind = kind
        self.name = name
        self.node = node
        self.parent = parent
        runs_inside = kind is ScopeKind.CLASS or kind is ScopeKind.COMPREHENSION
        self.owner: Scope = parent.owner if runs_inside and parent is not None else self
        self.spot: Spot | None = None
        self.bindings: dict[str, list[NameBinding]] = {}
        self.attributes: dict[str, list[NameBinding]] = {}
        self.children: dict[str, Scope] = {}
        self.outer_names: dict[str, Scope] = {}
        self.parameters: tuple[FunctionParameter, ...] = ()
        self.returns: list[NameBinding] = []
        self.decorators: tuple[ast.expr, ...] = ()

    @property
    def class_of_method(self) -> Scope | None:
        """The class a function is defined in directly, None for other scopes."""
        is_method = self.kind is ScopeKind.FUNCTION and self.parent is not None
        return self.parent if is_method and self.parent and self.parent.kind is ScopeKind.CLASS else None

    @property
    def enclosing_method(self) -> Scope | None:
        """The method this scope is or lies in, through inner functions, lambdas and comprehensions."""
        scope: Scope | None = self
        while scope is not None and scope.class_of_method is None:
            scope = scope.parent
        return scope

    def home(self, name: str) -> Scope | None:
        """The scope whose binding a use of the name here means, None for built-in and unknown names."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.outer_names:
                return scope.outer_names[name]
            if name in scope.bindings and (scope.kind is not ScopeKind.CLASS or scope is self):
                return scope
            scope = scope.parent
        return None

    def __repr__(self) -> str:
        return f"Scope({self.kind.value} {self.name!r})"


class Attempt(Record):
    """An enclosing `try` or `with suppress(...)`. `retries`: it is tried again until it succeeds or the loop's end raises."""

    node: ast.Try | ast.TryStar | ast.With | ast.AsyncWith
    retries: bool = False


class End(Enum):
    """What a branch ends at its last statement."""

    FUNCTION = "function"
    PROGRAM = "program"


class Ending(Record):
    """What the branch ends that a site stands in, and which branch that is."""

    end: End
    branch: Branch


class Around(Record):
    """What stands around a site within its function.

    `missing` are tested subjects that are not there yet when the site runs (`if model is None`); `test` is the
    innermost test; `retries`: inside a loop that goes on until something succeeds, or ends by raising. `ending`: the
    branch that the site stands in, one of several ways through the program, ends the function or the program.
    """

    is_conditional: bool = False
    test: ast.expr | None = None
    missing: tuple[ast.expr, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    retries: bool = False
    is_main: bool | None = None
    is_typing: bool = False
    ending: Ending | None = None


class CallSite(Record):
    """One call; `assigned_to` is the name or attribute its result is assigned to at once."""

    node: ast.Call
    spot: Spot
    around: Around
    assigned_to: str | None = None


class ImportSite(Record):
    """One imported name; the node is the whole statement when it imports nothing else, else the alias."""

    node: ast.Import | ast.ImportFrom | ast.alias
    module: str
    name: str | None
    alias: str
    spot: Spot
    around: Around


class StoreSite(Record):
    """`container[key] = value`; `value` is None for `del container[key]`."""

    target: ast.Subscript
    value: ast.expr | None
    spot: Spot
    around: Around
    node: ast.stmt


class StopSite(Record):
    """`assert test`, or an `if` one arm of which raises or exits: the program goes on when `test` is `goes_on_if`."""

    node: ast.stmt
    test: ast.expr
    goes_on_if: bool
    spot: Spot
    around: Around


class PropertySite(Record):
    """An attribute that is read and may be a property of a class of this file."""

    node: ast.Attribute
    spot: Spot
    around: Around


class LambdaSite(Record):
    """A lambda that is handed to a call where it stands: taken to be run there."""

    scope: Scope
    spot: Spot
    around: Around


Site = CallSite | ImportSite | StoreSite | StopSite | PropertySite | LambdaSite


class Layout:
    """All that a walk found. `uses` are the names read, `stores` the bindings of `a.b` and `a[]` by that text."""

    __slots__ = (
        "classes",
        "functions",
        "has_star_import",
        "is_open",
        "lambdas",
        "module",
        "scopes",
        "sites",
        "star_modules",
        "stores",
        "uses",
    )

    def __init__(self, module: Scope) -> None:
        self.module = module
        self.scopes: list[Scope] = [module]
        self.functions: dict[str, Scope] = {}
        self.classes: dict[str, Scope] = {}
        self.lambdas: dict[ast.Lambda, Scope] = {}
        self.sites: list[Site] = []
        self.uses: list[tuple[ast.Name, Spot, Around]] = []
        self.stores: dict[str, list[NameBinding]] = {}
        self.star_modules: list[str] = []
        self.is_open = False

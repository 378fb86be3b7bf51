"""What other files can read from a module: its variables and the attributes of its classes, as far as known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.expression import Constant, EnvironmentRead, Opaque
from dfguard.syntax.python.scopes import Assigned, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.python.expression import Expression
    from dfguard.syntax.python.names import Names
    from dfguard.syntax.python.scopes import Layout, Scope
    from dfguard.syntax.python.values import Values

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

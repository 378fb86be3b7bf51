"""Packs laid over packs: entries of the same id are replaced, others added in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dfguard.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.record import Record
    from dfguard.knowledge.api import Api
    from dfguard.knowledge.loaders import Loaders
    from dfguard.knowledge.wrappers import Wrappers


def starters_of(loaders: Loaders | None) -> tuple[str, ...]:
    """The first words of the commands of a loader table."""
    commands = loaders.commands if loaders else ()
    return tuple(sorted({words[0] for loader in commands for words in (loader.words, *loader.aliases)}))


def modules_of(api: Api | None) -> tuple[str, ...]:
    """The top-level modules that an API table speaks of."""
    names = [name for callee in api.calls for name in callee.names] if api else []
    names += [gone.name for gone in api.gone] if api else []
    names += [module.name for module in api.modules] if api else []
    return tuple(sorted({name.partition(".")[0] for name in names}))


def wrapper_names_of(wrappers: Wrappers | None) -> tuple[str, ...]:
    """The names of the programs in a wrappers table."""
    rows = wrappers.wrappers if wrappers else ()
    return tuple(sorted({name for row in rows for name in row.names}))


def laid_over(own: Any, other: Any) -> Any:
    """One table over another: tuples of entries, or a record of such tuples."""
    if isinstance(own, tuple):
        return tuple(_entries_over(own, other))
    changes = {name: tuple(_entries_over(getattr(own, name), getattr(other, name))) for name in own._fields}
    return replace(own, **changes)


def _entries_over(own: Iterable[Record], other: Iterable[Record]) -> Iterable[Record]:
    """The other's entries first (first match wins in every look-up), then the own ones that they do not replace."""
    first = tuple(other)
    replaced = {identity(entry) for entry in first}
    return (*first, *(entry for entry in own if identity(entry) not in replaced))


def identity(entry: Record) -> object:
    """What makes an entry of a table the same as another: its id or name, else all of it."""
    return next(
        (value for name in ("id", "name", "repository") if (value := getattr(entry, name, None))), entry
    )

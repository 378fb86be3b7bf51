"""The bundled packs to `Knowledge` without parsing YAML: each table is kept marshalled and revived at its first use.

In an installed package the compiled file is part of the wheel. In a checkout it is made from `rules/` at the first
run and kept beside the bytecode, like bytecode; a changed file in `rules/` or here makes it again. What is damaged (a
checksum says so) counts as absent.
"""

from __future__ import annotations

import marshal
import os
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dfguard import bundle
from dfguard.core.errors import PackError
from dfguard.core.record import Record
from dfguard.knowledge.merging import modules_of, starters_of, wrapper_names_of
from dfguard.knowledge.model import TABLES, Knowledge

if TYPE_CHECKING:
    from collections.abc import Callable

_HERE = os.path.dirname(os.path.abspath(__file__))
_IN_WHEEL = os.path.join(_HERE, "packs.bin")
FOLDERS = ("platforms", "profiles", "tables")
_MARSHAL_VERSION = 4  # readable by every Python from 3.4 on
_MODULES = {
    "platforms": ("platforms",),
    "profiles": ("profiles",),
    "caches": ("caches",),
    "loaders": ("loaders",),
    "downloaders": ("loaders",),
    "base_images": ("images",),
    "packages": ("packages",),
    "gpu": ("packages",),
    "starters": (),
    "api_modules": (),
    "package_managers": ("package_managers",),
    "labels": ("labels",),
    "security": ("security",),
    "packaging": ("packaging",),
    "api": ("api",),
    "wrappers": ("wrappers",),
    "wrapper_names": (),
    "servers": ("servers",),
}
Plain = Any
"""None, booleans, numbers, strings and tuples of these stand for themselves; a list is `[class name, field, ...]` of a
record or an enum, or a tuple that holds such (the class name is then empty)."""


def _tuple(*items: Any) -> tuple[Any, ...]:
    return items


@cache
def bundled() -> Knowledge:
    """The knowledge of the packs that come with dfguard; raise PackError when a checkout's packs are broken."""
    tables = _compiled()
    return Knowledge(lambda name: revive(name, marshal.loads(tables[name])))  # noqa: S302  see _compiled


def rules_folder() -> str:
    """The folder of the bundled YAML files: inside the wheel, else at the root of the checkout."""
    inside = os.path.join(os.path.dirname(_HERE), "rules")
    return inside if os.path.isdir(inside) else os.path.join(_HERE, "..", "..", "..", "rules")


def _compiled() -> dict[str, bytes]:
    if os.path.exists(_IN_WHEEL):
        with open(_IN_WHEEL, "rb") as file:
            data = bundle.opened(file.read())
        if data is not None:
            tables: dict[str, bytes] = marshal.loads(data)  # noqa: S302  part of the package, like its bytecode
            return tables
    stamp = _stamp()
    kept = os.path.join(_HERE, "__pycache__", f"packs.{sys.implementation.cache_tag}.bin")
    try:
        with open(kept, "rb") as file:
            found_stamp, tables = marshal.loads(bundle.opened(file.read()) or b"")  # noqa: S302  written below, like bytecode
        if found_stamp == stamp:
            return tables
    except (OSError, ValueError, EOFError, TypeError):
        pass
    tables = compiled_tables(rules_folder())
    _keep(kept, bundle.sealed(marshal.dumps((stamp, tables), _MARSHAL_VERSION)))
    return tables


def _stamp() -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every file that decides the result: the packs and these modules."""
    folders = [os.path.join(rules_folder(), name) for name in FOLDERS]
    found = []
    for folder in (*folders, _HERE):
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith((".yaml", ".py")):
                    status = entry.stat()
                    found.append((entry.path, status.st_size, status.st_mtime_ns))
    return tuple(sorted(found))


def _keep(path: str, data: bytes) -> None:
    """Write whole or not at all; a folder that cannot be written to costs the next run its time, no more."""
    scratch = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(scratch, "wb") as file:
            file.write(data)
        os.replace(scratch, path)
    except OSError:
        pass


def compiled_tables(folder: str) -> dict[str, bytes]:
    """Table names to marshalled plain values, out of the YAML below `folder`; raise PackError for a broken pack."""
    from dfguard.knowledge.pack_files import read_tables

    tables = read_tables(folder)
    missing = [name for name in TABLES if name not in tables]
    if missing:
        raise PackError(f"{folder}:1: lacks {', '.join(missing)}, allowed: all of {', '.join(TABLES)}")
    tables["starters"] = starters_of(tables["loaders"])
    tables["api_modules"] = modules_of(tables["api"])
    tables["wrapper_names"] = wrapper_names_of(tables["wrappers"])
    return {name: marshal.dumps(plain(table), _MARSHAL_VERSION) for name, table in tables.items()}


def wheel_bytes(folder: str) -> bytes:
    """The content of `packs.bin`, for the build of the wheel."""
    return bundle.sealed(marshal.dumps(compiled_tables(folder), _MARSHAL_VERSION))


def plain(value: Any) -> Plain:
    """A record, enum member, tuple or scalar as a `Plain` value."""
    if isinstance(value, Record):
        return [type(value).__name__, *map(plain, value._values(value))]  # type: ignore[attr-defined]  # noqa: SLF001
    if isinstance(value, tuple):
        items = tuple(map(plain, value))
        return ["", *items] if any(type(item) is list for item in items) else items
    if value is None or isinstance(value, str | int | float):
        return value
    return [type(value).__name__, value.value]


def revive(table: str, value: Plain) -> Any:
    """What `plain` was given, for a value of that table."""
    classes: dict[str, Callable[..., Any]] = {}
    for module in ("sourced", *_MODULES[table]):
        classes.update(vars(import_module(f"dfguard.knowledge.{module}")))

    classes[""] = _tuple

    def walk(item: Plain) -> Any:
        if type(item) is list:
            return classes[item[0]](*[walk(i) if type(i) is list else i for i in item[1:]])
        return item

    return walk(value)

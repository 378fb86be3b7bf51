"""Pack files to the tables they describe: the one door to yaml, which the bundled packs do not need (see `packs`).

Mistakes in a pack are PackErrors with `path:line: what, what is allowed`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from dfguard.core import observed
from dfguard.core.errors import PackError
from dfguard.knowledge.merging import identity
from dfguard.knowledge.yaml_tree import is_too_deep

if TYPE_CHECKING:
    from typing import Any

    from dfguard.core.record import Record
    from dfguard.knowledge.reader import Node


_LARGEST = 4 << 20
LISTS = ("platforms", "profiles")


def record_types() -> dict[str, type[Record]]:
    """Table names to the record that one of their files describes."""
    from dfguard.knowledge.api import Api
    from dfguard.knowledge.caches import Caches
    from dfguard.knowledge.images import BaseImages
    from dfguard.knowledge.labels import Labels
    from dfguard.knowledge.loaders import Downloaders, Loaders
    from dfguard.knowledge.package_managers import PackageManagers
    from dfguard.knowledge.packages import Gpu, Packages
    from dfguard.knowledge.packaging import Packaging
    from dfguard.knowledge.platforms import Platform
    from dfguard.knowledge.profiles import Profile
    from dfguard.knowledge.security import Security
    from dfguard.knowledge.servers import Servers
    from dfguard.knowledge.wrappers import Wrappers

    return {
        "platforms": Platform,
        "profiles": Profile,
        "caches": Caches,
        "loaders": Loaders,
        "downloaders": Downloaders,
        "base_images": BaseImages,
        "packages": Packages,
        "gpu": Gpu,
        "package_managers": PackageManagers,
        "labels": Labels,
        "security": Security,
        "packaging": Packaging,
        "api": Api,
        "wrappers": Wrappers,
        "servers": Servers,
    }


def read_tables(folder: str) -> dict[str, Any]:
    """The tables below a folder (`platforms/*.yaml`, `profiles/*.yaml`, `tables/NAME.yaml`), those that are there.

    Raise PackError for an unreadable folder or file, an unknown file name or any mistake in one.
    """
    types = record_types()
    tables: dict[str, Any] = {}
    for kind in LISTS:
        files = _files(os.path.join(folder, kind))
        if files:
            tables[kind] = tuple(read_file(path, types[kind]) for path in files)
            _refuse_repeats(tables[kind], files)
    for path in _files(os.path.join(folder, "tables")):
        name = os.path.basename(path).removesuffix(".yaml")
        if name not in types or name in LISTS:
            allowed = ", ".join(sorted(types.keys() - set(LISTS)))
            raise PackError(f"{path}:1: unknown table {name!r}, allowed: {allowed}")
        tables[name] = read_file(path, types[name])
    if not tables:
        raise PackError(f"{folder}:1: no packs here, allowed: *.yaml files in {', '.join(LISTS)} or tables")
    return tables


def read_file(path: str, record: type[Record]) -> Any:
    """The record that one YAML file describes; raise PackError for any mistake, with its line."""
    from dfguard.knowledge.reader import Reader, fields_text

    node = _composed(path)
    if node is None:
        raise PackError(f"{path}:1: the file is empty, allowed: {fields_text(record)}")
    return Reader(path).value(node, record, "the file")


def refuse_broken_yaml(path: str, text: str) -> None:
    """Raise PackError when a text is not a YAML document. It is not made into values: with merge keys (`<<`) a short text
    stands for more of them than fit into memory.
    """
    import yaml

    if is_too_deep(text):
        raise PackError(f"{path}:1: not YAML: nested too deeply, allowed: YAML 1.1")
    try:
        yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PackError(_syntax_message(path, error)) from None


def _composed(path: str) -> Node | None:
    import yaml

    try:
        text = observed.read(path, _LARGEST).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}:1: cannot be read ({type(error).__name__}), allowed: UTF-8 text") from None
    if len(text) > _LARGEST:
        raise PackError(f"{path}:1: larger than {_LARGEST >> 20} MiB, allowed: smaller files")
    if is_too_deep(text):
        raise PackError(f"{path}:1: not YAML: nested too deeply, allowed: YAML 1.1")
    try:
        node: Node | None = cast("Any", yaml.compose)(
            text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except (yaml.YAMLError, RecursionError) as error:
        raise PackError(_syntax_message(path, error)) from None
    return node


def _files(folder: str) -> list[str]:
    try:
        names = observed.names(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PackError(f"{folder}:1: cannot be read ({type(error).__name__}), allowed: a folder") from None
    return [os.path.join(folder, name) for name in names if name.endswith((".yaml", ".yml"))]


def _syntax_message(path: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    what = getattr(error, "problem", None) or "nested too deeply"
    return f"{path}:{line}: not YAML: {what}, allowed: YAML 1.1"


def _refuse_repeats(entries: tuple[Record, ...], files: list[str]) -> None:
    seen: dict[object, str] = {}
    for entry, path in zip(entries, files, strict=True):
        name = identity(entry)
        if name in seen:
            raise PackError(f"{path}:1: {name!r} stands in {seen[name]} already, allowed: one file each")
        seen[name] = path

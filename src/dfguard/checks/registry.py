"""Finds the rules: every module in the family folders, and those of installed packages that offer `dfguard.checks`."""

from __future__ import annotations

import importlib
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

from dfguard import bundle
from dfguard.checks.rule import registered
from dfguard.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.rule import Rule

ENTRY_POINT_GROUP = "dfguard.checks"


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, ours and those of installed packages, sorted by id.

    Raises ConfigError when an installed package's checks cannot be imported.
    """
    load = bundle.current.load if bundle.current is not None else importlib.import_module
    for module in _own_modules():
        load(module)
    for module in _offered_modules():
        try:
            importlib.import_module(module)
        except Exception as error:
            raise ConfigError(f"the installed checks {module} cannot be imported: {error}") from error
    return registered()


def _own_modules() -> Iterator[str]:
    if bundle.current is not None:
        names = bundle.current.modules_below(__package__)
        yield from (n for n in names if n.count(".") == 3 and not n.rpartition(".")[2].startswith("_"))
        return
    root = os.path.dirname(__file__)
    for family in sorted(os.listdir(root)):
        folder = os.path.join(root, family)
        if family.startswith(("_", ".")) or not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py") and not name.startswith("_"):
                yield f"{__package__}.{family}.{name[:-3]}"


def _offered_modules() -> tuple[str, ...]:
    """Values of the entry point group, read straight from the metadata: importlib.metadata costs 15 ms to import.

    They are remembered until something is installed or removed (a folder of sys.path changes). A folder that is named
    relative to the working directory offers nothing: what is to be checked lies there.
    """
    folders = [
        folder for folder in dict.fromkeys(sys.path) if os.path.isabs(folder) and os.path.isdir(folder)
    ]
    stamp = tuple((folder, os.stat(folder).st_mtime_ns) for folder in folders if folder.endswith("-packages"))
    return bundle.remembered("offers", stamp, lambda: tuple(_offered_in(folders)))


def _offered_in(folders: list[str]) -> Iterator[str]:
    for folder in folders:
        try:
            names = [n for n in os.listdir(folder) if n.endswith(".dist-info")]
        except OSError:
            continue
        for name in sorted(names):
            yield from _group_values(os.path.join(folder, name, "entry_points.txt"))


def _group_values(path: str) -> Iterator[str]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return
    if f"[{ENTRY_POINT_GROUP}]" not in text:
        return
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.strip() == f"[{ENTRY_POINT_GROUP}]"
        elif inside and "=" in line:
            yield line.split("=", 1)[1].strip().split(":")[0].split("[")[0].strip()


def find(selector: str) -> tuple[Rule, ...]:
    """The rules a selector means: an id, a name, an alias (case does not matter), a family prefix such as `DFG2`, a code
    of ShellCheck (`SC2086`: the rule that speaks for it), or `ALL`.
    """
    wanted = selector.strip().lower()
    if wanted == "all":
        return all_rules()
    exact = _named().get(wanted)
    if exact:
        return exact
    if is_code(wanted):
        return _named().get("dfg7sc", ())
    prefix = wanted.rstrip("x")
    if (prefix.startswith("dfg") and prefix[3:].isdigit()) or wanted == "dfg":
        return tuple(r for r in all_rules() if r.id.lower().startswith(prefix))
    return ()


def is_code(selector: str) -> bool:
    """Whether a selector is the code of another tool for which one rule speaks (`SC2086`), or the family of them (`SC`)."""
    wanted = selector.strip().lower()
    return wanted == "sc" or (wanted.startswith("sc") and wanted[2:].isdigit())


@cache
def _named() -> dict[str, tuple[Rule, ...]]:
    """Every id, name and alias in lower case to the rules it means, sorted by id."""
    found: dict[str, tuple[Rule, ...]] = {}
    for rule in all_rules():
        for name in dict.fromkeys((rule.id.lower(), rule.name, *(a.lower() for a in rule.aliases))):
            found[name] = (*found.get(name, ()), rule)
    return found

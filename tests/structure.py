"""The package as its text says: which module imports which, at run time or for its annotations only."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import dfguard
from dfguard.interp.shell.registry import families
from dfguard.knowledge import packs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(dfguard.__file__).parent
NAME = dfguard.__name__


def _dotted(file: Path) -> str:
    parts = (NAME, *file.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES: Mapping[str, ast.Module] = {
    _dotted(file): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(ROOT.rglob("*.py"))
}
"""Dotted name to tree of every module, packages among them."""


BY_NAME: Mapping[str, Iterable[str]] = {
    f"{NAME}.knowledge.packs": {
        f"{NAME}.knowledge.{name}" for names in packs._MODULES.values() for name in names
    },
    f"{NAME}.interp.shell.commands": {f"{NAME}.interp.shell.commands.{name}" for name in families()},
    f"{NAME}.checks.registry": {
        name for name in MODULES if name.startswith(f"{NAME}.checks.") and name.count(".") > 2
    },
}
"""What modules import by a name that stands in a table of theirs, or in a folder."""


def imports(tree: ast.Module, modules: Iterable[str], *, annotations: bool) -> Iterator[str]:
    """Those of the modules that the code imports, at its top or inside functions; with `annotations` also those below
    `if TYPE_CHECKING:`.
    """
    known = frozenset(modules)
    for node in _running(tree, annotations=annotations):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in known)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                for alias in names:
                    inner = f"{module}.{alias.name}"
                    found = inner if inner in known else module
                    yield from (found,) if found in known else ()


def _running(node: ast.AST, *, annotations: bool) -> Iterator[ast.AST]:
    """All nodes below this one but what stands in `if TYPE_CHECKING:`, unless that is asked for."""
    for child in ast.iter_child_nodes(node):
        if (
            isinstance(child, ast.If)
            and isinstance(child.test, ast.Name)
            and child.test.id == "TYPE_CHECKING"
        ):
            for kept in (*(child.body if annotations else ()), *child.orelse):
                yield kept
                yield from _running(kept, annotations=annotations)
            continue
        yield child
        yield from _running(child, annotations=annotations)


def graph(modules: Mapping[str, ast.Module], *, annotations: bool) -> dict[str, set[str]]:
    """Each module and those it imports, by name as well; a package's `__init__` counts as the module that it is."""
    return {
        name: {*imports(tree, modules, annotations=annotations), *BY_NAME.get(name, ())} - {name}
        for name, tree in modules.items()
    }


def loads_by_name(tree: ast.Module) -> bool:
    """Whether the code calls `import_module`."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any("import_module" in (getattr(f, "id", ""), getattr(f, "attr", "")) for f in calls)


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of two and more modules in which each leads to every other."""
    above: dict[str, set[str]] = {name: set() for name in arrows}
    for name, targets in arrows.items():
        for target in targets:
            above[target].add(name)
    order: list[str] = []
    seen: set[str] = set()
    for name in arrows:
        order += _finished(name, arrows, seen)
    seen.clear()
    groups = (sorted(_finished(name, above, seen)) for name in reversed(order))
    return [group for group in groups if len(group) > 1]


def _finished(start: str, arrows: Mapping[str, set[str]], seen: set[str]) -> list[str]:
    """The modules not seen yet that `start` leads to, itself among them, each behind all that it leads to."""
    if start in seen:
        return []
    seen.add(start)
    found: list[str] = []
    stack = [(start, iter(sorted(arrows[start])))]
    while stack:
        name, rest = stack[-1]
        target = next((target for target in rest if target not in seen), None)
        if target is None:
            found.append(name)
            stack.pop()
        else:
            seen.add(target)
            stack.append((target, iter(sorted(arrows[target]))))
    return found

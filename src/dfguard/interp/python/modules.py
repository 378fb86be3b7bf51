"""A Python file of the image to itself and the files that it imports from the image, each read once."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.syntax.python.program import Form, Result, Snippet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Text
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.syntax.python.program import Expression, Import, Program

MOST_MODULES = 60
_DEEPEST_NAMES = 5


class Module(Record):
    """One file. `path` is where it lies in the image, None for code that is no file; `name` its dotted name (empty for
    the program itself); `links` map the dotted names it imports, as written, to the paths of local files.
    """

    program: Program
    path: str | None
    name: str = ""
    links: tuple[tuple[str, str], ...] = ()


class Modules:
    """A program and its local modules, by path."""

    def __init__(self, main: Module, others: dict[str, Module]) -> None:
        """`others` are all modules but the main one."""
        self.main = main
        self.others = others

    def at(self, path: str) -> Module | None:
        """The module at a path of the image."""
        return self.main if path == self.main.path else self.others.get(path)

    def all(self) -> Iterator[Module]:
        """The main program first, then the others in the order they were found."""
        yield self.main
        yield from self.others.values()

    def target(self, module: Module, name: str, depth: int = _DEEPEST_NAMES) -> tuple[Module, str] | None:
        """The local module and what in it a dotted name of `module` means (`utils.Model().run` -> `Model().run`);
        names that a module only passes on are followed.
        """
        if not depth:
            return None
        links = dict(module.links)
        head, rest = name, ""
        while head:
            if head in links:
                found = self.at(links[head])
                return self._passed_on(found, rest, depth) if found else None
            head, dot, last = head.rpartition(".")
            if not dot:
                return None
            rest = f"{last}.{rest}" if rest else last
        return None

    def instance(self, module: Module, name: str) -> tuple[Module, str]:
        """The method of a class that a method of what a function or variable of the module gives is (`get().run`)."""
        head, dot, rest = name.partition(".")
        found = dict(module.program.results).get(head.removesuffix("()")) if dot else None
        if found is None:
            return module, name
        meant = f"{found}.{rest}"
        return self.target(module, meant) or (module, meant)

    def constant(self, module: Module, name: str) -> tuple[Module, Expression] | None:
        """What a dotted name of `module` holds that another local module defines, and that module."""
        found = self.target(module, name) or self._star(module, name)
        if found is None:
            return None
        target, inner = found
        held = dict(target.program.constants)
        plain = inner.replace("()", "")
        if plain in held:
            return target, held[plain]
        head, _, rest = plain.partition(".")
        made = held.get(head)
        if rest and isinstance(made, Result):
            value = held.get(f"{made.name.removesuffix('()')}.{rest}")
            return (target, value) if value is not None else None
        return None

    def _star(self, module: Module, name: str) -> tuple[Module, str] | None:
        links = dict(module.links)
        for imported in module.program.imports:
            if imported.name == "*" and imported.module in links:
                target = self.at(links[imported.module])
                if target is not None and name.partition(".")[0] in dict(target.program.constants):
                    return target, name
        return None

    def _passed_on(self, module: Module, name: str, depth: int) -> tuple[Module, str]:
        first, dot, rest = name.partition(".")
        bare = first.removesuffix("()")
        if first and not any(f == bare or f.startswith(f"{bare}.") for f in module.program.functions):
            for imported in module.program.imports:
                if imported.name is not None and imported.alias == bare:
                    dotted = member_name(imported) + first[len(bare) :] + dot + rest
                    return self.target(module, dotted, depth - 1) or (module, name)
        return module, name


def member_name(imported: Import) -> str:
    """The dotted name that an import binds: `utils.load` of `from utils import load`."""
    if imported.name is None:
        return imported.module
    return (
        imported.module + imported.name
        if imported.module.endswith(".")
        else f"{imported.module}.{imported.name}"
    )


def read_file(content: Text) -> Program:
    """The program of a file's content."""
    return read_snippet(Snippet(content, Form.FILE, None, content.place()))


@lru_cache(maxsize=128)
def read_snippet(snippet: Snippet) -> Program:
    """The program of a snippet; the same one is read once. Of a flattened one it is what was meant, with the fault."""
    from dfguard.syntax.python.reader import read

    program = read(snippet)
    if program.fault is None or not program.fault.is_flattened:
        return program
    from dfguard.syntax.repair.unflatten import unflatten

    rewrite = unflatten(snippet.code)
    return (
        replace(read(replace(snippet, code=rewrite.code, holes=())), fault=program.fault)
        if rewrite
        else program
    )


def gather(main: Module, search: tuple[str, ...], files: FileSystem) -> Modules:
    """The program with the modules it imports, directly or not, from the folders of `search` (as in sys.path)."""
    others: dict[str, Module] = {}
    linked = _linked(main, search, files)
    main = Module(main.program, main.path, main.name, linked)
    waiting = [(main, linked)]
    while waiting:
        module, links = waiting.pop(0)
        for dotted, path in links:
            if path == main.path or path in others or len(others) >= MOST_MODULES:
                continue
            found = _read(path, files)
            if found is None:
                continue
            name = _absolute_name(module, dotted)
            bare = Module(found, path, name)
            others[path] = Module(found, path, name, _linked(bare, search, files))
            waiting.append((others[path], others[path].links))
    return Modules(main, others)


def _read(path: str, files: FileSystem) -> Program | None:
    entry = files.resolve(path)
    return read_file(entry.content) if entry.content is not None else None


def _absolute_name(module: Module, dotted: str) -> str:
    level = len(dotted) - len(dotted.lstrip("."))
    if not level:
        return dotted
    is_package = bool(module.path) and paths.name(module.path or "") == "__init__.py"
    parts = module.name.split(".") if module.name else []
    drop = level - 1 if is_package else level
    return ".".join((*parts[: max(len(parts) - drop, 0)], dotted.lstrip("."))).strip(".")


def _linked(module: Module, search: tuple[str, ...], files: FileSystem) -> tuple[tuple[str, str], ...]:
    """Every dotted name that the module's imports may mean, with the local file it is found in."""
    found: dict[str, str] = {}
    for imported in module.program.imports:
        if imported.is_typing or imported.module.partition(".")[0] in sys.stdlib_module_names:
            continue
        for dotted in dict.fromkeys((*_prefixes(imported.module), member_name(imported))):
            if dotted and dotted not in found and (path := find_module(module.path, dotted, search, files)):
                found[dotted] = path
    return tuple(found.items())


def _prefixes(dotted: str) -> Iterator[str]:
    """`a`, `a.b`, `a.b.c` of `a.b.c`; a relative name as a whole."""
    if dotted.startswith("."):
        yield dotted
        return
    parts = dotted.split(".")
    for count in range(1, len(parts) + 1):
        yield ".".join(parts[:count])


def find_module(importer: str | None, dotted: str, search: tuple[str, ...], files: FileSystem) -> str | None:
    """The file of the image that an import of `dotted` reads; None when no local file is known. `importer` is the path
    of the importing file, for names that begin with dots.
    """
    level = len(dotted) - len(dotted.lstrip("."))
    relative = dotted.lstrip(".").replace(".", "/")
    folders = search
    if level:
        if importer is None:
            return None
        folder = paths.parent(importer)
        for _ in range(level - 1):
            folder = paths.parent(folder)
        folders = (folder,)
    for folder in folders:
        for name in (f"{relative}.py", f"{relative}/__init__.py") if relative else ("__init__.py",):
            path = paths.clean(name, folder)
            entry = files.resolve(path)
            if (
                entry.kind is EntryKind.FILE
                and entry.presence is Presence.PRESENT
                and entry.content is not None
            ):
                return path
    return None

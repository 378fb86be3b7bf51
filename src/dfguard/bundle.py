"""The package's modules as one file of byte code: a start opens one file instead of several hundred.

A check of one Dockerfile uses most of the package. Python looks each module up and opens it on its own, which takes
four times as long as running them where opening a file is slow (containers, network disks, virus scanners). The
bundle lies in `__pycache__` beside the byte code, is made by the first run, and counts only as long as
every file it was made of is unchanged. Where it cannot be written or read, imports work as they always do.
"""

from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    Marks = tuple[tuple[str, int], ...]
    Stamp = tuple[tuple[str, int, int], ...]
    Table = dict[str, tuple[bool, str, bytes]]

PACKAGE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(PACKAGE, "__pycache__", f"bundle.{sys.implementation.cache_tag}.bin")
_SHOWN = frozenset({"checks", "cli"})
_NAME = __name__.partition(".")[0]
_PACKS = ("platforms", "profiles", "tables")
_Spec: type[ModuleSpec] = type(__spec__)


class Bundle:
    """Finder and loader of the modules in a table: name to (is a package, file, marshalled code)."""

    def __init__(self, table: Table) -> None:
        """Keep the table; no code is read yet."""
        self._table = table

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """The spec of a module of the table, None for others (importlib.abc.MetaPathFinder)."""
        entry = self._table.get(name)
        if entry is None:
            return None
        is_package, file, _ = entry
        spec = _Spec(name, self, origin=file, is_package=is_package)  # type: ignore[arg-type]
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(file)]
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own kind of module (importlib.abc.Loader)."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102  it is the package's own byte code

    def get_code(self, name: str) -> CodeType:
        """The module's code."""
        code: CodeType = marshal.loads(self._table[name][2])  # noqa: S302  read from beside the byte code
        return code

    def modules_below(self, package: str) -> tuple[str, ...]:
        """The dotted names of the modules below a package, sorted; packages themselves left out."""
        prefix = f"{package}."
        return tuple(
            sorted(
                n for n, (is_package, _, _) in self._table.items() if n.startswith(prefix) and not is_package
            )
        )


current: Bundle | None = None
"""The bundle in use, None when modules are imported one by one."""


def install() -> bool:
    """Use the bundle for all further imports of the package; False when there is none that is up to date."""
    global current  # noqa: PLW0603  there is one import system
    try:
        with open(PATH, "rb") as file:
            stamp, table = marshal.load(file)  # noqa: S302  written below, beside the byte code
    except (OSError, ValueError, EOFError, TypeError):
        return False
    if stamp != _stamp():
        return False
    current = Bundle(table)
    sys.meta_path.insert(0, current)
    return True


def keep() -> None:
    """Compile every module and write the bundle anew; does nothing where that is not possible."""
    if sys.dont_write_bytecode:
        return
    stamp = _stamp()
    try:
        table = dict(_modules())
    except OSError:
        return
    _write(PATH, marshal.dumps((stamp, table)))


def remembered(name: str, stamp: Marks, make: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """What `make` gave when the stamp was the same, else what it gives now (kept for the next run, where possible).

    `stamp` and the texts must be plain enough for `marshal`.
    """
    path = os.path.join(PACKAGE, "__pycache__", f"{name}.{sys.implementation.cache_tag}.bin")
    try:
        with open(path, "rb") as file:
            kept_stamp, kept = marshal.load(file)  # noqa: S302  written below, beside the byte code
        if kept_stamp == stamp:
            return tuple(kept)
    except (OSError, ValueError, EOFError, TypeError):
        pass
    made = make()
    if not sys.dont_write_bytecode:
        _write(path, marshal.dumps((stamp, made)))
    return made


def _write(path: str, data: bytes) -> None:
    """Write whole or not at all; a folder that cannot be written to costs the next run its time, no more."""
    scratch = f"{path}.{os.getpid()}"
    try:
        with open(scratch, "wb") as file:
            file.write(data)
        os.replace(scratch, path)
    except OSError:
        return


def state() -> tuple[Stamp, Stamp]:
    """What decides the results of a check besides the files it looks at: our modules and packs, and what is installed."""
    installed = [folder for folder in sys.path if folder.endswith("-packages") and os.path.isdir(folder)]
    packs = [os.path.join(PACKAGE, "..", "..", "rules", name) for name in _PACKS] if not _record() else []
    marks = [mark for folder in packs if os.path.isdir(folder) for mark in _marks(folder, ".yaml")]
    for folder in installed:
        status = os.stat(folder)
        marks.append((folder, status.st_ino, status.st_mtime_ns))
    return _stamp(), tuple(sorted(marks))


def _stamp() -> Stamp:
    """What tells whether the modules changed: the installer's record, in a checkout each file's size and time."""
    record = _record()
    if record is not None:
        status = os.stat(record)
        return ((record, status.st_size, status.st_mtime_ns),)
    return tuple(sorted(mark for folder in _folders(PACKAGE) for mark in _marks(folder, ".py")))


def _marks(folder: str, ending: str) -> list[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        found = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith(ending)]
    return [(path, status.st_size, status.st_mtime_ns) for path, status in found]


def _record() -> str | None:
    """The RECORD that an installer left beside the package, None in a checkout."""
    above = os.path.dirname(PACKAGE)
    try:
        names = [n for n in os.listdir(above) if n.startswith(f"{_NAME}-") and n.endswith(".dist-info")]
    except OSError:
        return None
    path = os.path.join(above, names[0], "RECORD") if len(names) == 1 else None
    return path if path and os.path.exists(path) else None


def _folders(folder: str) -> list[str]:
    found = [folder]
    with os.scandir(folder) as entries:
        inner = [e.path for e in entries if e.is_dir() and e.name not in ("__pycache__", "rules")]
    for path in sorted(inner):
        found += _folders(path)
    return found


def _modules() -> list[tuple[str, tuple[bool, str, bytes]]]:
    """Every module of the package."""
    found = []
    for folder in _folders(PACKAGE):
        inside = os.path.relpath(folder, PACKAGE).replace(os.sep, ".")
        base = _NAME if inside == "." else f"{_NAME}.{inside}"
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".py"):
                continue
            file = os.path.join(folder, name)
            code = _byte_code(folder, name)
            if code is None:
                continue
            is_package = name == "__init__.py"
            found.append((base if is_package else f"{base}.{name[:-3]}", (is_package, file, code)))
    return found


def _byte_code(folder: str, name: str) -> bytes | None:
    """The marshalled code of a module, None when it does not compile.

    Docstrings, a third of the code, are left out where nothing reads them: rules and commands show theirs.
    """
    file = os.path.join(folder, name)
    with open(file, "rb") as stream:
        source = stream.read()
    shows_docstrings = os.path.relpath(file, PACKAGE).split(os.sep)[0] in _SHOWN
    try:
        return marshal.dumps(
            compile(source, file, "exec", dont_inherit=True, optimize=0 if shows_docstrings else 2)
        )
    except SyntaxError:
        return None

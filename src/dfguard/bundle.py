"""The package's modules as one file of byte code: a start opens one file instead of several hundred.

A check of one Dockerfile uses most of the package. Python looks each module up and opens it on its own, which takes
four times as long as running them where opening a file is slow (containers, network disks, virus scanners). The
bundle lies in `__pycache__` beside the byte code, is made by the first run, and counts only as long as
every file it was made of is unchanged. Where it cannot be written or read, or a part of it is damaged, imports work as
they always do.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]  # where `re` has its patterns from
import marshal
import os
import sys
import zlib
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from io import FileIO
    from types import CodeType
    from typing import Any

    Parts = tuple[str, int, tuple[int, ...], int, tuple[tuple[str, int], ...], tuple[str | None, ...]]
    Marks = tuple[tuple[str, int], ...]
    Stamp = tuple[tuple[str, int, int], ...]
    Index = dict[str, tuple[bool, int, int, int, tuple[int, ...]]]

PACKAGE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(PACKAGE, "__pycache__", f"bundle.{sys.implementation.cache_tag}.bin")
NAME = __name__.partition(".")[0]
DISTRIBUTION = "dockerfile_guard"
"""What is installed, as the names of its metadata spell it: on the index, `dfguard` is something else."""
_PACKS = ("platforms", "profiles", "tables")
_Spec: type[ModuleSpec] = type(__spec__)


class Bundle:
    """Finder and loader of the modules in an index: name to (is a package, where its code starts, how long it is, its
    checksum, the numbers of the modules that it imports). `file` stands open; it is read module by module.
    """

    def __init__(self, index: Index, file: FileIO) -> None:
        """Keep both; no code is read yet."""
        self._index = index
        self._names = tuple(index)
        self._file = file
        self._start = file.tell()

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """The spec of a module of the index, None for others (importlib.abc.MetaPathFinder)."""
        return _Spec(name, self, origin=self._source(name)) if name in self._index else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module, loaded already (importlib.abc.Loader)."""
        return self.load(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""

    def load(self, name: str) -> ModuleType:
        """The module of that name, run when it was not: those that it imports first, so that its imports find them.

        This is a fifth of the work that Python's own import does for a module.
        """
        found = sys.modules.get(name)
        if found is not None:
            return found
        is_package, _, _, _, needed = self._index[name]
        above, _, own = name.rpartition(".")
        parent = self.load(above)
        code = self.get_code(name)
        if code is None:
            return self._imported(name)
        module = sys.modules[name] = ModuleType(name)
        module.__file__, module.__package__ = self._source(name), name if is_package else above
        if is_package:
            module.__path__ = [os.path.dirname(module.__file__)]
        try:
            for number in needed:
                self.load(self._names[number])
            exec(code, module.__dict__)  # noqa: S102  the package's own byte code
        except BaseException:
            del sys.modules[name]
            raise
        setattr(parent, own, module)
        return module

    def get_code(self, name: str) -> CodeType | None:
        """The module's code; None when its part of the file is damaged."""
        _, start, length, checksum, _ = self._index[name]
        try:
            data = self._part(self._start + start, length)
        except OSError:
            return None
        if zlib.crc32(data) != checksum:
            return None
        code: CodeType = marshal.loads(data)  # noqa: S302  read from beside the byte code
        return code

    def _imported(self, name: str) -> ModuleType:
        """The module as Python itself imports it, like all that come after it; the next run makes the bundle again."""
        from importlib import import_module

        if self in sys.meta_path:
            sys.meta_path.remove(self)
            drop()
        return import_module(name)

    def _part(self, start: int, length: int) -> bytes:
        """A part of the file. Forked workers share the position in it, so that one may move it while another reads."""
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), length, start)
        self._file.seek(start)
        return self._file.read(length)

    def _source(self, name: str) -> str:
        inside = name[len(NAME) + 1 :].replace(".", os.sep)
        path = os.path.join(PACKAGE, inside) if inside else PACKAGE
        return os.path.join(path, "__init__.py") if self._index[name][0] else f"{path}.py"

    def modules_below(self, package: str) -> tuple[str, ...]:
        """The dotted names of the modules below a package, sorted; packages themselves left out."""
        prefix = f"{package}."
        return tuple(sorted(n for n, entry in self._index.items() if n.startswith(prefix) and not entry[0]))


current: Bundle | None = None
"""The bundle in use, None when modules are imported one by one."""


def install() -> bool:
    """Use the bundle for all further imports of the package; False when there is none that is up to date."""
    global current  # noqa: PLW0603  there is one import system
    try:
        file = open(PATH, "rb", buffering=0)  # noqa: SIM115  stays open as long as modules may be loaded
        head = opened(file.read(int.from_bytes(file.read(4), "big")))
        kept_stamp, index = marshal.loads(head or b"")  # noqa: S302  written by bundling, beside the byte code
    except (OSError, ValueError, EOFError, TypeError, OverflowError, MemoryError):
        return False
    if kept_stamp != stamp():
        file.close()
        return False
    current = Bundle(index, file)
    sys.meta_path.insert(0, current)
    return True


def drop() -> None:
    """Take the file away, so that the next run makes it again."""
    try:
        os.unlink(PATH)
    except OSError:
        return


def sealed(data: bytes) -> bytes:
    """The data with a checksum in front."""
    return zlib.crc32(data).to_bytes(4, "big") + data


def opened(data: bytes) -> bytes | None:
    """What was sealed; None when it is damaged."""
    return data[4:] if len(data) >= 4 and zlib.crc32(data[4:]) == int.from_bytes(data[:4], "big") else None


_patterns: dict[int, tuple[Parts, re.Pattern[Any]]] = {}


def pattern(parts: Parts) -> re.Pattern[Any]:
    """The pattern that was compiled when the bundle was made. `parts` is a constant, one and the same at each call."""
    found = _patterns.get(id(parts))
    if found is None:
        text, flags, code, groups, names, indexes = parts
        made = _sre.compile(text, flags, list(code), groups, dict(names), indexes)
        found = _patterns[id(parts)] = parts, made
    return found[1]


def remembered(name: str, stamp: Marks, make: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """What `make` gave when the stamp was the same, else what it gives now (kept for the next run, where possible).

    `stamp` and the texts must be plain enough for `marshal`.
    """
    path = os.path.join(PACKAGE, "__pycache__", f"{name}.{sys.implementation.cache_tag}.bin")
    try:
        with open(path, "rb") as file:
            kept_stamp, kept = marshal.loads(opened(file.read()) or b"")  # noqa: S302  written below, beside the byte code
        if kept_stamp == stamp:
            return tuple(kept)
    except (OSError, ValueError, EOFError, TypeError):
        pass
    made = make()
    if not sys.dont_write_bytecode:
        write(path, sealed(marshal.dumps((stamp, made))))
    return made


def write(path: str, data: bytes) -> None:
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
    return stamp(), tuple(sorted(marks))


def stamp() -> Stamp:
    """What tells whether the modules changed: the installer's record, in a checkout each file's size and time."""
    record = _record()
    if record is not None:
        status = os.stat(record)
        return ((record, status.st_size, status.st_mtime_ns),)
    return tuple(sorted(mark for folder in folders(PACKAGE) for mark in _marks(folder, ".py")))


def _marks(folder: str, ending: str) -> list[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        found = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith(ending)]
    return [(path, status.st_size, status.st_mtime_ns) for path, status in found]


def _record() -> str | None:
    """The RECORD that an installer left beside the package, None in a checkout."""
    names = [n for n in _metadata() if n.startswith(f"{DISTRIBUTION}-")]
    path = os.path.join(os.path.dirname(PACKAGE), names[0], "RECORD") if len(names) == 1 else None
    return path if path and os.path.exists(path) else None


_found: list[str] | None = None


def _metadata() -> list[str]:
    """The folders of metadata beside the package: of our distribution, and of another with the package's name."""
    global _found  # noqa: PLW0603  looked at once: the folder may hold hundreds of names
    if _found is None:
        prefixes, endings = (f"{DISTRIBUTION}-", f"{NAME}-"), (".dist-info", ".egg-info")
        try:
            names = os.listdir(os.path.dirname(PACKAGE))
        except OSError:
            names = []
        _found = sorted(n for n in names if n.startswith(prefixes) and n.endswith(endings))
    return _found


def disturbed() -> str | None:
    """A sentence when another distribution shares the package's folder, or its removal took files along; else None."""
    again = f"pip install --force-reinstall {DISTRIBUTION.replace('_', '-')}"
    if any(n.startswith(f"{NAME}-") for n in _metadata()):
        return (
            f"another distribution, named {NAME}, is installed in this environment and writes into the same package;"
            f" separate them: pip uninstall {NAME}, then {again}"
        )
    if not os.path.exists(os.path.join(PACKAGE, "__init__.py")):
        return f"files of the package {NAME} are missing, as after the removal of another one of that name: {again}"
    return None


def folders(folder: str) -> list[str]:
    """The folder and those below it that hold modules."""
    found = [folder]
    with os.scandir(folder) as entries:
        inner = [e.path for e in entries if e.is_dir() and e.name not in ("__pycache__", "rules")]
    for path in sorted(inner):
        found += folders(path)
    return found

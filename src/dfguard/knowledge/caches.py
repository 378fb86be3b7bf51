"""The data types of the cache table: which directory a library keeps its downloads in, as ordered rules."""

from __future__ import annotations

from enum import Enum

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class FromArgument(Record):
    """The call's argument of that role (`cache`, see `loaders.PythonLoader.arguments`), when it is given and not None."""

    argument: str


class FromVariable(Record):
    """`variable` when it is set, with `suffix` (`/hub`) behind it."""

    variable: str
    suffix: str = ""


class FromPath(Record):
    """A fixed path; may begin with `$HOME`, `$TMPDIR` (the temporary directory), `$WORKDIR` (current directory),
    `$PREFIX` (sys.prefix) or `$PACKAGES` (site-packages).
    """

    path: str


class FromLibrary(Record):
    """Wherever that other library of the table keeps its own (its arguments aside), with `suffix` behind it."""

    library: str
    suffix: str = ""


Rule = FromArgument | FromVariable | FromPath | FromLibrary


class Layout(Enum):
    """How content lies below the directory: HUB `models--ORG--NAME/snapshots/...`; HUB_FLAT one hashed file per url
    (transformers before 4.22); CHECKPOINTS `checkpoints/<file>`; PACKAGE a Python package; FILES anything else.
    """

    HUB = "hub"
    HUB_FLAT = "hub_flat"
    CHECKPOINTS = "checkpoints"
    PACKAGE = "package"
    FILES = "files"


class Expansion(Enum):
    """What the library does with a value: USER expands a leading `~`, VARIABLES also `$NAME`."""

    NONE = "none"
    USER = "user"
    VARIABLES = "variables"


class ReadAt(Enum):
    """When variables are read: frozen at the library's IMPORT, or at each CALL."""

    IMPORT = "import"
    CALL = "call"


class Directory(Record):
    """The directory for one range of versions (empty: all). The first rule that gives a value wins. `others` are
    further places a reader searches, in order, when it is not found there.
    """

    rules: tuple[Rule, ...]
    versions: str = ""
    layout: Layout = Layout.FILES
    expansion: Expansion = Expansion.NONE
    others: tuple[Rule, ...] = ()


class CacheLibrary(Sourced):
    """One library. `distribution` provides it; importing any of `frozen_by` reads its variables when `read_at` is IMPORT.

    `offline` are the switches (first truthy wins, compared upper case with `truthy`); `ignored` are variables that
    people set for it and it never reads; `writes` are places it writes at run time: name, rules.
    """

    id: str
    distribution: str
    directories: tuple[Directory, ...]
    read_at: ReadAt = ReadAt.CALL
    modules: tuple[str, ...] = ()
    frozen_by: tuple[str, ...] = ()
    offline: tuple[str, ...] = ()
    truthy: tuple[str, ...] = ("1", "ON", "YES", "TRUE")
    ignored: tuple[str, ...] = ()
    writes: tuple[tuple[str, tuple[Rule, ...]], ...] = ()
    is_compile_cache: bool = False
    notes: tuple[str, ...] = ()


class Misspelt(Sourced):
    """A variable name that no library reads; `instead` is the one that was meant, None when there is none."""

    name: str
    instead: str | None = None


class Caches(Record):
    """rules/tables/caches.yaml."""

    libraries: tuple[CacheLibrary, ...] = ()
    misspelt: tuple[Misspelt, ...] = ()


class VariableUse(Record):
    """One library that reads a variable: `role` is `cache` or `offline`; `versions` the range in which it does."""

    library: str
    role: str
    versions: str


def variable_uses(libraries: tuple[CacheLibrary, ...]) -> dict[str, tuple[VariableUse, ...]]:
    """The variables that libraries read as cache directory or offline switch, with who reads them."""
    uses: dict[str, list[VariableUse]] = {}
    for library in libraries:
        for directory in library.directories:
            for rule in (*directory.rules, *directory.others):
                if isinstance(rule, FromVariable):
                    use = VariableUse(library.id, "cache", directory.versions)
                    uses.setdefault(rule.variable, []).append(use)
        for variable in library.offline:
            uses.setdefault(variable, []).append(VariableUse(library.id, "offline", ""))
    return {name: tuple(dict.fromkeys(found)) for name, found in uses.items()}

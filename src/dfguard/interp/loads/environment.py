"""What a program sees (`Sight`: files, variables, user, packages) to the surroundings in which libraries look for files, and a
library with its versions to the directory it keeps downloads in, with what decided it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.paths import clean
from dfguard.interp.python.versions import Versions
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import Binding, Known, OneOf, Unknown, concat, join, known, texts_of
from dfguard.knowledge.caches import Expansion, FromArgument, FromLibrary, FromPath, FromVariable
from dfguard.knowledge.versions import overlap

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, Package
    from dfguard.interp.values import Value
    from dfguard.knowledge.caches import CacheLibrary, Directory, Rule
    from dfguard.knowledge.images import BaseImage
    from dfguard.knowledge.model import Knowledge

    Lookup = Callable[[str], Value | None]


_DEEPEST = 6
_NO_PREFIX = Unknown("the interpreter's prefix is not known")
_NO_PACKAGES = Unknown("the folder of installed packages is not known")


class Surroundings(Record):
    """What a library sees where it runs.

    `lookup` gives a variable for a library (its id; libraries that froze their variables at import see older ones):
    None when it is not set, Unknown when that cannot be told. `home` is HOME, `workdir` the current directory,
    `ranges` gives the versions of a distribution. `may_inherit`: the base image may set variables we do not know.
    """

    knowledge: Knowledge
    lookup: Callable[[str, str], Value | None]
    home: Value
    workdir: Value
    ranges: Callable[[str], str]
    may_inherit: str = ""
    prefix: Value = _NO_PREFIX
    packages: Value = _NO_PACKAGES


def directory(library: CacheLibrary, around: Surroundings, argument: Value | None = None) -> Value:
    """Where the library looks and downloads: an absolute path, several when its version decides and is not known.

    `argument` is the value of the call's cache argument, None when it is missing or None.
    """
    return _directory(library, around, argument, _DEEPEST)


def directory_of(name: str, around: Surroundings, argument: Value | None = None) -> Value:
    """`directory` for a library of the table by its id; Unknown for an id that is not in it."""
    library = around.knowledge.cache_library(name)
    return directory(library, around, argument) if library else Unknown(f"no cache facts for {name}")


def rows_of(library: CacheLibrary, around: Surroundings) -> tuple[Directory, ...]:
    """The rows of the table for the versions that may be installed."""
    installed = around.ranges(library.distribution)
    return tuple(row for row in library.directories if overlap(row.versions, installed) is not False)


def has_hub_layout(library: CacheLibrary) -> bool:
    """Whether content lies below the directory as `models--ORG--NAME`."""
    return any(row.layout.value == "hub" for row in library.directories)


def _directory(library: CacheLibrary, around: Surroundings, argument: Value | None, depth: int) -> Value:
    found: Value | None = None
    for row in rows_of(library, around) if depth else ():
        value = _of_row(library, row, around, argument, depth)
        found = value if found is None else join(found, value)
    return found if found is not None else Unknown(f"no facts for the version of {library.distribution}")


def _of_row(
    library: CacheLibrary, row: Directory, around: Surroundings, argument: Value | None, depth: int
) -> Value:
    for rule in row.rules:
        value = _of_rule(rule, library, around, argument, depth)
        if value is not None:
            return _absolute(_expanded(value, row.expansion, library, around), around)
    return Unknown(f"nothing says where {library.id} keeps its files")


def _of_rule(
    rule: Rule, library: CacheLibrary, around: Surroundings, argument: Value | None, depth: int
) -> Value | None:
    match rule:
        case FromArgument():
            return argument
        case FromVariable(variable, suffix):
            value = around.lookup(library.id, variable)
            return None if value is None else _joined(_named(value, variable), suffix)
        case FromLibrary(name, suffix):
            other = around.knowledge.cache_library(name)
            return _joined(_directory(other, around, None, depth - 1), suffix) if other else None
        case FromPath(path):
            return _of_path(path, library, around)
    assert_never(rule)


def _named(value: Value, variable: str) -> Value:
    if known(value) == "":
        return Unknown(f"{variable} is set but empty", value.because)
    return value


def _joined(value: Value, suffix: str) -> Value:
    return concat((value, Known(suffix))) if suffix else value


def _of_path(path: str, library: CacheLibrary, around: Surroundings) -> Value:
    if around.may_inherit:
        variables = [
            rule.variable
            for row in library.directories
            for rule in row.rules
            if isinstance(rule, FromVariable)
        ]
        if variables or any(
            isinstance(rule, FromLibrary) for row in library.directories for rule in row.rules
        ):
            return Unknown(f"{around.may_inherit} may set {variables[0] if variables else 'cache variables'}")
    root, _, rest = path.partition("/")
    tail = Known(f"/{rest}" if rest else "")
    match root:
        case "$HOME":
            return concat((_home(around), tail))
        case "$TMPDIR":
            return concat((around.lookup(library.id, "TMPDIR") or Known("/tmp"), tail))  # noqa: S108  Python's default
        case "$WORKDIR":
            return concat((around.workdir, tail))
        case "$PREFIX":
            return concat((around.prefix, tail))
        case "$PACKAGES":
            return concat((around.packages, tail))
    return Known(path)


def _home(around: Surroundings) -> Value:
    home = around.home
    if home.because or not isinstance(home, Known):
        return home
    return Known(home.text, (Binding("HOME", home.text, None, "default of the user"),))


def _expanded(value: Value, expansion: Expansion, library: CacheLibrary, around: Surroundings) -> Value:
    """A leading `~` and `$NAME` as the library itself replaces them."""
    text = known(value)
    if text is None or expansion is Expansion.NONE:
        return value
    if expansion is Expansion.VARIABLES and "$" in text:
        return Unknown(f"{text} names variables that the library expands", value.because)
    if text == "~" or text.startswith("~/"):
        home = around.lookup(library.id, "HOME") or around.home
        return concat((Known("", value.because), home, Known(text[1:])))
    return value


def _absolute(value: Value, around: Surroundings) -> Value:
    """Clean and absolute; a relative path counts from the working directory."""
    texts = texts_of(value)
    if texts is None:
        return value
    if any(not text.startswith("/") for text in texts):
        workdir = known(around.workdir)
        if workdir is None:
            return Unknown("it is relative to an unknown working directory", value.because)
        texts = tuple(text if text.startswith("/") else f"{workdir}/{text}" for text in texts)
    cleaned = tuple(sorted({clean(text) for text in texts}))
    return Known(cleaned[0], value.because) if len(cleaned) == 1 else OneOf(cleaned, value.because)


class Switch(Record):
    """An offline switch that is on: the variable and what it is set to."""

    variable: str
    value: Value

    @property
    def binding(self) -> Binding:
        """What set it."""
        if self.value.because:
            return self.value.because[-1]
        return Binding(self.variable, known(self.value) or "", None)


def offline_switch(library: CacheLibrary, around: Surroundings) -> Switch | None:
    """The library's offline switch when it is surely on, else None. The first variable that is set and not empty
    decides, as in `HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE` (huggingface_hub/constants.py).
    """
    for variable in library.offline:
        value = around.lookup(library.id, variable)
        text = known(value) if value is not None else ""
        if value is None or text == "":
            continue
        is_on = text is not None and text.strip().upper() in library.truthy
        return Switch(variable, value) if is_on else None
    return None


class Sight(Record):
    """What a program of the build or of the image may see: its files, variables (None: not set as far as we know), user
    (as USER writes it, None when not known), directory, and what is installed. `is_open`: a base image that we do not
    know may set more. `shell` gives the variables of the shell around it, exported or not.
    """

    files: FileSystem
    lookup: Lookup
    user: str | None
    workdir: Value
    packages: tuple[Package, ...]
    base: BaseImage | None
    is_open: bool
    world: World
    shell: Lookup | None = None


def sight_of(
    state: BuildState,
    world: World,
    lookup: Lookup,
    *,
    workdir: Value | None = None,
    user: str | None = None,
) -> Sight:
    """What a program sees in an image of that state; `user` and `workdir` None are the state's."""
    return Sight(
        state.files,
        lookup,
        user if user is not None else known(state.user),
        workdir if workdir is not None else state.workdir,
        state.packages,
        state.base,
        state.environment.is_open,
        world,
    )


_recent: list[tuple[tuple[object, ...], Versions]] = []
_MOST_RECENT = 4
"""Programs that are started one after the other mostly see the same packages."""


def versions_of(sight: Sight) -> Versions:
    """The distributions that are installed."""
    parts = (sight.packages, sight.base, sight.world.knowledge)
    for known_parts, found in _recent:
        if all(mine is other for mine, other in zip(known_parts, parts, strict=True)):
            return found
    python = sight.base.python if sight.base else None
    made = Versions(*parts, python.version if python else "")
    _recent[:] = [(parts, made), *_recent[: _MOST_RECENT - 1]]
    return made


def build_lookup(state: BuildState, extra: tuple[tuple[str, Value], ...] = ()) -> Lookup:
    """What a RUN sees: the command's own variables, then the step's (ARG and ENV, the last writer wins)."""
    own, step = dict(extra), build_variables(state)
    return lambda name: own[name] if name in own else step.get(name)


def home_of(sight: Sight) -> Value:
    """HOME: the variable when it is set, else the user's line in /etc/passwd."""
    found = sight.lookup("HOME")
    if found is not None:
        return found
    if sight.user is None:
        return Unknown("the user is not known")
    home = sight.files.accounts.home(sight.user)
    who = sight.user or "root"
    return Known(home) if home is not None else Unknown(f"the home directory of {who} is not known")


def surroundings(sight: Sight, versions: Versions | None = None, interpreter: str = "") -> Surroundings:
    """The surroundings in which libraries look for their files. `interpreter` is the path of the Python that runs,
    empty for the default one.
    """
    found = versions or versions_of(sight)
    prefix = _prefix(sight, interpreter)
    return Surroundings(
        sight.world.knowledge,
        lambda _library, name: sight.lookup(name),
        home_of(sight),
        sight.workdir,
        found.range,
        may_inherit=_may_inherit(sight),
        prefix=prefix,
        packages=_packages(sight, prefix),
    )


def _may_inherit(sight: Sight) -> str:
    """Who may set variables that we do not know: the base image, when the packs do not know all of it."""
    if not sight.is_open or (sight.base is not None and not sight.base.is_open):
        return ""
    return f"the base image {sight.base.repository}" if sight.base else "the base image"


def _prefix(sight: Sight, interpreter: str) -> Value:
    """sys.prefix: that of the interpreter named, the active virtual environment, else the base image's Python."""
    if interpreter.startswith("/") and "/bin/python" in interpreter:
        return Known(interpreter.rpartition("/bin/")[0])
    active = sight.lookup("VIRTUAL_ENV")
    if active is not None:
        return active
    search = known(sight.lookup("PATH") or Known(""))
    first = (search or "").partition(":")[0]
    if first.endswith("/bin") and paths.parent(first) not in {"/", "/usr", "/usr/local", "/opt/conda"}:
        found = sight.files.resolve(f"{first}/python")
        if found.presence.value != "absent":
            return Known(paths.parent(first))
    python = sight.base.python if sight.base else None
    return Known(python.prefix) if python else Unknown("the interpreter's prefix is not known")


def _packages(sight: Sight, prefix: Value) -> Value:
    python = sight.base.python if sight.base else None
    root = known(prefix)
    if python is None or root is None:
        return Unknown("the folder of installed packages is not known")
    if root == python.prefix:
        return Known(python.packages) if python.packages else Unknown("the version of Python is not known")
    version = ".".join(python.version.split(".")[:2])
    if not version:
        return Unknown("the version of Python is not known")
    return Known(f"{root}/lib/python{version}/site-packages")

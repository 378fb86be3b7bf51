"""What a program sees (`Sight`: files, variables, user, packages) to the surroundings in which libraries look for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.loads.caches import Surroundings
from dfguard.interp.python.versions import Versions
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import Known, Unknown, known

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, Package
    from dfguard.interp.values import Value
    from dfguard.knowledge.images import BaseImage

    Lookup = Callable[[str], Value | None]


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

"""A build state, with what a command or platform adds, to the surroundings in which libraries look for their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp import paths
from dfguard.interp.caches import Surroundings
from dfguard.interp.values import Known, Unknown, known
from dfguard.interp.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.state import BuildState
    from dfguard.interp.values import Value
    from dfguard.interp.world import World

    Lookup = Callable[[str], Value | None]


def versions_of(state: BuildState, world: World) -> Versions:
    """The distributions in the image at this state."""
    python = state.base.python if state.base else None
    return Versions(state.packages, state.base, world.knowledge, python.version if python else "")


def build_lookup(state: BuildState, extra: tuple[tuple[str, Value], ...] = ()) -> Lookup:
    """What a RUN sees: the command's own variables, then the step's (ARG and ENV, the last writer wins)."""
    own, step, arguments = dict(extra), dict(state.build_environment), dict(state.arguments)

    def look(name: str) -> Value | None:
        if name in own:
            return own[name]
        if name in step:
            return step[name]
        variable = state.environment.get(name)
        if variable is not None:
            return variable.value
        return arguments.get(name)

    return look


def home_of(state: BuildState, lookup: Lookup, user: str | None = None) -> Value:
    """HOME: the variable when it is set, else the user's line in /etc/passwd."""
    found = lookup("HOME")
    if found is not None:
        return found
    name = user if user is not None else known(state.user)
    if name is None:
        return Unknown("the user is not known")
    home = state.files.accounts.home(name)
    return (
        Known(home) if home is not None else Unknown(f"the home directory of {name or 'root'} is not known")
    )


def surroundings(
    state: BuildState,
    world: World,
    lookup: Lookup,
    *,
    workdir: Value | None = None,
    user: str | None = None,
    versions: Versions | None = None,
    interpreter: str = "",
) -> Surroundings:
    """The surroundings of a program that runs in an image of that state. `user` None is the state's; `interpreter` is
    the path of the Python that runs it, empty for the default one.
    """
    found = versions or versions_of(state, world)
    prefix = _prefix(state, lookup, interpreter)
    return Surroundings(
        world.knowledge,
        lambda _library, name: lookup(name),
        home_of(state, lookup, user),
        workdir if workdir is not None else state.workdir,
        found.range,
        may_inherit=_may_inherit(state),
        prefix=prefix,
        packages=_packages(state, prefix),
    )


def _may_inherit(state: BuildState) -> str:
    """Who may set variables that we do not know: the base image, when the packs do not know all of it."""
    if not state.environment.is_open:
        return ""
    return f"the base image {state.base.repository}" if state.base else "the base image"


def _prefix(state: BuildState, lookup: Lookup, interpreter: str) -> Value:
    """sys.prefix: that of the interpreter named, the active virtual environment, else the base image's Python."""
    if interpreter.startswith("/") and "/bin/python" in interpreter:
        return Known(interpreter.rpartition("/bin/")[0])
    active = lookup("VIRTUAL_ENV")
    if active is not None:
        return active
    search = known(lookup("PATH") or Known(""))
    first = (search or "").partition(":")[0]
    if first.endswith("/bin") and paths.parent(first) not in {"/", "/usr", "/usr/local", "/opt/conda"}:
        found = state.files.resolve(f"{first}/python")
        if found.presence.value != "absent":
            return Known(paths.parent(first))
    python = state.base.python if state.base else None
    return Known(python.prefix) if python else Unknown("the interpreter's prefix is not known")


def _packages(state: BuildState, prefix: Value) -> Value:
    python = state.base.python if state.base else None
    root = known(prefix)
    if python is None or root is None:
        return Unknown("the folder of installed packages is not known")
    if root == python.prefix:
        return Known(python.packages) if python.packages else Unknown("the version of Python is not known")
    version = ".".join(python.version.split(".")[:2])
    return (
        Known(f"{root}/lib/python{version}/site-packages")
        if version
        else Unknown("the version of Python is not known")
    )

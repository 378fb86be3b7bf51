"""What a FROM names to the state in which its stage begins: nothing, an image, or the end of an earlier stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.build.base_files import files_of_image
from dfguard.interp.filesystem.filesystem import FileSystem
from dfguard.interp.state.model import BuildState, Environment, ProcessCommand, Variable
from dfguard.interp.values import Binding, Known, Unknown, Value, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.state.inputs import World
    from dfguard.knowledge.images import BaseImage

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH of an image that sets none (moby/buildkit util/system/path.go@73ed6825)."""
DEFAULT_SHELL = ("/bin/sh", "-c")
WINDOWS_SHELL = ("cmd", "/S", "/C")
_WINDOWS = ("mcr.microsoft.com/windows", "/dotnet/framework/", "nanoserver", "windowsservercore")


def state_of_image(base: Value, world: World) -> BuildState:
    """The state at the start of a stage that is built on an image or on `scratch`. What is not known of the image is
    Unknown, and its environment open.
    """
    name = known(base)
    if name == "scratch":
        return _state(Environment(tuple(_path("scratch"))), FileSystem.scratch(world.context), "/", "")
    image = world.knowledge.base_image(name) if name else None
    if name is None or image is None:
        return _state_of_unknown(base, world)
    variables = {variable.name: variable for variable in _variables(image, name)}
    patterns = tuple(pattern for pattern in image.unlisted if "*" in pattern)
    if "PATH" not in variables and not image.is_open:
        variables |= dict(_path(name))
    environment = Environment(tuple(variables.items()), image.is_open, patterns)
    state = _state(environment, files_of_image(name, world), image.workdir or "/", image.user or "")
    return replace(
        state,
        base=image,
        shell=image.shell or DEFAULT_SHELL,
        entrypoint=_process(image.entrypoint),
        command=_process(image.command),
        volumes=tuple((path, None) for path in image.volumes),
    )


def _state_of_unknown(base: Value, world: World) -> BuildState:
    name = known(base)
    why = (
        f"what {name} sets is not known"
        if name
        else f"the base image is not known: {getattr(base, 'why', '')}"
    )
    is_windows = world.target_platform.startswith("windows") or any(part in (name or "") for part in _WINDOWS)
    state = _state(Environment(is_open=True), files_of_image(name or "the base image", world), "", "")
    shell = WINDOWS_SHELL if is_windows else DEFAULT_SHELL
    return replace(state, workdir=Unknown(why), user=Unknown(why), shell=shell)


def _state(environment: Environment, files: FileSystem, workdir: str, user: str) -> BuildState:
    seen = tuple((name, variable.value) for name, variable in environment.variables)
    return BuildState(
        environment, (), Known(workdir), Known(user), DEFAULT_SHELL, files, build_environment=seen
    )


def _path(origin: str) -> Iterator[tuple[str, Variable]]:
    binding = Binding("PATH", DEFAULT_PATH, None, f"the default for {origin}")
    yield "PATH", Variable("PATH", Known(DEFAULT_PATH, (binding,)))


def _variables(image: BaseImage, name: str) -> Iterator[Variable]:
    for variable, text in image.environment:
        yield Variable(variable, Known(text, (Binding(variable, text, None, name),)))
    for variable in image.unlisted:
        if "*" not in variable:
            yield Variable(variable, Unknown(f"{name} sets {variable}, we do not know to what"))


def _process(words: tuple[str, ...] | None) -> ProcessCommand | None:
    return ProcessCommand(words, is_shell_form=False, place=None) if words else None


def state_of_child(parent: BuildState) -> BuildState:
    """The state at the start of a stage built on an earlier one: all it left, but for its ONBUILD triggers; ENV is
    applied anew, over ARGs of the same name.
    """
    variables = parent.environment.variables
    names = {name for name, _ in variables}
    kept = tuple(pair for pair in parent.build_environment if pair[0] not in names)
    applied = tuple((name, variable.value) for name, variable in variables)
    return replace(parent, triggers=(), build_environment=kept + applied)

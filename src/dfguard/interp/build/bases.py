"""What a FROM names, the ARGs before it included, to the state in which its stage begins: nothing, an image with the files that the
base-image table knows, or the end of an earlier stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.build.expansion import expand
from dfguard.interp.filesystem import accounts
from dfguard.interp.filesystem.accounts import Accounts, User, UserGroup
from dfguard.interp.filesystem.contents import contents_of
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.filesystem import FileSystem
from dfguard.interp.state.model import BuildState, Environment, ProcessCommand, Variable
from dfguard.interp.values import Binding, Known, Unknown, known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dfguard.interp.state.inputs import World
    from dfguard.interp.values import Value
    from dfguard.knowledge.images import BaseImage
    from dfguard.syntax.dockerfile.document import Document


_KINDS = {"file": EntryKind.FILE, "directory": EntryKind.DIRECTORY, "link": EntryKind.LINK}


def files_of_image(reference: str, world: World) -> FileSystem:
    """The files of the image a FROM or `--from` names; `scratch` has none.

    What the table does not say is MAYBE. Of an image that is not in the table nothing is known but that root is root.
    """
    if reference == "scratch":
        return FileSystem.scratch(world.context)
    image = world.knowledge.base_image(reference)
    if image is None:
        return FileSystem.of_image(reference, world.context)
    return FileSystem.of_image(
        reference,
        world.context,
        known=_entries(image),
        top_level=image.top_level or None,
        accounts=_accounts(image),
        is_complete=image.is_complete,
        contents=contents_of(image),
    )


def _entries(image: BaseImage) -> list[Entry]:
    found = [
        Entry(p.path, _KINDS[p.kind], Presence.PRESENT, owner=p.owner, mode=p.mode, target=p.target or None)
        for p in image.paths
    ]
    for python in image.pythons:
        found += [Entry(path, EntryKind.UNKNOWN, Presence.PRESENT) for path in python.commands]
        if python.packages:
            found.append(Entry(python.packages, EntryKind.DIRECTORY, Presence.PRESENT))
    return found


def _accounts(image: BaseImage) -> Accounts:
    users = {user.name: user for user in accounts.ROOT_ONLY.users}
    groups = {group.name: group for group in accounts.ROOT_ONLY.groups}
    contents = contents_of(image)
    others = contents.accounts() if contents is not None else None
    if contents is not None and others is not None:
        users |= {name: User(name, uid, gid, home) for name, uid, gid, home in contents.users()}
        groups |= {name: UserGroup(name, gid) for name, gid in contents.groups()}
    users |= {a.name: User(a.name, a.uid, a.gid, a.home) for a in image.accounts}
    groups |= {
        a.name: UserGroup(a.name, a.gid) for a in image.accounts if a.uid == a.gid and not image.groups
    }
    groups |= {name: UserGroup(name, gid) for name, gid in image.groups}
    is_open = not image.is_complete and (others is None or bool(others))
    return Accounts(tuple(users.values()), tuple(groups.values()), is_open, bool(image.lists_people), others)


PLATFORM_ARGUMENTS = (
    *(f"BUILD{part}" for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")),
    *(f"TARGET{part}" for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")),
    "TARGETSTAGE",
)
"""What FROM can use without an ARG (moby/buildkit frontend/dockerfile/dockerfile2llb/platform.go@73ed6825)."""


def global_arguments(document: Document, given: Mapping[str, str]) -> dict[str, Value]:
    """Every global ARG by name with its value: the `given` one, else its default, Unknown without one."""
    found: dict[str, Value] = {name: Unknown("the platform of the build") for name in PLATFORM_ARGUMENTS}
    for instruction in document.preamble:
        for pair in instruction.pairs if instruction.keyword == "ARG" else ():
            name = pair.key.value
            if name in given:
                found[name] = Known(given[name])
            elif pair.value is not None:
                found[name] = expand(pair.value, found.get, document.escape)
            else:
                found.setdefault(name, Unknown(f"ARG {name} has no default"))
    return found


def default_arguments(document: Document) -> dict[str, Value]:
    """The same when nobody gives a value: an ARG without default is not set, the platform is a usual one."""
    found: dict[str, Value] = {
        name: Known(_PLATFORM[name.removeprefix("BUILD").removeprefix("TARGET")])
        for name in PLATFORM_ARGUMENTS[:-1]
    }
    found[PLATFORM_ARGUMENTS[-1]] = Known(
        (document.stages[-1].name if document.stages else None) or "default"
    )
    for instruction in document.preamble:
        for pair in instruction.pairs if instruction.keyword == "ARG" else ():
            if pair.value is not None:
                found[pair.key.value] = expand(pair.value, found.get, document.escape)
    return found


_PLATFORM = {"PLATFORM": "linux/amd64", "OS": "linux", "OSVERSION": "", "ARCH": "amd64", "VARIANT": ""}


DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH of an image that sets none (moby/buildkit util/system/path.go@73ed6825)."""
DEFAULT_SHELL = ("/bin/sh", "-c")
WINDOWS_SHELL = ("cmd", "/S", "/C")
_WINDOWS = ("mcr.microsoft.com/windows", "/dotnet/framework/", "nanoserver", "windowsservercore", "ltsc20")
"""What stands in the names of images for Windows; those built on Server carry its release in the tag, as `ltsc2022`
(https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/base-image-lifecycle)."""
_WINDOWS_ESCAPE = "`"


def state_of_image(base: Value, world: World, escape: str = "\\") -> BuildState:
    """The state at the start of a stage that is built on an image or on `scratch`. What is not known of the image is
    Unknown, and its environment open. `escape` is that of the file: who writes a backtick writes paths of Windows.
    """
    name = known(base)
    if name == "scratch":
        return _state(Environment(tuple(_path("scratch"))), FileSystem.scratch(world.context), "/", "")
    image = world.knowledge.base_image(name) if name else None
    if name is None or image is None:
        return _state_of_unknown(base, world, escape)
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


def _state_of_unknown(base: Value, world: World, escape: str) -> BuildState:
    name = known(base)
    why = (
        f"what {name} sets is not known"
        if name
        else f"the base image is not known: {getattr(base, 'why', '')}"
    )
    is_named = any(part in (name or "") for part in _WINDOWS)
    is_windows = is_named or escape == _WINDOWS_ESCAPE or world.target_platform.startswith("windows")
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

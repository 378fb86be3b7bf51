"""The `--mount` flags of a RUN to mounts with BuildKit's defaults filled in, and to the environment of that RUN.

After moby/buildkit frontend/dockerfile/instructions/commands_runmount.go and dockerfile2llb/convert_runmount.go,
convert_secrets.go, convert_ssh.go @73ed6825; fields are CSV (github.com/tonistiigi/go-csvvalue).
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.build.mount_options import Options, check
from dfguard.interp.filesystem import paths
from dfguard.interp.state.model import MountKind, RunMount
from dfguard.interp.values import Binding, Known, Unknown, Value, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place, Text
    from dfguard.interp.build.frame import Expander
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState
    from dfguard.syntax.dockerfile.document import Flag, Instruction

SECRETS = "/run/secrets/"
AGENT = "/run/buildkit/ssh_agent."
PROXIES = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"})


class Mounts(Record):
    """The mounts of a RUN in order; `unknowns` are the flags of those that cannot be told, each with the reason."""

    items: tuple[RunMount, ...] = ()
    unknowns: tuple[tuple[Place, str], ...] = ()


def run_mounts(instruction: Instruction, state: BuildState, expander: Expander) -> Mounts:
    """The mounts of a RUN; what BuildKit refuses about them is noted with the expander."""
    items: list[RunMount] = []
    unknowns: list[tuple[Place, str]] = []
    for flag in instruction.flags:
        if flag.name != "mount" or flag.value is None:
            continue
        options = _options(flag, expander)
        if isinstance(options, str):
            unknowns.append((flag.text.place(), options))
            continue
        agents = sum(mount.kind is MountKind.SSH for mount in items)
        mount = _mount(flag, options, state, expander, agents)
        if isinstance(mount, RunMount):
            items.append(mount)
        else:
            unknowns.append((flag.text.place(), mount))
    return Mounts(tuple(items), tuple(unknowns))


def _options(flag: Flag, expander: Expander) -> Options | str:
    """What the fields say, or why that cannot be told. A refused field is noted and left out."""
    found: dict[str, str] = {}
    kind = "bind"
    for field in _fields(flag, expander):
        name, equals, _ = field.value.partition("=")
        name = name.lower()
        value: Value = Known("true")
        if equals:
            text = field.cut(len(name) + 1)
            if name == "from" and "$" in text.value[:-1]:
                expander.refuse(text.place(), "from= takes no variables: name a stage instead")
                return "its origin is written with a variable"
            value = expander.value(text)
        content = known(value)
        if content is None:
            return value.why if isinstance(value, Unknown) else "several values are possible"
        message = check(name, content, kind, has_value=bool(equals))
        if message:
            expander.refuse(field.place(), message)
            continue
        kind = content.lower() if name == "type" else kind
        found[name] = content
    return Options(MountKind(kind), tuple(found.items()))


def _mount(
    flag: Flag, options: Options, state: BuildState, expander: Expander, agents: int
) -> RunMount | str:
    place = flag.text.place()
    for message in options.faults():
        expander.refuse(place, message)
    match options.kind:
        case MountKind.SECRET:
            return _secret(options, place)
        case MountKind.SSH:
            return _ssh(options, place, agents)
    target = options.target
    workdir = known(state.workdir)
    if not target.startswith("/") and workdir is None:
        return "it is mounted below a working directory that is not known"
    path = paths.clean(target, workdir or "/")
    if path == "/":
        expander.refuse(place, "the target of the mount is the root directory")
        return "its target is the root directory"
    is_cache = options.kind is MountKind.CACHE
    identifier = options.get("id") or (posixpath.normpath(target or ".") if is_cache else None)
    origin = options.get("from") if options.kind is not MountKind.TMPFS else None
    source = options.source and paths.clean(options.source)
    kept = None if source == "/" else source
    return RunMount(
        options.kind, path, place, origin, kept, identifier, options.is_read_only, options=options.items
    )


def _secret(options: Options, place: Place) -> RunMount:
    """A relative target is taken from the root directory, not from the working directory."""
    identifier = options.source or options.get("id") or posixpath.basename(options.target.rstrip("/"))
    environment = options.get("env")
    target = options.target
    if not target and environment is None:
        target = SECRETS + posixpath.basename(identifier.rstrip("/"))
    return RunMount(
        MountKind.SECRET,
        paths.clean(target) if target else "",
        place,
        identifier=identifier,
        is_required=options.is_on("required"),
        environment=environment,
        options=options.items,
    )


def _ssh(options: Options, place: Place, agents: int) -> RunMount:
    target = paths.clean(options.target) if options.target else f"{AGENT}{agents}"
    identifier, is_required = options.get("id") or "default", options.is_on("required")
    return RunMount(
        MountKind.SSH, target, place, identifier=identifier, is_required=is_required, options=options.items
    )


@cache
def _field() -> re.Pattern[str]:
    return re.compile(r'"((?:[^"]|"")*)"(?:,|\Z)|([^",]*)(?:,|\Z)')


def _fields(flag: Flag, expander: Expander) -> Iterator[Text]:
    """The CSV fields of a flag's value."""
    text, at = flag.value, 0
    if text is None:
        return
    while at <= len(text.value):
        found = _field().match(text.value, at)
        if found is None:
            expander.refuse(flag.text.place(), "a quote of the mount is not in its place")
            return
        yield text.cut(*found.span(1 if found[1] is not None else 2))
        if not found[0].endswith(",") or found.end() == at:
            return
        at = found.end()


def run_environment(
    state: BuildState, mounts: tuple[RunMount, ...], world: World
) -> tuple[tuple[str, Value], ...]:
    """The variables a RUN sees: ARG and ENV, the proxies given with --build-arg, secrets and the agent's socket."""
    found = dict(state.build_environment)
    count = len(found)
    for name, text in world.build_arguments:
        if name.lower() in PROXIES:
            for spelling in (name.lower(), name.upper()):
                found.setdefault(spelling, Known(text, (Binding(name, text, None, "--build-arg"),)))
    agents = [mount for mount in mounts if mount.kind is MountKind.SSH]
    if agents:
        found["SSH_AUTH_SOCK"] = Known(agents[0].target)
    for mount in mounts:
        if mount.environment:
            found[mount.environment] = Unknown(f"it is the secret {mount.identifier}")
    return (
        tuple(found.items())
        if len(found) > count or any(m.environment for m in mounts)
        else state.build_environment
    )

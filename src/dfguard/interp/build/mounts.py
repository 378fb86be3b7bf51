"""The `--mount` flags of a RUN to mounts with BuildKit's defaults filled in, to the environment of that RUN, and to what is refused.

After moby/buildkit frontend/dockerfile/instructions/commands_runmount.go (`parseMount`) and dockerfile2llb/convert_runmount.go,
convert_secrets.go, convert_ssh.go @73ed6825; fields are CSV (github.com/tonistiigi/go-csvvalue).
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.nearest import nearest
from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.state.model import MountKind, RunMount
from dfguard.interp.values import Binding, Known, Unknown, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place, Text
    from dfguard.interp.build.frame import InstructionExpander
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState
    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Flag, Instruction


KINDS = tuple(kind.value for kind in MountKind)
SHARING = ("shared", "private", "locked")
FLAGS = frozenset({"readonly", "ro", "readwrite", "rw"})
NAMES = (
    *("type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite", "rw"),
    *("id", "sharing", "required", "size", "mode", "uid", "gid", "env"),
)
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_BOOLEANS = _TRUE | {"0", "f", "F", "FALSE", "false", "False"}
_SIZE = r"(?ai)\d+(?:\.\d*)?\s?(?:[kmgtpezy]?i?b?)"


class MountOptions(Record):
    """The fields by name (lower case), the last of several; `is_read_only` and the rest with their defaults."""

    kind: MountKind
    items: tuple[tuple[str, str], ...]

    def get(self, *names: str) -> str | None:
        """The value under the last of these names that is given."""
        return next((value for name, value in reversed(self.items) if name in names), None)

    def is_on(self, name: str) -> bool:
        """Whether a boolean field is there and true."""
        return self.get(name) in _TRUE

    @property
    def target(self) -> str:
        """Where it is mounted, as written; empty when that is not said."""
        return self.get("target", "dst", "destination") or ""

    @property
    def source(self) -> str | None:
        """The path inside its origin, None when that is not said."""
        return self.get("source", "src")

    @property
    def is_read_only(self) -> bool:
        """What the last of `ro`, `readonly`, `rw`, `readwrite` says; bind mounts are read-only without one."""
        given = [(name, value in _TRUE) for name, value in self.items if name in FLAGS]
        if not given:
            return self.kind not in {MountKind.CACHE, MountKind.TMPFS}
        name, is_true = given[-1]
        return is_true == (name in {"ro", "readonly"})

    def faults(self) -> Iterator[str]:
        """What does not go together."""
        if self.kind in {MountKind.BIND, MountKind.TMPFS}:
            for name in ("mode", "uid", "gid"):
                if self.get(name) is not None:
                    yield f"a {self.kind.value} mount takes no {name}="
        if self.get("sharing") is not None and self.kind is not MountKind.CACHE:
            yield f"a {self.kind.value} mount takes no sharing="
        if self.kind is MountKind.SSH and self.source:
            yield "an ssh mount takes no source="
        if self.kind is MountKind.SECRET:
            if self.get("from"):
                yield "a secret mount takes no from="
            if not (self.source or self.target or self.get("id")):
                yield "a secret mount needs an id= or a target="
            if self.source and self.get("id"):
                yield "a secret mount takes source= or id=, not both"


def check(name: str, value: str, kind: str, *, has_value: bool) -> str:
    """Why BuildKit refuses a field of a mount whose type, as far as it is said before the field, is `kind`; empty when
    it does not.
    """
    if not has_value and name not in FLAGS | {"required"}:
        return (
            f"{name} of the mount needs a value" if name in NAMES else f"a mount has no {name}{_meant(name)}"
        )
    if name in FLAGS | {"required"} and value not in _BOOLEANS:
        return f"{name}= is true or false, not {value}"
    match name:
        case "type" if value.lower() not in KINDS:
            return f"a mount is of type {', '.join(KINDS)}, not {value}"
        case "sharing" if value.lower() not in SHARING:
            return f"sharing= is one of {', '.join(SHARING)}, not {value}"
        case "required" if kind not in {"secret", "ssh"}:
            return f"a {kind} mount takes no required"
        case "size" if kind != "tmpfs":
            return f"a {kind} mount takes no size="
        case "size" if not re.fullmatch(_SIZE, value):
            return f"size= is a size like 64m, not {value}"
        case "mode" if not re.fullmatch(r"0*[0-7]{1,10}", value, re.ASCII):
            return f"mode= is an octal number, not {value}"
        case "uid" | "gid" if not re.fullmatch(r"0*\d{1,10}", value, re.ASCII):
            return f"{name}= is a number, not {value}"
    return "" if name in NAMES else f"a mount has no {name}={_meant(name)}"


def _meant(name: str) -> str:
    suggestion = nearest(name, NAMES)
    return f", {suggestion} was probably meant" if suggestion else ""


SECRETS = "/run/secrets/"
AGENT = "/run/buildkit/ssh_agent."
PROXIES = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"})


class Mounts(Record):
    """The mounts of a RUN in order; `unknowns` are the flags of those that cannot be told, each with the reason."""

    items: tuple[RunMount, ...] = ()
    unknowns: tuple[tuple[Place, str], ...] = ()


def run_mounts(instruction: Instruction, state: BuildState, expander: InstructionExpander) -> Mounts:
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


def _options(flag: Flag, expander: InstructionExpander) -> MountOptions | str:
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
    return MountOptions(MountKind(kind), tuple(found.items()))


def _mount(
    flag: Flag, options: MountOptions, state: BuildState, expander: InstructionExpander, agents: int
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


def _secret(options: MountOptions, place: Place) -> RunMount:
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


def _ssh(options: MountOptions, place: Place, agents: int) -> RunMount:
    target = paths.clean(options.target) if options.target else f"{AGENT}{agents}"
    identifier, is_required = options.get("id") or "default", options.is_on("required")
    return RunMount(
        MountKind.SSH, target, place, identifier=identifier, is_required=is_required, options=options.items
    )


@cache
def _field() -> re.Pattern[str]:
    return re.compile(r'"((?:[^"]|"")*)"(?:,|\Z)|([^",]*)(?:,|\Z)')


def _fields(flag: Flag, expander: InstructionExpander) -> Iterator[Text]:
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

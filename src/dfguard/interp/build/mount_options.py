"""The fields of one `--mount` to what they mean, and what BuildKit refuses about them.

After moby/buildkit frontend/dockerfile/instructions/commands_runmount.go (`parseMount`) @73ed6825.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.nearest import nearest
from dfguard.core.record import Record
from dfguard.interp.state.model import MountKind

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class Options(Record):
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

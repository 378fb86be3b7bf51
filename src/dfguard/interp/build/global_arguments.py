"""The ARGs before the first FROM to the values that FROM sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.build.expansion import expand
from dfguard.interp.values import Known, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Document

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

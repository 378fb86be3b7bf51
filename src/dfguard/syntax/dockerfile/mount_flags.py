"""The `--mount` flags of a RUN to their options as written; nothing is replaced, no default filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Text
    from dfguard.syntax.dockerfile.document import Instruction

_TARGETS = ("target", "dst", "destination")


def mount_targets(instruction: Instruction, *kinds: str) -> tuple[str, ...]:
    """The targets of a RUN's mounts of these types; empty text for one without."""
    mounts = (options for options in _mounts(instruction) if _value(options, "type", "bind") in kinds)
    return tuple(next((o[name].value for name in _TARGETS if name in o), "") for o in mounts)


def mount_origins(instruction: Instruction) -> tuple[Text, ...]:
    """The stages and images that the mounts of a RUN take their content from."""
    return tuple(options["from"] for options in _mounts(instruction) if "from" in options)


def _value(options: dict[str, Text], name: str, default: str) -> str:
    return options[name].value if name in options else default


def _mounts(instruction: Instruction) -> Iterator[dict[str, Text]]:
    for flag in instruction.flags:
        if flag.name == "mount" and flag.value is not None:
            yield dict(_options(flag.value))


def _options(text: Text) -> Iterator[tuple[str, Text]]:
    start = 0
    for part in text.value.split(","):
        name, _, value = part.partition("=")
        end = start + len(part)
        begin = end - len(value)
        if value[:1] == value[-1:] == '"' and len(value) > 1:
            begin, end = begin + 1, end - 1
        yield name.strip().strip('"').lower(), text.cut(begin, end)
        start += len(part) + 1

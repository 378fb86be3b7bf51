"""The `--name=value` words behind a keyword to `Flag`s, the options of a `--mount` as written, and what BuildKit refuses.

After moby/buildkit frontend/dockerfile/parser/split_command.go, instructions/bflag.go and instructions/parse.go
@73ed6825. Nothing is replaced in a `--mount`, no default filled in.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.nearest import nearest
from dfguard.core.source import TextBuilder
from dfguard.syntax.dockerfile.document import Fault, FaultKind, Flag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Text
    from dfguard.syntax.dockerfile.document import Instruction


BOOLEAN, STRING, STRINGS = "boolean", "string", "strings"
_COPY = {"chown": STRING, "chmod": STRING, "link": BOOLEAN, "exclude": STRINGS}
FLAGS: dict[str, dict[str, str]] = {
    "ADD": _COPY | {"keep-git-dir": BOOLEAN, "checksum": STRING, "unpack": BOOLEAN},
    "COPY": _COPY | {"from": STRING, "parents": BOOLEAN},
    "FROM": {"platform": STRING},
    "HEALTHCHECK": {
        "interval": STRING,
        "timeout": STRING,
        "start-period": STRING,
        "start-interval": STRING,
        "retries": STRING,
    },
    "RUN": {"mount": STRINGS, "network": STRING, "security": STRING, "device": STRINGS},
}
UNCHECKED = frozenset({"ARG", "STOPSIGNAL"})
"""Keywords whose flags BuildKit takes off and never looks at."""
CHOICES = {("RUN", "network"): ("default", "none", "host"), ("RUN", "security"): ("sandbox", "insecure")}


@cache
def _part(escape: str) -> re.Pattern[str]:
    e = re.escape(escape)
    return re.compile(
        rf"""(?P<space>[\t\n\v\f\r ]+)|(?P<plain>[^\t\n\v\f\r '"{e}]+)|{e}(?P<escaped>.?)"""
        rf"""|(?P<quote>['"])(?P<inside>(?:[^'"{e}]|(?!(?P=quote))['"]|{e}.)*)(?P<close>(?P=quote)|{e}?\Z)""",
        re.DOTALL,
    )


def split(text: Text, at: int, escape: str) -> tuple[tuple[Flag, ...], int]:
    """The flags from index `at` of a joined line on, and the index where the rest starts (white space before it)."""
    value = text.value
    flags: list[Flag] = []
    while True:
        start = at + len(value[at:]) - len(value[at:].lstrip("\t\n\v\f\r "))
        if not value.startswith("--", start):
            return tuple(flags), start
        word, at = _word(text, start, escape)
        if word.value == "--":
            return tuple(flags), at
        flags.append(_flag(word))


def _word(text: Text, at: int, escape: str) -> tuple[Text, int]:
    """One word, quotes and escapes removed, and the index behind it."""
    builder = TextBuilder(text)
    while (found := _part(escape).match(text.value, at)) and found["space"] is None:
        at = found.end()
        if found["quote"]:
            _keep_quoted(builder, text.value, found.span("inside"), escape)
        else:
            builder.keep(*found.span("plain" if found["plain"] else "escaped"))
    return builder.text(), at


def _keep_quoted(builder: TextBuilder, value: str, inside: tuple[int, int], escape: str) -> None:
    at, end = inside
    while (cut := value.find(escape, at, end)) >= 0:
        builder.keep(at, cut)
        builder.keep(cut + 1, min(cut + 2, end))
        at = cut + 2
    builder.keep(at, end)


def _flag(word: Text) -> Flag:
    equals = word.value.find("=")
    name = word.value[2 : equals if equals >= 0 else None]
    return Flag(name, word.cut(equals + 1) if equals >= 0 else None, word)


def faults(keyword: str, flags: tuple[Flag, ...]) -> Iterator[Fault]:
    """What BuildKit refuses about the flags of an instruction, each at its flag."""
    if not flags or keyword in UNCHECKED:
        return
    known, seen = FLAGS.get(keyword, {}), set()
    for flag in flags:
        kind = known.get(flag.name)
        if kind is None:
            yield _unknown(keyword, flag, known)
        elif flag.name in seen and kind != STRINGS:
            yield _fault(flag, f"--{flag.name} is given twice")
        elif message := _bad_value(keyword, flag, kind):
            yield _fault(flag, message)
        seen.add(flag.name)


def _unknown(keyword: str, flag: Flag, known: dict[str, str]) -> Fault:
    suggestion = nearest(flag.name, known)
    message = f"{keyword} has no flag --{flag.name}"
    return Fault(FaultKind.UNKNOWN_FLAG, flag.text.place(), message, None, suggestion)


def _bad_value(keyword: str, flag: Flag, kind: str) -> str:
    if flag.value is None:
        return "" if kind == BOOLEAN else f"--{flag.name} needs a value"
    value = flag.value.value
    if kind == BOOLEAN and value.lower() not in {"true", "false"}:
        return f"--{flag.name} is true or false, not {value}" if value else f"--{flag.name}= needs a value"
    choices = CHOICES.get((keyword, flag.name))
    if choices and value not in choices:
        return f"--{flag.name} is one of {', '.join(choices)}, not {value or 'empty'}"
    return ""


def _fault(flag: Flag, message: str) -> Fault:
    return Fault(FaultKind.PARSE, flag.text.place(), message)


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

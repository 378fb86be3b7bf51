"""An instruction to what BuildKit refuses about it once it is split: numbers of arguments, names, durations.

After moby/buildkit frontend/dockerfile/instructions/parse.go@73ed6825.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.source import Place, Span
from dfguard.syntax.dockerfile import flags
from dfguard.syntax.dockerfile.document import Fault, FaultKind, Instruction
from dfguard.syntax.dockerfile.lines import is_operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Text

AT_LEAST_ONE = frozenset({"ARG", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "SHELL", "VOLUME"})
EXACTLY_ONE = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
INTERVALS = ("interval", "timeout", "start-period", "start-interval")


def faults(instruction: Instruction) -> Iterator[Fault]:
    """What BuildKit refuses about an instruction whose parts its parser could read, in order of discovery."""
    keyword, arguments = instruction.keyword, instruction.arguments
    if not (keyword == "HEALTHCHECK" and arguments and arguments[0].value.upper() == "NONE"):
        yield from flags.faults(keyword, instruction.flags)
    if not arguments and (keyword in AT_LEAST_ONE or keyword in EXACTLY_ONE):
        count = "at least one argument" if keyword in AT_LEAST_ONE else "an argument"
        yield _fault(instruction.keyword_text, f"{keyword} needs {count}")
    for pair in instruction.pairs:
        if not pair.key.value and pair.value is not None:
            span = Span(pair.key.offset(0), pair.value.span().end)
            yield Fault(FaultKind.PARSE, Place(instruction.source, span), f"a name of {keyword} is empty")
    match keyword:
        case "COPY" | "ADD":
            yield from _copy(instruction)
        case "FROM":
            yield from _stage(instruction)
        case "HEALTHCHECK":
            yield from _health(instruction)
        case "SHELL" if arguments and not instruction.is_json:
            yield _fault(instruction.rest, 'SHELL is written in the JSON form, like ["/bin/bash", "-c"]')
        case "VOLUME":
            for argument in arguments:
                if not argument.value.strip():
                    yield _fault(instruction.rest, "a path of VOLUME is empty")
        case "ONBUILD":
            yield from _trigger(instruction)


def _fault(text: Text, message: str) -> Fault:
    return Fault(FaultKind.PARSE, text.place(), message)


def _copy(instruction: Instruction) -> Iterator[Fault]:
    keyword, arguments = instruction.keyword, instruction.arguments
    if len(arguments) < 2:
        text = arguments[0] if arguments else instruction.keyword_text
        yield _fault(text, f"{keyword} needs a source and a destination")
    elif is_operator(arguments[-1].value):
        yield _fault(arguments[-1], f"the destination of {keyword} cannot be a heredoc")


@cache
def _stage_name() -> re.Pattern[str]:
    return re.compile(r"[a-z][a-z0-9-_.]*\Z")


def _stage(instruction: Instruction) -> Iterator[Fault]:
    arguments = instruction.arguments
    if len(arguments) == 3 and arguments[1].value.lower() == "as":
        if not _stage_name().match(arguments[2].value.lower()):
            message = f"{arguments[2].value} is no stage name: letters, digits, - _ and . with a letter first"
            yield _fault(arguments[2], message)
    elif len(arguments) != 1:
        text = instruction.rest if arguments else instruction.keyword_text
        yield _fault(text, "FROM takes an image, or an image, AS and a name")


@cache
def _duration() -> re.Pattern[str]:
    return re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z", re.ASCII)


def _health(instruction: Instruction) -> Iterator[Fault]:
    if not instruction.arguments:
        return
    kind, *command = instruction.arguments
    match kind.value.upper():
        case "NONE":
            if command:
                yield _fault(command[0], "HEALTHCHECK NONE takes no arguments")
            return
        case "CMD":
            if not command:
                yield _fault(kind, "HEALTHCHECK CMD needs a command")
        case _:
            yield _fault(kind, f"HEALTHCHECK takes CMD or NONE, not {kind.value}")
    for flag in instruction.flags:
        value = flag.value
        if value is None or not value.value:
            continue
        if flag.name in INTERVALS and (message := _bad_interval(value.value)):
            yield _fault(value, f"--{flag.name} {message}")
        if flag.name == "retries" and not re.fullmatch(r"[+]?\d{1,10}", value.value, re.ASCII):
            yield _fault(value, f"--retries is a number, not {value.value}")


_NANOSECONDS = {"ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 6e10, "h": 3.6e12}


def _bad_interval(value: str) -> str:
    """Why Go's time.ParseDuration or the least interval of one millisecond refuses it, empty when neither does."""
    if not _duration().match(value):
        return f"is a duration like 30s or 1m30s, not {value}"
    parts = re.findall(r"([\d.]+)([a-zµμ]+)", value)
    total = sum(float(number) * _NANOSECONDS[unit] for number, unit in parts)
    if (value.startswith("-") and total) or 1 <= total < 1e6:
        return f"is at least 1ms, not {value}"
    return ""


def _trigger(instruction: Instruction) -> Iterator[Fault]:
    trigger = instruction.trigger
    if trigger and trigger.keyword in {"ONBUILD", "FROM", "MAINTAINER"}:
        place = Place(instruction.source, trigger.keyword_span)
        yield Fault(FaultKind.PARSE, place, f"{trigger.keyword} cannot be an ONBUILD trigger")

"""Python that a build or a process runs to the variables of the environment that it prints or logs."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.syntax.python.program import Choice, EnvironmentRead, Joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.runtime.code import RunningCode
    from dfguard.syntax.python.program import Expression


class PrintedVariable(Record):
    """A variable whose value a call prints; `place` is the argument, `proof` what starts the code."""

    name: str
    place: Place
    proof: tuple[Place, ...]
    is_of_process: bool


@cache
def _printer() -> re.Pattern[str]:
    logger = r"(?:logging|logging\.getLogger\(\)|loguru\.logger|(?:[\w.]*\.)?log(?:ger)?)"
    return re.compile(
        rf"print|sys\.std(?:out|err)\.write|{logger}\.(?:debug|info|warning|warn|error|critical)"
    )


@cache
def _tells_less() -> re.Pattern[str]:
    return re.compile(r"\b(?:bool|len|hash|\w*(?:mask|redact|hide|sha|md5)\w*)\(")


def printed_variables(code: Iterable[RunningCode]) -> Iterator[PrintedVariable]:
    """Each variable once for every place that prints it."""
    seen: set[tuple[str, Place]] = set()
    for one in code:
        for call in one.program.calls:
            if not _printer().fullmatch(call.name):
                continue
            for argument in call.arguments:
                place = Place(one.program.source, argument.span)
                if _tells_less().search(one.program.source.text, argument.span.start, argument.span.end):
                    continue
                for name in _read(argument.value):
                    if (name, place) not in seen and argument.keyword is None:
                        seen.add((name, place))
                        yield PrintedVariable(name, place, one.proof, one.is_of_process)


def _read(value: Expression) -> Iterator[str]:
    """The variables whose text is part of the value. Of several possible values each counts."""
    match value:
        case EnvironmentRead(name=name):
            yield name
        case Joined(parts=parts):
            for part in parts:
                yield from _read(part)
        case Choice(options=options):
            for option in options:
                yield from _read(option)
        case _:
            return

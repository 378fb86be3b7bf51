"""A Dockerfile's text to the context paths that it relies on, by which its build context can be told."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Source
    from dfguard.syntax.dockerfile.document import Instruction

_STARTERS = frozenset({"RUN", "CMD", "ENTRYPOINT"})


class _Here(Record):
    """Where a stage stands: its working directory (None: the base image's) and where the whole context was copied to."""

    workdir: str | None = None
    copies: tuple[str, ...] = ()


def wanted_paths(source: Source) -> list[str]:
    """The context paths that COPY and ADD name (without variable, wildcard, URL and --from), and the files that a later
    instruction takes out of a copy of the whole context (`COPY . /app`, `WORKDIR /app/api`, `CMD ["python", "main.py"]`).
    """
    from dfguard.syntax.dockerfile.parser import parse

    wanted: list[str] = []
    here = _Here()
    for instruction in parse(source).instructions:
        if instruction.keyword == "FROM":
            here = _Here()
        elif instruction.keyword == "WORKDIR":
            here = _Here(_resolved(instruction.rest.value, here.workdir), here.copies)
        elif instruction.keyword in ("COPY", "ADD"):
            if not instruction.flag("from") and not instruction.heredocs and len(instruction.arguments) > 1:
                wanted += _named(instruction)
                here = _Here(here.workdir, (*here.copies, *_whole(instruction, here.workdir)))
        elif instruction.keyword in _STARTERS and here.copies and here.workdir is not None:
            wanted += _used(instruction.rest.value, here.workdir, here.copies)
    return wanted


def _resolved(path: str, workdir: str | None) -> str | None:
    path = path.strip("\"'")
    if "$" in path or (workdir is None and not path.startswith("/")):
        return None
    return posixpath.normpath(posixpath.join(workdir or "/", path))


def _named(instruction: Instruction) -> Iterator[str]:
    for argument in instruction.arguments[:-1]:
        value = argument.value
        if not any(c in value for c in "$*?[") and "://" not in value and value.strip("./"):
            yield posixpath.normpath("/" + value).lstrip("/")


def _whole(instruction: Instruction, workdir: str | None) -> Iterator[str]:
    """Where the instruction copies all of the context to."""
    if any(not argument.value.strip("./") for argument in instruction.arguments[:-1]):
        target = _resolved(instruction.arguments[-1].value, workdir)
        if target is not None:
            yield target


@cache
def _file_name() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w./:$}-])[\w./-]*\w\.(?:py|sh|txt|toml|json|ya?ml|js|cfg|lock)(?![\w./-])", re.ASCII
    )


def _used(text: str, workdir: str, copies: tuple[str, ...]) -> Iterator[str]:
    if re.search(r"\bcd\s", text):
        return
    for found in _file_name().findall(text):
        path = posixpath.normpath(posixpath.join(workdir, found))
        for folder in copies:
            inside = posixpath.relpath(path, folder)
            if not inside.startswith(".."):
                yield inside

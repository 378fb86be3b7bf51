"""Paths that name a CUDA version to those of another version than the stage's base image has."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.model import Failure
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import Step


class CudaPath(Record):
    """`path` names CUDA `named`, the base image has `there`; both are MAJOR.MINOR."""

    path: str
    place: Place
    named: str
    there: str


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(r"/usr/local/cuda-(\d+\.\d+)(?=$|[/:\s])")


def cuda_paths(steps: Iterable[Step]) -> Iterator[CudaPath]:
    """The paths in ENV and in commands whose failure counts, each version of a step once; none where the build may have
    installed a CUDA of its own.
    """
    for step in steps:
        base = step.before.base
        there = ".".join(base.cuda.split(".")[:2]) if base is not None and base.cuda else ""
        if not there or any(package.name.startswith("cuda") for package in step.after.packages):
            continue
        seen: set[str] = set()
        for text, place in _texts(step):
            for found in _pattern().finditer(text):
                named, folder = found[1], found[0]
                entry = step.after.files.look(folder)
                is_there = entry.written_by is not None or entry.presence is Presence.PRESENT
                if named != there and named not in seen and not is_there:
                    seen.add(named)
                    yield CudaPath(folder, place, named, there)


def _texts(step: Step) -> Iterator[tuple[str, Place]]:
    if step.instruction.keyword == "ENV":
        for pair in step.instruction.pairs:
            if pair.value is not None:
                yield pair.value.value.strip("\"'"), pair.value.place()
    for run in step.effects.commands:
        if run.failure is Failure.FATAL and run.is_certain and run.name not in ("rm", "echo", "test", "["):
            for word, value in zip(run.command.words, run.words, strict=False):
                yield known(value) or "", word.raw.place()

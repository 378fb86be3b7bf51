"""A Dockerfile to the context paths that it relies on, by which its build context can be told."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.disk import InMemoryContext
from dfguard.interp.build.build import play
from dfguard.interp.build.frame import InstructionExpander
from dfguard.interp.build.mounts import run_mounts
from dfguard.interp.runtime.deployment import PLAIN, declared
from dfguard.interp.state.inputs import World
from dfguard.interp.state.model import MountKind
from dfguard.interp.values import known
from dfguard.syntax.dockerfile.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Source
    from dfguard.interp.state.model import BuildState, CopySource
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.dockerfile.document import Document, Instruction

_STARTERS = frozenset({"RUN", "CMD", "ENTRYPOINT"})


class Wanted(Record):
    """Context paths, clean, the root left out. `named` stand in COPY, ADD and bind mounts, patterns among them; `used` are
    taken by a later instruction out of a copy of the whole context, if no other step makes them. `takes_all`: the whole
    context is copied or mounted. `is_open`: a source is not known.
    """

    named: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    takes_all: bool = False
    is_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the build takes nothing out of its context."""
        return not (self.named or self.takes_all or self.is_open)


def wanted_of(
    source: Source, knowledge: Knowledge, build_arguments: tuple[tuple[str, str], ...] = ()
) -> Wanted:
    """What a Dockerfile takes out of its context: everything but the RUN instructions is played, so that variables have
    their values and working directories are known.
    """
    document = parse(source)
    world = World(InMemoryContext({}), knowledge, declared(PLAIN, "unknown", (), knowledge), build_arguments)
    named: list[str] = []
    used: list[str] = []
    takes_all = is_open = False
    for trace in play(_without_runs(document), world):
        states = {id(step.instruction): step.after for step in trace.steps}
        state, copies = (trace.steps[0].before if trace.steps else trace.final), []
        sources = {id(step.instruction): step.effects.copies for step in trace.steps}
        original = next((s for s in document.stages if s.index == trace.stage.index), trace.stage)
        for instruction in original.instructions:
            state = states.get(id(instruction), state)
            brought = list(_brought(sources.get(id(instruction), ())))
            mounted = list(_mounted(instruction, state, document)) if instruction.keyword == "RUN" else []
            for path, _ in (*brought, *mounted):
                is_open = is_open or path is None
                takes_all = takes_all or path == ""
                named += [path] if path else []
            copies += [target for path, target in brought if path == "" and target]
            if instruction.keyword in _STARTERS:
                folders = (*copies, *(target for path, target in mounted if path == "" and target))
                used += _used(instruction.rest.value, known(state.workdir) or "", folders)
    return Wanted(tuple(dict.fromkeys(named)), tuple(dict.fromkeys(used)), takes_all, is_open)


def _without_runs(document: Document) -> Document:
    stages = (
        replace(stage, instructions=tuple(i for i in stage.instructions if i.keyword != "RUN"))
        for stage in document.stages
    )
    return replace(document, stages=tuple(stages))


def _brought(copies: tuple[CopySource, ...]) -> Iterator[tuple[str | None, str]]:
    """The sources of a COPY or ADD in the context (empty for all of it, None for what is not known), and where to."""
    for copy in copies:
        pattern = known(copy.pattern)
        if copy.origin is None and (pattern is None or not re.match(r"\w+://|git@", pattern)):
            path = None if pattern is None else posixpath.normpath(f"/{pattern}").lstrip("/")
            yield path, copy.destination or ""


def _mounted(
    instruction: Instruction, state: BuildState, document: Document
) -> Iterator[tuple[str | None, str]]:
    """The sources of the bind mounts of a RUN in the context, and where they are."""
    for mount in run_mounts(instruction, state, InstructionExpander(state, document.escape)).items:
        if mount.kind is MountKind.BIND and mount.origin is None:
            yield (mount.source or "").lstrip("/"), mount.target


@cache
def _file_name() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w./:$}-])[\w./-]*\w\.(?:py|sh|txt|toml|json|ya?ml|js|cfg|lock|xml|mod|gradle|rb)(?![\w./-])",
        re.ASCII,
    )


def _used(text: str, workdir: str, copies: tuple[str, ...]) -> Iterator[str]:
    """The files that a text names and that a copy of the whole context may hold."""
    is_moved = re.search(r"\bcd\s", text) is not None
    for found in _file_name().findall(text):
        if found.startswith("/") or (workdir and not is_moved):
            path = posixpath.normpath(posixpath.join(workdir, found))
            for folder in copies:
                inside = posixpath.relpath(path, folder)
                if not inside.startswith(".."):
                    yield inside

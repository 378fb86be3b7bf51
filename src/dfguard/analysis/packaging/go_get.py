"""The stages to the `go get` that the Go of their base image refuses, since no module is around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.build.stages import chain, steps_of
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.state.model import Failure
from dfguard.interp.values import known
from dfguard.knowledge.images import parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import CommandRun, StageTrace, Step
    from dfguard.knowledge.packaging import RetiredVerb
    from dfguard.syntax.dockerfile.document import Flag

_BRINGS_NO_MODULE = frozenset(
    """
    apk apt-get apt add-apt-repository update-ca-certificates mkdir chmod chown rm cd echo printf export set
    true : test sleep ls cat which command addgroup adduser groupadd useradd pip pip3 npm
    """.split()
)
_GO_BRINGS_NO_MODULE = frozenset(["get", "install", "version", "env", "clean"])
_SWITCHES = frozenset(["GO111MODULE", "GOFLAGS"])
"""Variables that can make Go work as it did before it had modules."""
_EMPTY_MOUNTS = frozenset(f"type={kind}" for kind in ("cache", "tmpfs", "secret", "ssh"))


class RefusedGet(Record):
    """A `go get` that fails, and the FROM that chose the Go which refuses it."""

    run: CommandRun
    base: Place
    is_certain: bool


def refused_gets(traces: tuple[StageTrace, ...], row: RetiredVerb) -> Iterator[RefusedGet]:
    """The first one of each shipped stage; none where something may have brought a go.mod before."""
    for trace in traces:
        bottom = chain(trace, traces)[0]
        if not trace.is_shipped or not _refuses(known(bottom.base), row):
            continue
        own = {id(run) for step in trace.steps for run in step.effects.commands}
        run = _first(steps_of(trace, traces), row)
        if run is not None and id(run) in own:
            yield RefusedGet(run, bottom.stage.base.place(), run.is_certain)


def _refuses(image: str | None, row: RetiredVerb) -> bool:
    """Whether an image has a version in which the verb is retired. A tag without a version is the newest, but for those of
    releases of the system that newer versions were not built on.
    """
    reference = parse_reference(image) if image else None
    if reference is None or reference.repository != row.repository:
        return False
    tag = reference.tag or ("latest" if reference.digest is None else "")
    if not tag or set(re.split(r"[-.]", tag)) & set(row.older):
        return False
    written = re.match(r"(\d+)(?:\.(\d+))?", tag)
    if written is None or written[2] is None:
        return True
    major, minor = (int(part) for part in row.since.split("."))
    return (int(written[1]), int(written[2])) >= (major, minor)


def _first(steps: tuple[Step, ...], row: RetiredVerb) -> CommandRun | None:
    """The first call of the verb that surely fails, None when there is none, or something before it may bring a module."""
    for step in steps:
        if step.instruction.keyword in {"COPY", "ADD"}:
            return None
        if any(flag.name == "mount" and not _is_empty(flag) for flag in step.instruction.flags):
            return None
        if step.instruction.keyword == "RUN" and step.effects.script is None:
            return None
        for run in step.effects.commands:
            name = run.name.rpartition("/")[2]
            verb = known(run.words[1]) if len(run.words) > 1 else None
            if name == row.command and verb == row.verb:
                return run if run.failure is Failure.FATAL and not _is_switched(step, run) else None
            if name not in _BRINGS_NO_MODULE and (name != row.command or verb not in _GO_BRINGS_NO_MODULE):
                return None
    return None


def _is_empty(mount: Flag) -> bool:
    """Whether a mount brings no files of the context or of another stage."""
    fields = mount.value.value.split(",") if mount.value else []
    return any(field.strip() in _EMPTY_MOUNTS for field in fields) and not any("from=" in f for f in fields)


def _is_switched(step: Step, run: CommandRun) -> bool:
    return not _SWITCHES.isdisjoint(
        {name for name, _ in run.environment} | build_variables(step.before).keys()
    )

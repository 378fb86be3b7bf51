"""The stages to the commands that ask a mirror for a release of a distribution which the mirror no longer has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.build.stages import chain, steps_of
from dfguard.interp.filesystem import paths
from dfguard.interp.state.model import Failure
from dfguard.interp.values import known
from dfguard.knowledge.images import parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import CommandRun, StageTrace, Step
    from dfguard.knowledge.packaging import ArchivedRelease

_ADDERS = frozenset("add-apt-repository apt-add-repository extrepo dpkg rpm yum-config-manager".split())
_RUNNERS = frozenset("sh bash source . perl ansible-playbook".split())
_CHANGES_NOTHING = frozenset(["rm", "ls", "cat", "grep"])


class LostMirror(Record):
    """A command that asks a mirror which has the release no longer; `base` is the FROM that chose it."""

    run: CommandRun
    release: ArchivedRelease
    base: Place
    is_certain: bool


def lost_mirrors(traces: tuple[StageTrace, ...], releases: Iterable[ArchivedRelease]) -> Iterator[LostMirror]:
    """The first such command of each stage, unless something before it may have chosen another mirror."""
    rows = tuple(releases)
    for trace in traces:
        bottom = chain(trace, traces)[0]
        release = _release(bottom, rows)
        if release is None or not trace.is_shipped:
            continue
        earlier: list[Step] = []
        own = {id(step) for step in trace.steps}
        for step in steps_of(trace, traces):
            earlier.append(step)
            run = next((run for run in step.effects.commands if _asks(run, release)), None)
            if any(_may_redirect(one, release) for one in earlier):
                break
            if run is not None:
                if id(step) in own:
                    base = bottom.stage.base.place()
                    yield LostMirror(run, release, base, run.is_certain)
                break


def _release(bottom: StageTrace, rows: tuple[ArchivedRelease, ...]) -> ArchivedRelease | None:
    name = known(bottom.base)
    if name is None:
        return None
    reference = parse_reference(name)
    tag = reference.tag or ("latest" if reference.digest is None else "")
    is_official = "/" not in reference.repository
    parts = set(re.split(r"[-.]", tag))
    for row in rows:
        if reference.repository in row.repositories:
            if re.fullmatch(row.tags, tag):
                return row
        elif is_official and parts & set(row.suites):
            return row
    return None


def _asks(run: CommandRun, release: ArchivedRelease) -> bool:
    """Whether a command needs the mirror, and nothing is tried instead when it fails."""
    if run.name.rpartition("/")[2] not in release.commands:
        return False
    words = [known(word) or "" for word in run.words[1:]]
    if not any(word in release.verbs for word in words) or any(
        word.startswith(release.unless) for word in words if release.unless
    ):
        return False
    place = run.swallowed_by
    return run.failure is Failure.FATAL or (place is not None and place.text.strip() in {";", ""})


def _may_redirect(step: Step, release: ArchivedRelease) -> bool:
    """Whether a step may choose another mirror: it writes into the folder of the sources, or runs what nobody reads."""
    folder = release.folder
    if any(w.path == folder or paths.is_below(w.path, folder) for w in step.effects.writes):
        return True
    if any(m.target == folder or paths.is_below(m.target, folder) for m in step.effects.mounts):
        return True
    for copy in step.effects.copies:
        target = copy.destination or "/"
        if target == folder or paths.is_below(folder, target) or paths.is_below(target, folder):
            return True
    return any(_may_run_redirection(run, folder) for run in step.effects.commands)


def _may_run_redirection(run: CommandRun, folder: str) -> bool:
    """Whether a command adds a source, names the folder, or is a script."""
    name = run.name.rpartition("/")[2]
    if name in _ADDERS or name in _RUNNERS or name.endswith(".sh"):
        return True
    return name not in _CHANGES_NOTHING and any(folder in (known(word) or "") for word in run.words[1:])

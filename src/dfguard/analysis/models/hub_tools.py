"""Commands of build and start to those that the installed version of their distribution does not have any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.findings import Edit
from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.interp.python.versions import PYTHON_MANAGERS, How, Versions, newest_is
from dfguard.interp.values import known
from dfguard.knowledge.model import distribution_name
from dfguard.knowledge.versions import overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.python.versions import Resolution
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import BuildState, CommandRun, Step
    from dfguard.interp.state.model import Package as Installed
    from dfguard.knowledge.model import Knowledge
    from dfguard.knowledge.packages import CommandState, Package


class RemovedCommand(Record):
    """A command that is not there in the installed version, or refuses to work. `edits` name its successor instead."""

    run: CommandRun
    state: CommandState
    distribution: str
    range: str
    decided_at: Place | None
    is_certain: bool
    edits: tuple[Edit, ...] = ()


def removed_commands(
    steps: Iterable[Step], process: Process | None, final: BuildState | None, knowledge: Knowledge
) -> Iterator[RemovedCommand]:
    """The commands of build steps and start scripts that the installed version does not have."""
    owners = _owners(knowledge)
    runs = [(run, step.after) for step in steps for run in step.effects.commands]
    if process is not None and final is not None:
        runs += [(run, final) for run in process.commands]
    for run, state in runs:
        name = run.name.rpartition("/")[2]
        for owner in owners.get(name, ()):
            found = _removed(run, name, state, owner, knowledge)
            if found is not None:
                yield found


def _owners(knowledge: Knowledge) -> dict[str, list[Package]]:
    owners: dict[str, list[Package]] = {}
    for package in knowledge.packages.packages:
        for name in dict.fromkeys(command.command for command in package.commands):
            owners.setdefault(name, []).append(package)
    return owners


def _removed(
    run: CommandRun, name: str, state: BuildState, owner: Package, knowledge: Knowledge
) -> RemovedCommand | None:
    resolution = Versions(_packages_for(run, state), state.base, knowledge).of(owner.name)
    for other in (command for command in owner.commands if command.command == name):
        if other.state == "works":
            continue
        certain = _is_in(resolution, other, owner, state, knowledge)
        if certain is not None:
            return RemovedCommand(
                run,
                other,
                owner.name,
                resolution.range,
                resolution.place,
                certain and run.is_certain,
                tuple(_edits(run, name, other)),
            )
    return None


def _packages_for(run: CommandRun, state: BuildState) -> tuple[Installed, ...]:
    """The packages of the environment that the command's path names, all when it names none."""
    word = known(run.words[0]) if run.words else None
    folder = (word or "").rpartition("/")[0]
    own = tuple(p for p in state.packages if folder and p.tool.startswith(f"{folder}/"))
    return own or state.packages


def _is_in(
    found: Resolution, command: CommandState, owner: Package, state: BuildState, knowledge: Knowledge
) -> bool | None:
    """Whether the installed version surely lacks the command (True), plausibly (False), or nothing says so (None)."""
    working = (c.versions for c in owner.commands if c.command == command.command and c.state == "works")
    may_work = any(overlap(found.range, versions) is not False for versions in working)
    may_lack = overlap(found.range, command.versions) is not False
    if not may_work and may_lack and found.range:
        return True
    if found.how is not How.UNPINNED or not newest_is(found, knowledge, command.versions):
        return None
    return is_closed(state, knowledge, owner.name)


def is_closed(state: BuildState, knowledge: Knowledge, name: str) -> bool:
    """Whether all Python packages of the image are known by name and none of them can limit or bring `name`."""
    if state.base is None or state.base.is_open or state.environment.is_open:
        return False
    fact = knowledge.package(name)
    fine = {name, *(fact.unrelated if fact else ())}
    installed = [p for p in state.packages if p.manager in PYTHON_MANAGERS]
    is_named = all(package.url is None and not package.is_constraint for package in installed)
    return (
        is_named
        and not state.base.distributions
        and all(distribution_name(package.name) in fine for package in installed)
    )


_FLAGS = frozenset({"--resume-download"})
_OPTIONS = frozenset({"--local-dir-use-symlinks"})
_SUCCESSORS = {"download": "download", "upload": "upload", "login": "auth login", "whoami": "auth whoami"}
"""Sub-commands of huggingface-cli and what hf calls them (huggingface_hub 1.0.0: cli/hf.py, cli/auth.py)."""


def _edits(run: CommandRun, name: str, command: CommandState) -> Iterator[Edit]:
    """The edits that call the successor, without the options that it does not take; none for other sub-commands."""
    words = run.command.words
    at = next((i for i, word in enumerate(words) if (word.literal or "").rpartition("/")[2] == name), None)
    verb = words[at + 1].literal if at is not None and at + 1 < len(words) else None
    if at is None or command.instead != "hf" or verb not in _SUCCESSORS:
        return
    first = words[at].raw
    yield Edit(first.place(), first.value.replace(name, command.instead))
    if _SUCCESSORS[verb] != verb:
        yield Edit(words[at + 1].raw.place(), _SUCCESSORS[verb])
    rest = words[at + 2 :]
    for i, word in enumerate(rest):
        option = (word.literal or "").partition("=")[0]
        if option in _FLAGS | _OPTIONS:
            is_pair = option in _OPTIONS and "=" not in (word.literal or "") and i + 1 < len(rest)
            last = rest[i + 1] if is_pair else word
            before = rest[i - 1].span.end if i else words[at + 1].span.end
            yield Edit(Place(word.raw.source, Span(before, last.span.end)), "")

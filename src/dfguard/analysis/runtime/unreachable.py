"""The servers of the process to the one that nobody outside of the container reaches, although the container is to be reached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import Record
from dfguard.interp.python.command_lines import name_of
from dfguard.interp.values import known, texts_of
from dfguard.syntax.python.program import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.analysis.runtime.listeners import Listener
    from dfguard.core.project import Container, Project
    from dfguard.core.source import Place
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import CommandRun, Step
    from dfguard.knowledge.servers import Servers

_STARTERS = (
    "subprocess.",
    "os.system",
    "os.popen",
    "os.exec",
    "os.spawn",
    "multiprocessing.",
    "asyncio.create_subprocess",
)
_HOST_NETWORK = r"--net(?:work)?[= ]+[\"']?host\b|network_mode:\s*[\"']?host\b|hostNetwork:\s*true"


class Exposure(Record):
    """What says that the container is to be reached: a port (None: one that the file leaves open), with the EXPOSE or the name
    of what asks it.
    """

    port: int | None
    place: Place | None = None
    title: str = ""


class Unreachable(Record):
    """A server at the loopback, and why it is to be reached."""

    listener: Listener
    exposure: Exposure
    is_sure: bool


def exposures(
    steps: Iterable[Step], containers: tuple[Container, ...], platform: tuple[int | None, str]
) -> tuple[Exposure, ...]:
    """The ports by which somebody means to reach the container: EXPOSE, the ports of compose files and manifests, the
    platform's own (its port and its title).
    """
    found = []
    for step in steps:
        if step.instruction.keyword == "EXPOSE":
            added = [port for port in step.after.ports if port not in step.before.ports]
            numbers = [port.partition("/")[0] for port in added if port.endswith("/tcp") or "/" not in port]
            found += [Exposure(whole_number(number), step.instruction.place) for number in numbers]
    found += [Exposure(port, None, container.title) for container in containers for port in container.ports]
    if platform[0] is not None:
        found.append(Exposure(platform[0], None, platform[1]))
    return tuple(found)


def unreachable(
    found: tuple[Listener, ...],
    exposed: tuple[Exposure, ...],
    process: Process,
    servers: Servers,
    project: Project,
) -> Unreachable | None:
    """The one server of the process when it listens at the loopback, nothing may stand in front of it, and it is to be reached."""
    if not exposed or len({(one.server.id, one.place) for one in found}) != 1 or process.place is None:
        return None
    listener = found[0]
    containers = project.containers()
    if not listener.is_loopback or _has_front(listener, process, servers):
        return None
    if any(c.is_on_host for c in containers) or (containers and all(c.has_command for c in containers)):
        return None
    names = "|".join(map(re.escape, (*listener.server.host_variables, *listener.server.address_variables)))
    if project.says(_HOST_NETWORK) or (names and project.says(rf"\b(?:{names})\b")):
        return None
    port = listener.number
    fitting = [one for one in exposed if one.port == port]
    is_sure = listener.is_sure and not process.unknowns and bool(fitting or port is not None)
    return Unreachable(listener, (fitting or list(exposed))[0], is_sure)


def _has_front(listener: Listener, process: Process, servers: Servers) -> bool:
    """Whether another program may answer in front of the server: a proxy, one that runs beside it, one that a program starts."""
    fronts = {name for front in servers.fronts for name in front.names}
    for run in process.commands:
        words = [text.rpartition("/")[2] for word in run.words for text in texts_of(word) or ("",)]
        if (
            not fronts.isdisjoint(words)
            or not fronts.isdisjoint(run.wrappers)
            or not words
            or _is_beside(run)
        ):
            return True
    at = process.commands.index(listener.run)
    if any(name_of(run.name) not in _IDLE for run in process.commands[at + 1 :]):
        return True
    return any(
        call.name.startswith(_STARTERS) and call.reach is Reach.IMPORT
        for started in process.programs
        for call in started.program.calls
    )


_IDLE = frozenset({"wait", "exit", "echo", "true", ":", "printf"})


def _is_beside(run: CommandRun) -> bool:
    """Whether it runs in the background (what swallows its failure is around it)."""
    around = run.swallowed_by
    return (
        around is not None
        and around.source is run.place.source
        and around.span.start <= run.place.span.start
        and run.place.span.end <= around.span.end
        and known(run.words[0]) is not None
    )

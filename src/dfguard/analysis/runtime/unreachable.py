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
    of what asks it. `is_note`: it is an EXPOSE, which nothing acts on.
    """

    port: int | None
    place: Place | None = None
    title: str = ""
    is_note: bool = False


class Unreachable(Record):
    """A server at the loopback, and why it is to be reached."""

    listener: Listener
    exposure: Exposure
    is_sure: bool


def exposures(
    steps: Iterable[Step], project: Project, platform: tuple[int | None, str]
) -> tuple[Exposure, ...]:
    """The ports by which somebody means to reach the container: EXPOSE, the ports of compose files and manifests, the
    platform's own (its port and its title).
    """
    found = []
    for step in steps:
        if step.instruction.keyword == "EXPOSE":
            added = [port for port in step.after.ports if port not in step.before.ports]
            numbers = [port.partition("/")[0] for port in added if port.endswith("/tcp") or "/" not in port]
            found += [
                Exposure(whole_number(number), step.instruction.place, is_note=True) for number in numbers
            ]
    found += [
        Exposure(port, None, container.title)
        for container in project.containers()
        for port in container.ports
    ]
    found += [Exposure(route.port, route.place, route.title) for route in project.routes()]
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
    listener = _only(found, process, servers) if exposed else None
    containers = project.containers()
    if listener is None or not listener.is_loopback:
        return None
    if any(c.is_on_host for c in containers) or _may_be_told(listener, containers):
        return None
    if containers and all(c.has_command for c in containers):
        return None
    names = "|".join(map(re.escape, (*listener.server.host_variables, *listener.server.address_variables)))
    if project.says(_HOST_NETWORK) or (names and project.says(rf"\b(?:{names})\b")):
        return None
    port = listener.number
    fitting = [one for one in exposed if one.port == port]
    is_sure = listener.is_sure and not process.unknowns and bool(fitting or port is not None)
    return Unreachable(listener, (fitting or list(exposed))[0], is_sure)


class Unasked(Record):
    """A server that listens at another port than the one it is asked at."""

    listener: Listener
    port: int
    exposure: Exposure
    is_sure: bool


def unasked(
    found: tuple[Listener, ...],
    exposed: tuple[Exposure, ...],
    process: Process,
    servers: Servers,
    project: Project,
) -> Unasked | None:
    """The one server of the process when its port is known, and is none of those that somebody asks. An EXPOSE alone is a note
    that nothing acts on: what it tells is never sure.
    """
    listener = _only(found, process, servers)
    port = listener.number if listener else None
    if listener is None or port is None or listener.is_loopback is not False:
        return None
    containers = project.containers()
    if any(c.has_command or c.is_on_host for c in containers) or _may_be_told(listener, containers):
        return None
    asking = [one for one in exposed if not one.is_note] or list(exposed)
    if not asking or any(one.port in {port, None} for one in asking):
        return None
    return Unasked(
        listener, port, asking[0], listener.is_sure and not process.unknowns and not asking[0].is_note
    )


def _may_be_told(listener: Listener, containers: tuple[Container, ...]) -> bool:
    """Whether a deployment may set a variable that the server reads, by a file that is not read or in one of several places."""
    server = listener.server
    read = {
        *(*server.host_variables, *server.port_variables, *server.address_variables),
        *(*server.public_variables, *server.elsewhere_variables),
    }
    sets = [read.intersection(setting.name for setting in c.settings) for c in containers]
    return any(c.has_more_settings for c in containers) or any(found != sets[0] for found in sets)


def _only(found: tuple[Listener, ...], process: Process, servers: Servers) -> Listener | None:
    """The one server of the process, nothing of which may stand in front of it; None when there is no such."""
    if len({(one.server.id, one.place) for one in found}) != 1 or process.place is None:
        return None
    return None if _has_front(found[0], process, servers) else found[0]


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

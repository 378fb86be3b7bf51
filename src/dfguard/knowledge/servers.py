"""The data types of the server table: how a server is told where it listens, and where it listens when nobody tells it."""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class Server(Sourced):
    """One way to start a server: by a command (`commands`: the program's name, with its verb behind a blank) or by a Python
    call (`calls`: patterns of dotted names).

    `host` and `port` are the options, or the keywords of the call, that name them; `address` those that take both
    (`host:port`, or the host alone); `is_operand`: the word behind the verb is such an address, or a port alone. The
    `*_variables` are read where none of these is given, `public_variables` make the server listen at every address.
    `elsewhere` are options, keywords and `elsewhere_variables` variables that name another socket, a tunnel, or a file of
    settings; `files` are those that it reads by itself (in the working directory, or below `~`). `default_host` empty: where
    it listens is not known; `default_port` None: nor the port.
    """

    id: str
    commands: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    default_host: str = ""
    default_port: int | None = None
    host: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    is_operand: bool = False
    host_position: int | None = None
    port_position: int | None = None
    host_variables: tuple[str, ...] = ()
    port_variables: tuple[str, ...] = ()
    address_variables: tuple[str, ...] = ()
    public_variables: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    elsewhere_variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Front(Sourced):
    """Programs that answer in front of a server of the same container, or start several programs: by their names."""

    id: str
    names: tuple[str, ...]


class Servers(Record):
    """rules/tables/servers.yaml."""

    servers: tuple[Server, ...] = ()
    fronts: tuple[Front, ...] = ()

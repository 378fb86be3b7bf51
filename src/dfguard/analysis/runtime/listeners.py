"""The process's commands and Python calls to the servers that it starts, each with the address and the port it listens at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.filesystem import paths
from dfguard.interp.python.command_lines import LaunchKind, launch_of, name_of
from dfguard.interp.python.evaluation import ProgramScope, evaluate
from dfguard.interp.runtime.view import Visibility
from dfguard.interp.values import Known, Unknown, known
from dfguard.knowledge.patterns import alternatives, name_matches
from dfguard.syntax.python.program import Choice, EnvironmentRead, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import CommandRun, Started
    from dfguard.interp.values import Value
    from dfguard.knowledge.model import Knowledge
    from dfguard.knowledge.servers import Server
    from dfguard.syntax.python.program import Expression, PythonCall

_LOOPBACK = ("localhost", "::1", "[::1]", "ip6-localhost")
_EVERYWHERE = "0.0.0.0"  # noqa: S104  nothing is bound here
_OFF = frozenset({"", "False", "None"})
_ELSEWHERE = Unknown("it is told to listen elsewhere")


class Listener(Record):
    """A server that is started: by which entry of the table, the command of the process that leads to it, where it is named,
    and what it listens at: `host` and `port`. `is_sure`: it runs whenever the process gets that far, and nothing but the image
    decides its address.
    """

    server: Server
    run: CommandRun
    place: Place
    host: Value
    port: Value
    is_sure: bool = True

    @property
    def is_loopback(self) -> bool | None:
        """Whether nothing outside of the container reaches it, None when that is not known."""
        host = known(self.host)
        return None if host is None else host in _LOOPBACK or host.startswith("127.")

    @property
    def number(self) -> int | None:
        """The port, None when it is not known."""
        return whole_number(known(self.port) or "")


def listeners(process: Process, view: RuntimeView, knowledge: Knowledge) -> Iterator[Listener]:
    """The servers that the process starts, those of commands first."""
    servers = knowledge.servers.servers
    for run in process.commands:
        for server in servers:
            rest = _behind_name(run, server)
            if rest is not None:
                yield _Command(server, run, rest, process, view).listener()
                break
    for started in process.programs:
        starter = next((run for run in process.commands if run.place == started.place), None)
        if starter is not None:
            yield from _of_program(started, starter, servers, process, view)


def _behind_name(run: CommandRun, server: Server) -> tuple[Value, ...] | None:
    """The words behind the name of the server's command (and behind its verb, those in front of it kept); None for any other
    command.
    """
    words, name = run.words, name_of(run.name)
    if name == "python":
        launch = launch_of(words)
        if launch is None or launch.kind not in {LaunchKind.PYTHON_MODULE, LaunchKind.PYTHON_FILE}:
            return None
        name, rest = paths.name(known(launch.target) or ""), launch.words
    else:
        rest = words[1:]
    for command in server.commands:
        program, _, verb = command.partition(" ")
        texts = [known(word) for word in rest]
        if name == program and (not verb or verb in texts):
            at = texts.index(verb) if verb else -1
            return (*rest[: max(at, 0)], *rest[at + 1 :]) if at != 0 else rest[1:]
    return None


def _of_program(
    started: Started, run: CommandRun, servers: tuple[Server, ...], process: Process, view: RuntimeView
) -> Iterator[Listener]:
    launch = launch_of(run.words)
    is_script = launch is None or launch.is_script
    for call in started.program.calls:
        if call.reach is not Reach.IMPORT or (call.is_main and (started.name or not is_script)):
            continue
        server = next((s for s in servers if _is_call(s, call.name)), None)
        if server is not None:
            words = launch.words if launch else None
            yield _Call(server, run, call, started, words, process, view).listener()


def _is_call(server: Server, name: str) -> bool:
    return any(name_matches(p, name) for pattern in server.calls for p in alternatives(pattern))


class _Reading:
    """What a server that is told neither host nor port goes by."""

    def __init__(self, server: Server, run: CommandRun, process: Process, view: RuntimeView) -> None:
        self.server, self.run, self.process, self.view = server, run, process, view

    def variable(self, name: str) -> Value | None:
        """A variable as the server finds it; Unknown where a program of the process or the base image may set it."""
        own = dict(self.run.environment)
        if any(write.name == name for s in self.process.programs for write in s.program.environment):
            return Unknown(f"the program sets {name}")
        found = own[name] if name in own else self.view.variable(name)
        if found is None and self.view.state.environment.may_hold(name):
            return Unknown(f"the base image may set {name}")
        return found

    def first(self, names: tuple[str, ...]) -> Value | None:
        found = (self.variable(name) for name in names)
        return next((value for value in found if value is not None and known(value) != ""), None)

    def has_files(self) -> bool:
        """Whether a file of settings may be there."""
        workdir, home = known(self.run.workdir), known(self.view.home)
        for file in self.server.files:
            base = home if file.startswith("~/") else workdir
            path = file.removeprefix("~/")
            if base is None and not path.startswith("/"):
                return True
            if self.view.look(paths.clean(path, base or "/")).visibility is not Visibility.ABSENT:
                return True
        return False

    def settled(self, host: Value | None, port: Value | None) -> tuple[Value, Value]:
        """Host and port where the words leave one of them out."""
        server = self.server
        if self.first(server.elsewhere_variables) is not None:
            return _ELSEWHERE, _ELSEWHERE
        address = self.first(server.address_variables)
        if address is not None:
            given = split(address)
            host, port = host or given[0], port or given[1]
        public = self.first(server.public_variables)
        if host is None and port is None and public is not None:
            return Known(_EVERYWHERE), public
        host, port = host or self.first(server.host_variables), port or self.first(server.port_variables)
        if (host is None or port is None) and self.has_files():
            unread = Unknown("a file of settings may say it")
            host, port = host or unread, port or unread
        number = server.default_port
        return (
            host or (Known(server.default_host) if server.default_host else Unknown("it is not looked at")),
            port or (Known(str(number)) if number is not None else Unknown("it is not looked at")),
        )


def split(address: Value) -> tuple[Value | None, Value | None]:
    """The host and the port of `host:port`, `host`, `:port` or an address on the web; both Unknown when it is not known."""
    text = known(address)
    if text is None or text.startswith(("unix:", "fd:", "/")):
        return _ELSEWHERE, _ELSEWHERE
    text = text.rpartition("://")[2].rstrip("/")
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return Known(text), None
    return Known(host or _EVERYWHERE), Known(port) if port else None


class _Command(_Reading):
    """A server that a command starts."""

    def __init__(
        self, server: Server, run: CommandRun, rest: tuple[Value, ...], process: Process, view: RuntimeView
    ) -> None:
        super().__init__(server, run, process, view)
        self.rest = rest

    def listener(self) -> Listener:
        host, port = self.told()
        return Listener(
            self.server, self.run, self.run.place, *self.settled(host, port), is_sure=self.run.is_certain
        )

    def told(self) -> tuple[Value | None, Value | None]:
        server = self.server
        if any(known(word) is None for word in self.rest) and not self.given(server.host + server.address):
            return _ELSEWHERE, _ELSEWHERE
        if self.given(server.elsewhere):
            return _ELSEWHERE, _ELSEWHERE
        hosts, ports = self.given(server.host), self.given(server.port)
        addresses = self.given(server.address)
        if server.is_operand:
            addresses = [word for word in self.rest if not (known(word) or "-").startswith("-")][:1]
            number = known(addresses[0]) if addresses else None
            if number is not None and whole_number(number) is not None:
                return None, Known(number)
        if len(addresses) > 1:
            return _ELSEWHERE, _ELSEWHERE
        if addresses:
            return split(addresses[0])
        return (hosts[-1] if hosts else None), (ports[-1] if ports else None)

    def given(self, options: tuple[str, ...]) -> list[Value]:
        """The values of these options, in order (`--host x`, `--host=x`, `-bx`)."""
        found: list[Value] = []
        nothing = Unknown("nothing follows")
        for word, following in zip(self.rest, (*self.rest[1:], nothing), strict=True):
            text = known(word) or ""
            name, equals, value = text.partition("=")
            if name in options:
                found.append(Known(value) if equals else following)
            elif text[:2] in options and not text.startswith("--"):
                found.append(Known(text[2:]))
        return found


class _Call(_Reading):
    """A server that a Python call starts."""

    def __init__(
        self,
        server: Server,
        run: CommandRun,
        call: PythonCall,
        started: Started,
        words: tuple[Value, ...] | None,
        process: Process,
        view: RuntimeView,
    ) -> None:
        super().__init__(server, run, process, view)
        self.call, self.started = call, started
        self.scope = ProgramScope(self.variable, words=words, path=started.path)

    def listener(self) -> Listener:
        place = Place(self.started.program.source, self.call.span)
        is_sure = self.run.is_certain and not self.call.is_conditional and not self.is_left_open()
        return Listener(self.server, self.run, place, *self.settled(*self.told()), is_sure=is_sure)

    def told(self) -> tuple[Value | None, Value | None]:
        server, call = self.server, self.call
        late = (a.position for a in call.arguments if a.position is not None and a.position > 0)
        is_open = any(a.keyword in {"*", "**"} for a in call.arguments)
        if is_open or (server.host_position is None and any(late)):
            return _ELSEWHERE, _ELSEWHERE
        for keyword in server.elsewhere:
            argument = call.argument(None, keyword)
            value = evaluate(argument.value, self.scope) if argument else None
            if value is not None and known(value) not in _OFF:
                return _ELSEWHERE, _ELSEWHERE
        return self.value(server.host_position, server.host), self.value(server.port_position, server.port)

    def value(self, position: int | None, keywords: tuple[str, ...]) -> Value | None:
        argument = self.call.argument(position, *keywords)
        return evaluate(argument.value, self.scope) if argument else None

    def is_left_open(self) -> bool:
        """Whether a variable of the deployment is asked for the host."""
        argument = self.call.argument(self.server.host_position, *self.server.host)
        return argument is not None and _asks(argument.value)


def _asks(expression: Expression) -> bool:
    match expression:
        case EnvironmentRead():
            return True
        case Choice(options):
            return any(_asks(option) for option in options)
    return False

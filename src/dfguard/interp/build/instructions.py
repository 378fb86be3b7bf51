"""One instruction to the state behind it: a transfer function per keyword.

After moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go (`dispatch` and its kin) and convert_expose.go, which still takes
`ip:host:port`, @73ed6825. Variables are expanded with the state before the instruction; ARG alone reads them from left to right.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.record import replace
from dfguard.interp.build import process_instructions
from dfguard.interp.build.copy import copy, copy_refusals
from dfguard.interp.build.expansion import UnsetArgument, bound
from dfguard.interp.build.frame import InstructionExpander, Turn
from dfguard.interp.build.mounts import run_environment, run_mounts
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.accounts import owner_of
from dfguard.interp.filesystem.filesystem import Maker
from dfguard.interp.state.model import Effects, Variable, Write
from dfguard.interp.values import Binding, Known, Unknown, known, merge_because

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.core.source import Place, Text
    from dfguard.interp.build.frame import Scene
    from dfguard.interp.state.model import BuildState
    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Fault, Instruction, Pair


MOST_PORTS = 1000
HIGHEST = 65_535


def exposed_ports(word: str) -> tuple[str, ...] | str:
    """`8000-8001/UDP` to `8000/udp`, `8001/udp`; what BuildKit refuses to the reason. A very long range stays one
    entry, `1-65535/tcp`.
    """
    rest, _, container = word.rpartition(":")
    address, _, host = rest.rpartition(":")
    if address and not _is_address(address):
        return f"{address} in {word} is no address"
    ports, _, protocol = container.partition("/")
    protocol = protocol.lower() or "tcp"
    if protocol not in {"tcp", "udp", "sctp"}:
        return f"{word} has the unknown protocol {protocol}"
    found = _range(ports)
    if found is None:
        return f"{word} is no port"
    first, last = found
    if host:
        outside = _range(host)
        if outside is None:
            return f"{host} in {word} is no port"
        if first != last and outside[1] - outside[0] != last - first:
            return f"{word} joins two ranges of different size"
    if last - first > MOST_PORTS:
        return (f"{first}-{last}/{protocol}",)
    return tuple(f"{port}/{protocol}" for port in range(first, last + 1))


def _range(text: str) -> tuple[int, int] | None:
    start, dash, end = text.partition("-")
    first, last = _port(start), _port(end) if dash else _port(start)
    return None if first is None or last is None or last < first else (first, last)


def _is_address(text: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        return False
    return True


def _port(text: str) -> int | None:
    digits = text.removeprefix("+")
    number = whole_number(digits)
    if number is None or number > HIGHEST:
        return None
    return number


SCANNED = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
"""ARGs that say what BuildKit scans and are no variables (`nonEnvArgs`)."""


def play_instruction(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    """The turn of any instruction; FROM, MAINTAINER and what BuildKit does not know change nothing."""
    transfer = _TRANSFERS.get(instruction.keyword)
    return transfer(instruction, state, scene) if transfer else Turn(state)


def _with_variables(state: BuildState, values: dict[str, Value]) -> BuildState:
    """The state in which RUN and later words see the variables; what the image keeps is not touched."""
    found = state.build_environment
    if not values.keys().isdisjoint(dict(found)):
        found = tuple(pair for pair in found if pair[0] not in values)
    return replace(state, build_environment=(*found, *values.items()))


def _with_image_variables(state: BuildState, values: dict[str, Value]) -> BuildState:
    """The state whose image has the variables, each at the place where it was first set."""
    found, given = state.environment.variables, {n: Variable(n, value) for n, value in values.items()}
    known_names = given.keys() & dict(found)
    if known_names:
        found = tuple((n, given[n]) if n in known_names else (n, variable) for n, variable in found)
    added = (pair for pair in given.items() if pair[0] not in known_names)
    return replace(state, environment=replace(state.environment, variables=(*found, *added)))


def _expander(state: BuildState, scene: Scene) -> InstructionExpander:
    return InstructionExpander(state, scene.document.escape)


def _env(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    expander = _expander(state, scene)
    first: dict[str, Value] = {}
    last: dict[str, Value] = {}
    for pair in instruction.pairs:
        name, value = known(expander.value(pair.key)), _assigned(pair, expander)
        if name is not None:
            last.pop(name, None)
            first[name] = last[name] = bound(value, _binding(name, pair))
    return expander.turn(_with_image_variables(_with_variables(state, last), first))


def _assigned(pair: Pair, expander: InstructionExpander) -> Value:
    return Known("") if pair.value is None else expander.value(pair.value)


def _binding(name: str, pair: Pair) -> Binding:
    text = pair.key if pair.value is None else pair.value
    return Binding(name, text.value, text.place())


def _label(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    expander = _expander(state, scene)
    labels = dict(state.labels)
    for pair in instruction.pairs:
        name = known(expander.value(pair.key))
        value = _assigned(pair, expander)
        if name is not None:
            labels[name] = bound(value, _binding(name, pair))
    return expander.turn(replace(state, labels=tuple(labels.items())))


def _arg(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    """Each ARG in turn: --build-arg, else its own default, else the global one, else not set."""
    given, outer = dict(scene.world.build_arguments), dict(scene.global_arguments)
    turn = Turn(state)
    for pair in instruction.pairs:
        name, expander = pair.key.value, _expander(turn.state, scene)
        value: Value | None = outer.get(name)
        if name in given:
            value = Known(given[name], (Binding(name, given[name], None, "--build-arg"),))
        elif pair.value is not None:
            value = bound(expander.value(pair.value), _binding(name, pair))
        made = expander.turn(_with_argument(turn.state, name, value))
        turn = Turn(made.state, Effects(), turn.refusals + made.refusals, turn.undefined + made.undefined)
    return turn


def _with_argument(state: BuildState, name: str, value: Value | None) -> BuildState:
    is_set = value is not None and not isinstance(value, UnsetArgument)
    rest = tuple(pair for pair in state.arguments if pair[0] != name)
    state = replace(state, arguments=(*rest, (name, value if is_set else None)))
    if name in SCANNED:
        return state
    if value is not None and is_set:
        return _with_variables(state, {name: value})
    if any(pair[0] == name for pair in state.build_environment):
        return state
    return _with_variables(state, {name: UnsetArgument(f"ARG {name} has no default")})


def _workdir(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    expander = _expander(state, scene)
    if not instruction.arguments:
        return expander.turn(state)
    text = instruction.arguments[0]
    place, value = text.place(), expander.value(text)
    binding = Binding("WORKDIR", text.value, place)
    target = _directory(value, state.workdir)
    workdir = bound(target, binding)
    path = known(workdir)
    if path is None or path == "/":
        return expander.turn(replace(state, workdir=workdir))
    user = known(state.user)
    owner = "0:0" if user == "" else None if user is None else owner_of(user, state.files.accounts)
    files = state.files.make_directory(path, Maker(owner, place, workdir.because))
    write = Write(path, place, "WORKDIR", workdir.because, is_payload=False)
    return expander.turn(replace(state, workdir=workdir, files=files), Effects(writes=(write,)))


def _directory(value: Value, before: Value) -> Value:
    """The new working directory, clean, a relative one below the one before."""
    path, base = known(value), known(before)
    because = value.because
    if path is None:
        return value if isinstance(value, Unknown) else Unknown("it is one of several directories", because)
    if re.match(r"[A-Za-z]:|\\", path):
        return Unknown("paths of Windows are not followed", because)
    if path.startswith("/"):
        return Known(paths.clean(path), because)
    because = merge_because(before.because, because)
    if base is None:
        return Unknown(getattr(before, "why", "the working directory is not known"), because)
    return Known(paths.clean(path, base), because)


def _user(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    expander = _expander(state, scene)
    if not instruction.arguments:
        return expander.turn(state)
    text = instruction.arguments[0]
    value = bound(expander.value(text), Binding("USER", text.value, text.place()))
    return expander.turn(replace(state, user=value))


def _volume(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    expander, volumes = _expander(state, scene), dict(state.volumes)
    unknowns: list[tuple[Place, str]] = []
    for text in instruction.arguments:
        value = expander.value(text)
        path = known(value)
        if path == "":
            expander.refuse(text.place(), "the path of the volume is empty")
        elif path is not None:
            volumes[path.strip()] = text.place()
        elif isinstance(value, Unknown):
            unknowns.append((text.place(), value.why))
    return expander.turn(replace(state, volumes=tuple(volumes.items())), Effects(unknowns=tuple(unknowns)))


def _expose(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    expander, ports = _expander(state, scene), dict.fromkeys(state.ports)
    for text in instruction.arguments:
        for word in map(known, expander.words(text)):
            found = exposed_ports(word) if word is not None else ()
            if isinstance(found, str):
                expander.refuse(text.place(), found)
            else:
                ports |= dict.fromkeys(found)
    return expander.turn(replace(state, ports=tuple(ports)))


@cache
def _signal() -> re.Pattern[str]:
    """Numbers but 0, and the names of github.com/moby/sys/signal signal_linux.go."""
    return re.compile(
        r"(?:SIG)?(?:ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|RTMIN(?:\+(?:\d|1[0-5]))?"
        r"|RTMAX(?:-(?:\d|1[0-4]))?|SEGV|STKFLT|STOP|SYS|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ)"
        r"|[-+]?0*[1-9]\d*",
        re.IGNORECASE,
    )


def _stop_signal(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    expander = _expander(state, scene)
    for text in instruction.arguments[:1]:
        signal = known(expander.value(text))
        if signal is not None and not _signal().fullmatch(signal):
            expander.refuse(text.place(), f"{signal or 'the empty text'} is no signal")
        state = replace(state, stop_signal=signal)
    return expander.turn(state)


def _onbuild(instruction: Instruction, state: BuildState, _scene: Scene) -> Turn:
    trigger = instruction.trigger
    return Turn(replace(state, triggers=(*state.triggers, trigger)) if trigger else state)


def _copy(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    expander = _expander(state, scene)
    operators = [heredoc.operator for heredoc in instruction.heredocs]
    words = [text for text in _copied_words(instruction) if text.span() not in operators]
    values = {text.span(): known(expander.value(text)) for text in words}
    for place, message in copy_refusals(instruction, values):
        expander.refuse(place, message)
    for heredoc in instruction.heredocs:
        if heredoc.expands:
            expander.body(heredoc.body)
    after, effects = copy(instruction, state, scene.world, scene.played, scene.document.escape)
    turn = expander.turn(after, effects)
    return replace(turn, refusals=tuple(_explained(fault, instruction.keyword) for fault in turn.refusals))


def _explained(fault: Fault, keyword: str) -> Fault:
    if not fault.is_open_quote:
        return fault
    return replace(fault, message=f"{fault.message}: {keyword} splits at every space, in quotes, too")


def _copied_words(instruction: Instruction) -> list[Text]:
    flags = (instruction.flag(name) for name in ("chown", "chmod", "checksum"))
    return [*(flag.value for flag in flags if flag and flag.value), *instruction.arguments]


def _run(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    from dfguard.interp.build.run import run

    expander = _expander(state, scene)
    mounts = run_mounts(instruction, state, expander)
    inside = replace(state, build_environment=run_environment(state, mounts.items, scene.world))
    after, effects = run(instruction, inside, mounts.items, scene.world, scene.played)
    effects = replace(effects, mounts=mounts.items, unknowns=mounts.unknowns + effects.unknowns)
    return expander.turn(replace(after, build_environment=state.build_environment), effects)


_TRANSFERS: dict[str, Callable[[Instruction, BuildState, Scene], Turn]] = {
    "ADD": _copy,
    "ARG": _arg,
    "CMD": process_instructions.command,
    "COPY": _copy,
    "ENTRYPOINT": process_instructions.entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "HEALTHCHECK": process_instructions.healthcheck,
    "LABEL": _label,
    "ONBUILD": _onbuild,
    "RUN": _run,
    "SHELL": process_instructions.shell,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}

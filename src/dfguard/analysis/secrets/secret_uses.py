"""The RUN instructions to what becomes of secrets in them: printed into the log, or kept in the layer."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dfguard.analysis.secrets.secret_scope import SecretUse
from dfguard.analysis.shell.output_sinks import captured, output_of
from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.lookup import table_of
from dfguard.interp.state.model import MountKind
from dfguard.syntax.shell.calls import Call, calls, commands
from dfguard.syntax.shell.nodes import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.secrets.secret_scope import Scope
    from dfguard.interp.state.model import Step
    from dfguard.knowledge.model import Knowledge
    from dfguard.knowledge.security import SecretStore
    from dfguard.syntax.shell.nodes import Command, Script, Word

_PRINTERS = frozenset(["echo", "printf"])
_REMOVERS = frozenset(["rm", "shred", "unlink"])
_XARGS_VALUES = frozenset(["-n", "-I", "-P", "-L", "-d", "-s", "-a", "-E"])
_HIDDEN = frozenset([MountKind.CACHE, MountKind.TMPFS, MountKind.SECRET])


class PrintedSecret(Record):
    """A secret that reaches the build log. `traced_by`: the `set -x` that prints it, None when the command itself does."""

    name: str
    place: Place
    traced_by: Place | None = None


class KeptSecret(Record):
    """A secret that stays in the layer of a RUN: in the file of a `store`, or in `path`; `name` is empty for a login
    whose token comes from elsewhere.
    """

    name: str
    place: Place
    store: SecretStore | None = None
    path: str = ""


class SecretAddress(Record):
    """A build argument that is the password in an address of a RUN."""

    name: str
    place: Place
    step: Step


def printed_secrets(script: Script, scope: Scope) -> Iterator[PrintedSecret]:
    """The secrets that the commands of a RUN print, each name and place once."""
    hidden = captured(script)
    trace: Place | None = None
    traced: set[str] = set()
    for command in commands(script.body):
        uses = list(_printed_by(command, scope)) if id(command) not in hidden else []
        yield from (PrintedSecret(use.name, use.place) for use in uses)
        traced.update(use.name for use in uses)
        trace = _tracing(command, script, trace)
        for use in _expanded_by(command, scope) if trace else ():
            if use.name not in traced:
                traced.add(use.name)
                yield PrintedSecret(use.name, use.place, trace)


def _expanded_by(command: Command, scope: Scope) -> Iterator[SecretUse]:
    values = (assignment.value for assignment in command.assignments if assignment.value)
    return scope.in_words((*command.words, *values))


def _tracing(command: Command, script: Script, before: Place | None) -> Place | None:
    if command.name != "set":
        return before
    words = [word.literal or "" for word in command.words[1:]]
    if any(word == "+x" or (word == "xtrace" and "+o" in words) for word in words):
        return None
    turns_on = any(word.startswith("-") and "x" in word for word in words) or "xtrace" in words
    return Place(script.source, command.span) if turns_on else before


def _printed_by(command: Command, scope: Scope) -> Iterator[SecretUse]:
    name = (command.name or "").rpartition("/")[2]
    words = command.words[1:]
    if name in _PRINTERS and not (name == "printf" and words and words[0].literal == "-v"):
        yield from scope.in_words(words)
    elif name == "printenv":
        wanted = [(word.literal, word) for word in words if word.literal]
        yield from (SecretUse(text, word.raw.place()) for text, word in wanted if text in scope.variables)
        yield from () if words else _whole_environment(command, scope)
    elif name == "env" and not words:
        yield from _whole_environment(command, scope)
    elif name == "cat":
        texts = [(word.literal, word) for word in words if word.literal]
        yield from (SecretUse(text, word.raw.place()) for text, word in texts if scope.is_secret_file(text))
        heredocs = (redirect.content for redirect in command.redirects if redirect.content)
        yield from scope.in_words(heredocs)


def _whole_environment(command: Command, scope: Scope) -> Iterator[SecretUse]:
    place = Place(scope.source, command.span)
    yield from (SecretUse(name, place) for name in sorted(scope.variables)[:1])


def kept_secrets(step: Step, script: Script, scope: Scope, knowledge: Knowledge) -> Iterator[KeptSecret]:
    """The secrets that stay in the layer of a RUN."""
    everything = tuple(_behind_xargs(call) for call in calls(script))
    for call in everything:
        for store in knowledge.security.stores:
            if call.name in store.commands and set(store.words) <= set(call.arguments):
                yield from _kept_by(call, store, everything, step, scope)
    yield from _written(step, script, scope)


def _behind_xargs(call: Call) -> Call:
    """The call that `xargs` makes with words from its input; any other call as it is."""
    operands = call.operands(_XARGS_VALUES) if call.name == "xargs" else ()
    if not operands:
        return call
    at = call.places.index(operands[0][1])
    return Call(operands[0][0].rpartition("/")[2], call.arguments[at:], call.places[at:], call.command)


def _kept_by(
    call: Call, store: SecretStore, everything: tuple[Call, ...], step: Step, scope: Scope
) -> Iterator[KeptSecret]:
    if call.has(*store.unless) or _is_undone(call, store, everything) or _is_mounted(store, step):
        return
    words = call.command.words if call.command else ()
    use = next(scope.in_words(words), None) or next(_in_addresses(words, scope), None)
    if use is not None:
        yield KeptSecret(use.name, use.place, store)
    elif store.is_always:
        yield KeptSecret("", call.whole, store)


def _is_undone(call: Call, store: SecretStore, everything: tuple[Call, ...]) -> bool:
    later = (other for other in everything if other.place.span.start > call.place.span.start)
    for other in later:
        if other.name in store.commands and other.has(*store.undone_by):
            return True
        if other.name in _REMOVERS and any(_names(word, call, store) for word in other.arguments):
            return True
    return False


def _names(word: str, call: Call, store: SecretStore) -> bool:
    """Whether a removed path is one of the store's files, or the folder that the call itself makes."""
    parts = [part for part in word.rstrip("/*").split("/") if part]
    return any(file in parts for file in store.files) or (bool(parts) and parts[-1] in _made_by(call))


def _made_by(call: Call) -> frozenset[str]:
    tails = (word.rstrip("/").rpartition("/")[2].removesuffix(".git") for word in call.arguments)
    return frozenset(tail for tail in tails if tail and call.name == "git" and call.has("clone"))


def _is_mounted(store: SecretStore, step: Step) -> bool:
    return any(
        mount.kind in _HIDDEN and any(file in mount.target.split("/") for file in store.files)
        for mount in step.effects.mounts
    )


def _in_addresses(words: tuple[Word, ...], scope: Scope) -> Iterator[SecretUse]:
    """Variables between `://` and `@` that a build argument or a secret gives, whatever they are called."""
    for word in words:
        raw = word.raw.value
        start = raw.find("://")
        end = raw.find("@", start) if start >= 0 else -1
        if end < 0 or "/" in raw[start + 3 : end].replace("//", ""):
            continue
        for part in word.parts:
            inside = word.raw.span(start, end)
            if isinstance(part, Parameter) and inside.holds(part.span) and ":" in raw[start + 3 : end]:
                yield SecretUse(part.name, Place(scope.source, part.span))


def addresses(step: Step, script: Script, scope: Scope) -> Iterator[SecretAddress]:
    """The build arguments that are passwords in addresses, those left out whose name says that they are secret."""
    arguments = table_of(step.before).declared
    seen: set[str] = set()
    for command in commands(script.body):
        for use in _last_in_addresses(command, scope):
            if use.name in arguments - seen and use.name not in scope.declared:
                seen.add(use.name)
                yield SecretAddress(use.name, use.place, step)


def _last_in_addresses(command: Command, scope: Scope) -> Iterator[SecretUse]:
    for word in command.words:
        uses = list(_in_addresses((word,), scope))
        yield from uses[-1:]


def _written(step: Step, script: Script, scope: Scope) -> Iterator[KeptSecret]:
    """Secrets that `echo`, `printf` and heredocs write into files that are still there after the step."""
    for command in commands(script.body):
        redirect = output_of(command.redirects)
        if redirect is None or redirect.target is None or command.name not in (_PRINTERS | {"cat"}):
            continue
        contents = (r.content for r in command.redirects if r.content)
        use = next(scope.in_words(chain(command.words[1:], contents)), None)
        if use is None:
            continue
        target = redirect.target.span
        for write in step.effects.writes:
            if target.holds(write.place.span) and write.discarded_by is None and write.is_payload:
                entry = step.after.files.resolve(write.path)
                if entry.presence is Presence.PRESENT:
                    yield KeptSecret(use.name, use.place, None, write.path)
                    break

"""A RUN to the secrets its commands can see: build arguments, variables and files of secret mounts, what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.state.lookup import table_of
from dfguard.interp.state.model import MountKind
from dfguard.interp.values import known
from dfguard.syntax.shell.calls import commands
from dfguard.syntax.shell.nodes import Parameter, Substitution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Source
    from dfguard.interp.state.lookup import Table
    from dfguard.interp.state.model import Step
    from dfguard.knowledge.secrecy import Secrecy
    from dfguard.syntax.shell.nodes import Script, Word

SECRETS_FOLDER = "/run/secrets/"
_HIDING = frozenset([":+", "+", "length"])
"""Operators of a parameter whose result does not hold its value."""
_READERS = frozenset(["cat", "head", "tail", "tr", "sed", "base64", "xargs"])
_TELLING_LESS = frozenset(
    """
    b2sum cksum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum shasum stat wc
    """.split()
)
"""Programs whose output does not hold what they read."""


class SecretUse(Record):
    """A secret in a word of a command: `name` is the variable, or the file behind `$(cat FILE)`."""

    name: str
    place: Place


class Scope(Record):
    """What is secret in one RUN: `variables` by name, `files` of secret mounts, `declared` those that ARG and ENV give."""

    variables: frozenset[str]
    files: tuple[str, ...]
    declared: frozenset[str]
    source: Source

    def in_words(self, words: Iterable[Word]) -> Iterator[SecretUse]:
        """The secrets that the words are made of."""
        for word in words:
            for part in word.parts:
                if isinstance(part, Parameter):
                    if part.operator not in _HIDING and part.name in self.variables:
                        yield SecretUse(part.name, Place(self.source, part.span))
                    if part.operand:
                        yield from self.in_words((part.operand,))
                elif isinstance(part, Substitution) and part.script:
                    name = self._read_by(part.script)
                    if name:
                        yield SecretUse(name, Place(self.source, part.span))

    def _read_by(self, script: Script) -> str | None:
        if any(command.name in _TELLING_LESS for command in commands(script.body)):
            return None
        for command in commands(script.body):
            words = [redirect.target for redirect in command.redirects if redirect.operator == "<"]
            words += command.words[1:] if command.name in _READERS else ()
            for word in words:
                text = word.literal if word else None
                if text and self.is_secret_file(text):
                    return text
        return None

    def is_secret_file(self, path: str) -> bool:
        """Whether a secret mount is at the path."""
        return path in self.files or path.startswith(SECRETS_FOLDER)


def scope_of(step: Step, script: Script, secrecy: Secrecy) -> Scope:
    """The secrets of a RUN. A variable that the script itself sets is one only when a secret is in its value."""
    mounts = [mount for mount in step.effects.mounts if mount.kind is MountKind.SECRET]
    mounted = {mount.environment for mount in mounts if mount.environment}
    files = tuple(mount.target for mount in mounts if not mount.environment)
    table = table_of(step.before)
    names = secrecy.secret_names(table.names)
    declared = frozenset(name for name in names if _may_hold(table, name))
    scope = Scope(declared | mounted, files, declared, script.source)
    own = [a for command in commands(script.body) for a in command.assignments if a.value]
    tainted = {a.name for a in own if any(scope.in_words((a.value,) if a.value else ()))}
    variables = scope.variables - {a.name for a in own} | tainted
    return Scope(variables, files, declared, script.source)


def _may_hold(table: Table, name: str) -> bool:
    """Whether more than a literal of the Dockerfile may be in it: a build argument is, a plain ENV is not."""
    if name in table.declared:
        return True
    value = table.values.get(name)
    return value is not None and (known(value) is None or any(b.name != name for b in value.because))

"""A RUN heredoc of several commands to the first one whose failure nobody notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.source import Place
from dfguard.syntax.shell.nodes import AndOr, Command, Dialect, Group, If, Sequence
from dfguard.syntax.shell.wrappers import peel, program_name

if TYPE_CHECKING:
    from dfguard.interp.state.model import Step
    from dfguard.syntax.shell.nodes import Node, Script

_WORKS = frozenset(
    """
    apt-get apt apk yum dnf microdnf pip pip3 uv conda mamba micromamba poetry pdm npm yarn pnpm wget curl
    aria2c git make cmake ninja cargo go hf huggingface-cli python python3 tar unzip gsutil aws bash sh
    ./configure gcc g++ mvn gradle bundle gem composer
    """.split()
)
_VERBS = {
    "pip": {"install", "download", "wheel"},
    "apt-get": {"install", "update", "build-dep"},
    "git": {"clone", "checkout", "submodule", "lfs", "fetch", "pull"},
}


def swallowed_command(step: Step) -> tuple[Place, str, Place] | None:
    """(the command, its name, the last command, which alone decides) of a RUN whose whole script is a heredoc; None when
    `set -e`, the shell's own options or `&&` let the failure through.
    """
    script, instruction = step.effects.script, step.instruction
    if script is None or script.dialect is Dialect.OTHER or not instruction.heredocs or script.broken:
        return None
    if instruction.heredocs[0].operator != instruction.rest.span() or len(instruction.heredocs) != 1:
        return None
    if not isinstance(script.body, Sequence) or len(script.body.items) < 2 or _has_errexit(script, step):
        return None
    *earlier, last = script.body.items
    for node in earlier:
        name = _work(node)
        if name and not _asserts(script.body.items[script.body.items.index(node) + 1 :]):
            return Place(script.source, node.span), name, Place(script.source, last.span)
    return None


def _has_errexit(script: Script, step: Step) -> bool:
    words = " ".join((*step.before.shell, script.shebang or ""))
    if any(_is_e(word) for word in words.split()) or "errexit" in words:
        return True
    for node in script.body.items if isinstance(script.body, Sequence) else ():
        for command in _commands(node):
            if command.name == "set" and any(
                _is_e(word.literal or "") or word.literal == "errexit" for word in command.words[1:]
            ):
                return True
            if command.name == "trap" and any(word.literal == "ERR" for word in command.words):
                return True
    return False


def _is_e(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and "e" in word and "/" not in word


def _commands(node: Node) -> list[Command]:
    match node:
        case Command():
            return [node]
        case AndOr(_, _, left, right):
            return [*_commands(left), *_commands(right)]
        case Group(_, body):
            return _commands(body)
        case Sequence(_, items):
            return [command for item in items for command in _commands(item)]
        case _:
            return []


def _work(node: Node) -> str:
    """The name of a command that downloads, installs or builds, also as the last of an `&&` list; empty for others."""
    while isinstance(node, AndOr) and node.operator == "&&":
        node = node.right if _work(node.right) else node.left
    if not isinstance(node, Command) or not node.words:
        return ""
    words = peel(node.words).words
    name = program_name(words[0]) if words else ""
    literals = {word.literal for word in words[1:]}
    wanted = _VERBS.get({"pip3": "pip", "apt": "apt-get"}.get(name, name))
    if name not in _WORKS or (wanted and not wanted & literals) or literals & {"--version", "-V"}:
        return ""
    return name


def _asserts(later: tuple[Node, ...]) -> bool:
    """Whether what follows looks at the outcome: it reads `$?`, or tests and exits."""
    return any(isinstance(node, If) or (isinstance(node, AndOr) and node.operator == "||") for node in later)

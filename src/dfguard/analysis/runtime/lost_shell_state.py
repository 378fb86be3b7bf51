"""RUN steps to the shell state that ends with them: exports, directories and activations that no later step sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.syntax.shell.nodes import AndOr, Command, Dialect, If, Literal, Parameter, Sequence, Test, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.state.model import Step
    from dfguard.syntax.shell.nodes import Node


class LostState(Record):
    """The commands at the end of a RUN that change nothing but its shell. `place` is the first of them, `what` what is
    lost (`NAME`, `the directory /x`), `repaired` the ENV or WORKDIR that says the same as the whole RUN (None without
    one); `used` are later uses of a lost variable.
    """

    step: Step
    place: Place
    what: str
    repaired: str | None = None
    used: tuple[tuple[str, Place], ...] = ()


_PROFILES = re.compile(
    r"(?:^|/)(?:\.?(?:bashrc|bash_profile|profile|zshrc|bash_aliases)|activate|conda\.sh|cargo/env)$"
)
_ACTIVATORS = frozenset({"conda", "mamba", "micromamba", "pyenv", "nvm"})
_BACK = frozenset({"..", "-", "/", "~", "../..", "$OLDPWD"})


def lost_states(steps: tuple[Step, ...]) -> Iterator[LostState]:
    """The steps that end with commands whose only effect is on the shell that runs them."""
    for index, step in enumerate(steps):
        script = step.effects.script
        if step.instruction.keyword != "RUN" or script is None or script.dialect is Dialect.OTHER:
            continue
        if script.broken or script.interpreter:
            continue
        chain = list(_chain(script.body))
        count, tail = _tail(chain)
        later = [other for other in steps[index + 1 :] if other.stage == step.stage]
        if _is_activation(tail) and _sets_path(later):
            continue
        if tail and (count == len(chain) or not _is_tidying(tail)):
            is_whole = len(tail) == len(chain) and all(isinstance(node, Command) for node in chain)
            yield _lost(step, tail, is_whole=is_whole, later=later)


def _chain(node: Node) -> Iterator[Node]:
    """The nodes that run one after the other in the RUN's own shell."""
    match node:
        case Sequence(items=items):
            for item in items:
                yield from _chain(item)
        case AndOr(operator="&&", left=left, right=right):
            yield from _chain(left)
            yield from _chain(right)
        case _:
            yield node


def _tail(chain: list[Node]) -> tuple[int, list[Command]]:
    """How many nodes at the end change nothing but the shell, and their commands."""
    tail: list[Command] = []
    for count, node in enumerate(reversed(chain)):
        found = _only_the_shell(node)
        if found is None:
            return count, tail
        tail[:0] = found
    return len(chain), tail


def _only_the_shell(node: Node) -> list[Command] | None:
    """The commands of a node that does nothing else, those of each branch for an `if`; None for any other."""
    if isinstance(node, Command):
        return [node] if _changes_only_the_shell(node) else None
    if not isinstance(node, If) or node.redirects or not _only_tests(node):
        return None
    found = [_only_the_shell(one) for branch in node.branches for one in _chain(branch.body)]
    return None if None in found else [command for commands in found for command in commands or ()]


def _only_tests(node: If) -> bool:
    tests = (one for branch in node.branches if branch.test is not None for one in _chain(branch.test))
    return all(isinstance(one, Test) for one in tests)


def _changes_only_the_shell(command: Command) -> bool:
    if command.redirects:
        return False
    words = [word.literal for word in command.words]
    if not words:
        return bool(command.assignments)
    match words[0]:
        case "export":
            return bool(command.assignments)
        case "cd" | "pushd":
            return len(words) == 2
        case "source" | ".":
            return len(words) > 1 and bool(_PROFILES.search(_text(command.words[1])))
    return words[0] in _ACTIVATORS and words[1:2] in (["activate"], ["shell"], ["use"])


def _text(word: Word) -> str:
    return word.raw.value.strip("\"'")


def _is_tidying(tail: list[Command]) -> bool:
    """Whether the end of a RUN that did something only goes back, or sets what its own commands saw."""
    return all(not c.words or (c.name in {"cd", "pushd"} and _text(c.words[1]) in _BACK) for c in tail)


def _is_activation(tail: list[Command]) -> bool:
    """Whether the end of a RUN only puts the programs of an environment first."""
    return all(c.name in _ACTIVATORS or (c.name in {"source", "."} and _names_activate(c)) for c in tail)


def _names_activate(command: Command) -> bool:
    return _text(command.words[1]).rpartition("/")[2] == "activate"


def _sets_path(later: list[Step]) -> bool:
    """Whether an ENV sets PATH before the next RUN: what was activated is meant to stay by that."""
    for step in later:
        if step.instruction.keyword == "RUN":
            return False
        if step.instruction.keyword == "ENV" and any(p.key.value == "PATH" for p in step.instruction.pairs):
            return True
    return False


def _lost(step: Step, tail: list[Command], *, is_whole: bool, later: list[Step]) -> LostState:
    names = {a.name for c in tail for a in c.assignments}
    repaired = _repaired(tail) if is_whole and not step.instruction.flags else None
    place = Place(step.instruction.source, tail[0].span)
    return LostState(
        step,
        place,
        _what(tail),
        repaired,
        tuple(_uses(names, later)),
    )


def _what(tail: list[Command]) -> str:
    names = list(dict.fromkeys(a.name for c in tail for a in c.assignments))
    if names:
        return " and ".join(names)
    last = tail[-1]
    if last.name in {"cd", "pushd"}:
        return f"the directory {_text(last.words[1])}"
    return (
        f"what {_text(last.words[1])} sets" if last.name in {"source", "."} else "the activated environment"
    )


def _uses(names: set[str], later: Iterable[Step]) -> Iterator[tuple[str, Place]]:
    """The commands of later steps, up to one that sets it again, that use a lost variable."""
    for step in later:
        before = step.before.environment
        for run in step.effects.commands:
            names -= {a.name for a in run.command.assignments}
            for part in (p for word in run.command.words for p in word.parts):
                if isinstance(part, Parameter) and part.name in names and not before.get(part.name):
                    yield part.name, Place(step.instruction.source, part.span)
                    names.discard(part.name)


def _repaired(tail: list[Command]) -> str | None:
    """The instruction that keeps what the commands set; None where only a shell can work the values out."""
    if len(tail) == 1 and tail[0].name == "cd":
        goes = _written(tail[0].words[1])
        return f"WORKDIR {goes}" if goes else None
    found = [(a.name, _written(a.value) if a.value else None, a.appends) for c in tail for a in c.assignments]
    if any(not c.assignments for c in tail) or any(value is None or more for _, value, more in found):
        return None
    return "ENV " + " ".join(f"{name}={value}" for name, value, _ in found)


def _written(word: Word) -> str | None:
    """The word as ENV or WORKDIR takes it, None for substitutions, HOME and operators."""
    for part in word.parts:
        match part:
            case Literal():
                continue
            case Parameter(name=name, operator="") if name not in {"HOME", "PWD", "OLDPWD", "USER"}:
                continue
            case _:
                return None
    text = word.raw.value
    return None if text.startswith("~") or "\n" in text else text

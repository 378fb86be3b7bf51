"""A RUN and the line that was torn off it to how they belong together: arguments that go on, or a command of its own."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from dfguard.interp.shell.commands import transfer
from dfguard.syntax.shell import run_script
from dfguard.syntax.shell.nested import all_calls

if TYPE_CHECKING:
    from dfguard.knowledge.package_managers import PackageManagers
    from dfguard.syntax.dockerfile.document import Instruction
    from dfguard.syntax.shell.calls import Call

_GO_ON = frozenset(["then", "elif", "else", "fi", "do", "done", "esac", "}", "in"])
"""Words that go on with a compound command, so that neither an argument nor a command begins."""
_OPERATORS = re.compile(r"&&|\|\|?|;|&")


class Bond(Enum):
    """What a torn off line is to the RUN above."""

    ARGUMENTS = "arguments"
    COMMAND = "command"
    UNCLEAR = "unclear"


def bond(run: Instruction, torn: str, managers: PackageManagers, escape: str) -> Bond:
    """How the line `torn` (as written) goes on from a RUN whose last command is complete as it stands.

    Options are arguments. Plain words go on with a list: the packages of an install, or words that stand one a line.
    """
    script = run_script(run)
    call = next(reversed(list(all_calls(script))), None) if script else None
    if script is None or call is None or _ends_in_comment(run, call):
        return Bond.UNCLEAR
    if script.broken or torn.split(maxsplit=1)[0].rstrip(f";{escape}") in _GO_ON:
        return Bond.UNCLEAR
    words = _OPERATORS.split(torn.rstrip().removesuffix(escape), maxsplit=1)[0].split()
    if not words or words[0].startswith("-"):
        return Bond.ARGUMENTS if words else Bond.COMMAND
    is_listed = _is_listed(run, call)
    if not is_listed and not _takes_packages(call, managers):
        return Bond.COMMAND
    if not all(_plain().fullmatch(word) for word in words):
        return Bond.COMMAND
    is_one = len(words) == 1
    if is_one:
        goes_on = is_listed or torn.rstrip().endswith(escape)
        return Bond.ARGUMENTS if goes_on or transfer(words[0]) is None else Bond.UNCLEAR
    if transfer(words[0]) is not None or words[0].startswith(("/", "./")):
        return Bond.COMMAND
    return Bond.ARGUMENTS if not any(word.startswith("-") for word in words) else Bond.UNCLEAR


@cache
def _plain() -> re.Pattern[str]:
    return re.compile(r"""["']?[\w@/.$-][\w@/.+:~^*=<>!,{}$\[\]-]*["']?""")


def _ends_in_comment(run: Instruction, call: Call) -> bool:
    """Whether a comment of the shell follows the last command: what is joined to it would be part of it."""
    return " #" in run.original.source.text[call.whole.span.end : run.span.end]


def _is_listed(run: Instruction, call: Call) -> bool:
    """Whether the last line of the RUN holds one argument of its last command and nothing else."""
    source = run.original.source
    last, text = call.places[-1], source.line_text(source.line_of(run.span.end - 1))
    return last.text == text.strip() and len(call.places) > 1 and last.line > call.place.line


def _takes_packages(call: Call, managers: PackageManagers) -> bool:
    """Whether it is an install, whose operands are packages."""
    pins = ((row.commands, row.verbs) for row in managers.pins)
    answers = ((row.commands, row.verbs) for row in managers.answers)
    return any(
        not set(verbs).isdisjoint(call.arguments) and any(_is_named(call, command) for command in commands)
        for commands, verbs in (*pins, *answers)
    )


def _is_named(call: Call, command: str) -> bool:
    """Whether the table's `command` is the call's: `pip*` stands for `python -m pip`, too, and apt-get for apt."""
    if command.endswith("*"):
        return call.name.startswith(command[:-1]) or (
            call.name.startswith("python") and call.has(command[:-1])
        )
    return command in {call.name, f"{call.name}-get"}

"""SHELL, CMD, ENTRYPOINT and HEALTHCHECK to the state behind them; RUN, CMD and ENTRYPOINT to the words that run.

After moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go (`dispatchRun`, `dispatchCmd`, `dispatchEntrypoint`,
`withShell`) @73ed6825.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.build.frame import Scene, Turn
from dfguard.interp.state.model import ProcessCommand
from dfguard.syntax.dockerfile.lines import is_operator

if TYPE_CHECKING:
    from dfguard.core.source import Text
    from dfguard.interp.state.model import BuildState
    from dfguard.syntax.dockerfile.document import Heredoc, Instruction

PIPES = "/dev/pipes/"
"""Where BuildKit mounts the script of a RUN that is a single heredoc with a shebang."""


def shell(instruction: Instruction, state: BuildState, _scene: Scene) -> Turn:
    """SHELL: what later shell forms are handed to."""
    if not instruction.is_json or not instruction.arguments:
        return Turn(state)
    return Turn(replace(state, shell=tuple(argument.value for argument in instruction.arguments)))


def command(instruction: Instruction, state: BuildState, _scene: Scene) -> Turn:
    """CMD; the empty JSON form takes away the one before."""
    return Turn(replace(state, command=_process(instruction, instruction.arguments, state)))


def entrypoint(instruction: Instruction, state: BuildState, scene: Scene) -> Turn:
    """ENTRYPOINT; it takes away the CMD of the base unless the stage has had one of its own."""
    process = _process(instruction, instruction.arguments, state)
    kept = state.command if scene.sets_command else None
    return Turn(replace(state, entrypoint=process, command=kept))


def healthcheck(instruction: Instruction, state: BuildState, _scene: Scene) -> Turn:
    """HEALTHCHECK NONE, CMD in JSON form, or CMD and a text that the image's shell runs."""
    if not instruction.arguments:
        return Turn(state)
    kind, *words = instruction.arguments
    if kind.value.upper() == "NONE":
        none = ProcessCommand((), is_shell_form=False, place=instruction.place, is_none=True)
        return Turn(replace(state, healthcheck=none))
    return Turn(replace(state, healthcheck=_process(instruction, tuple(words), state)))


def _process(instruction: Instruction, words: tuple[Text, ...], state: BuildState) -> ProcessCommand | None:
    if instruction.is_json:
        if not words:
            return None
        texts = tuple(word.value for word in words)
        return ProcessCommand(texts, is_shell_form=False, place=instruction.place, text=words)
    text = words[0].value if words else ""
    return ProcessCommand((*state.shell, text), is_shell_form=True, place=instruction.place, text=words)


def run_words(instruction: Instruction, shell: tuple[str, ...]) -> tuple[str, ...]:
    """The program and arguments that BuildKit runs for a RUN: exec form as written, else the shell and what it gets.

    A heredoc alone is the shell's text itself (its quoting does not matter), with a shebang a file that the shell
    runs; anything else is the command line with the bodies behind it, for the shell to read.
    """
    if instruction.is_json:
        return tuple(argument.value for argument in instruction.arguments)
    text = instruction.arguments[0].value if instruction.arguments else ""
    if not instruction.heredocs:
        return (*shell, text)
    if is_operator(text):
        body = without_tabs(instruction.heredocs[0])
        return (*shell, PIPES + instruction.heredocs[0].name if body.startswith("#!") else body)
    return (
        *shell,
        text + "".join(f"\n{heredoc.body.value}{heredoc.name}" for heredoc in instruction.heredocs),
    )


def without_tabs(heredoc: Heredoc) -> str:
    """The body as it is read: for `<<-` every line without its leading tabs."""
    return re.sub(r"(?m)^\t+", "", heredoc.body.value) if heredoc.strips_tabs else heredoc.body.value

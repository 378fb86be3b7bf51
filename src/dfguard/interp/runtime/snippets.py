"""Steps to the Python in them: what a RUN's walk found, and what other instructions hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfguard.interp.state.model import Step
    from dfguard.syntax.python.program import Snippet

_HOLDERS = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK", "COPY", "ADD"})


def snippets_of_step(step: Step) -> tuple[Snippet, ...]:
    """All Python in the step's instruction, in the order of the text."""
    if step.effects.snippets or step.instruction.keyword not in _HOLDERS:
        return step.effects.snippets
    if step.instruction.keyword in {"COPY", "ADD"} and not step.instruction.heredocs:
        return ()
    from dfguard.syntax.embedded.snippets import snippets_of_instruction
    from dfguard.syntax.shell.instruction_scripts import run_script

    return snippets_of_instruction(step.instruction, run_script(step.instruction, step.before.shell))

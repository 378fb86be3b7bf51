"""What catches a shell that leaves early: `exit`, `return`, `break`, `continue`, and the branches that did so maybe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace

if TYPE_CHECKING:
    from dfguard.core.source import Text
    from dfguard.interp.shell.failure import Fate
    from dfguard.interp.shell.state import Outcome, Shell
    from dfguard.interp.values import Value

_CATCHES = {
    "script": ("exit", "return"),
    "subshell": ("exit", "return", "break", "continue"),
    "source": ("return",),
    "eval": (),
    "function": ("return",),
    "loop": ("break", "continue"),
}


class Frame:
    """One script, subshell, function or loop that is being walked. `pending` are branches that left it; `saved` the
    outer values of a function's local variables, None for those that were not set.
    """

    __slots__ = ("fate", "kind", "pending", "saved", "trap")

    def __init__(self, kind: str, fate: Fate) -> None:
        """`fate` is what becomes of the frame's own failure."""
        self.kind = kind
        self.fate = fate
        self.pending: list[tuple[Outcome, Shell]] = []
        self.saved: dict[str, Value | None] = {}
        self.trap: Text | None = None

    def catches(self, jump: str) -> bool:
        """Whether the jump ends here."""
        return jump in _CATCHES[self.kind]


def settled(frame: Frame, outcome: Outcome, shell: Shell) -> Outcome:
    """The frame's outcome once the branches that left it maybe are joined in."""
    if frame.catches(outcome.jump):
        outcome = replace(outcome, jump="")
    for left, branch in frame.pending:
        shell.join(branch)
        same_output = left.output == outcome.output
        outcome = replace(
            outcome,
            status=outcome.status if outcome.status == left.status else None,
            output=outcome.output if same_output else None,
            errors=None,
        )
    for name, value in frame.saved.items():
        if value is None:
            shell.variables.pop(name, None)
        else:
            shell.variables[name] = value
    return outcome

"""Whether apt may know other archives than those of the release by the time a step runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.state.model import Failure
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.source import Place
    from dfguard.interp.state.model import Step

_ADDERS = frozenset(["add-apt-repository", "apt-add-repository", "extrepo", "dpkg"])
_RUNNERS = frozenset(["sh", "bash", "source", "."])
_FOLDER = "/etc/apt"


def may_have_other_archives(step: Step, steps: Iterable[Step]) -> bool:
    """Whether the step or one before it in its stage adds an archive, changes /etc/apt or runs a script."""
    if step.after.base is None:
        return True
    before = (s for s in steps if s.stage == step.stage and s.instruction.index <= step.instruction.index)
    return any(_may_add(other) for other in before)


def _may_add(step: Step) -> bool:
    if any(write.path.startswith(_FOLDER) for write in step.effects.writes):
        return True
    for run in step.effects.commands:
        name = run.name.rpartition("/")[2]
        if name in _ADDERS or (name in _RUNNERS) or run.name.endswith(".sh"):
            return True
        if any(_FOLDER in (known(word) or "") for word in run.words[1:]) and name != "rm":
            return True
    return step.instruction.keyword in {"COPY", "ADD"} and any(
        (copy.destination or "").startswith("/etc") for copy in step.effects.copies
    )


def is_swallowed(step: Step, place: Place) -> bool:
    """Whether the failure of the command at a place of a step goes unnoticed, or something else is tried then."""
    return any(
        run.failure is not Failure.FATAL
        for run in step.effects.commands
        if run.place.source is place.source and run.command.span.holds(place.span)
    )

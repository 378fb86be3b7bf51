"""What checks may see of the way from build to run: state that RUNs lose, stages left behind, files a user cannot read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.facts.models import ModelFacts

if TYPE_CHECKING:
    from dfguard.interp.lost_state import LostState


class RunningFacts(ModelFacts):
    """Facts about what the build makes and the process then finds."""

    @cached_property
    def lost_states(self) -> tuple[LostState, ...]:
        """The RUNs that end with commands whose only effect is on their own shell."""
        from dfguard.interp.lost_state import lost_states

        return tuple(lost_states(self.steps))

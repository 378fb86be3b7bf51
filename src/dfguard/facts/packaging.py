"""What checks may see of packaging and of how instructions are put together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.facts.paper import PaperFacts

if TYPE_CHECKING:
    from dfguard.interp.joined import Dangling, Swallowed, TornOff
    from dfguard.interp.packages import Package
    from dfguard.interp.state import Step
    from dfguard.interp.undeclared import Undeclared
    from dfguard.interp.unquoted import UnquotedVersion


class PackagingFacts(PaperFacts):
    """Facts about installs and about the shell around them."""

    @cached_property
    def unquoted_versions(self) -> tuple[UnquotedVersion, ...]:
        """The requirements whose bound the shell takes for a redirection."""
        from dfguard.interp.unquoted import unquoted_versions

        return tuple(unquoted_versions(self.outline))

    @cached_property
    def dangling(self) -> tuple[Dangling, ...]:
        """The operators at the end of an instruction."""
        from dfguard.interp.joined import dangling

        return tuple(dangling(self.document))

    @cached_property
    def swallowed(self) -> tuple[Swallowed, ...]:
        """The keywords that the instruction above swallowed."""
        from dfguard.interp.joined import swallowed

        return tuple(swallowed(self.document, self.outline))

    @cached_property
    def torn_off(self) -> tuple[TornOff, ...]:
        """The lines that a RUN lost."""
        from dfguard.interp.joined import torn_off

        return tuple(torn_off(self.document))

    @cached_property
    def undeclared(self) -> tuple[Undeclared, ...]:
        """The build arguments that a RUN uses and cannot see."""
        from dfguard.interp.undeclared import undeclared

        return tuple(undeclared(self.steps, self.document))

    @cached_property
    def installed(self) -> tuple[tuple[Step, Package], ...]:
        """Every package that a step of the shipped stages adds, with the step; constraints left out."""
        found: list[tuple[Step, Package]] = []
        for step in self.steps:
            if step.after.packages is not step.before.packages:
                known = {id(package) for package in step.before.packages}
                new = (p for p in step.after.packages if id(p) not in known and not p.is_constraint)
                found += [(step, package) for package in new]
        return tuple(found)

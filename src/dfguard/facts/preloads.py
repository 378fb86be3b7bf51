"""What checks may see of how baked models and their readers miss each other, and of what reaches the hub at all."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.facts.models import ModelFacts

if TYPE_CHECKING:
    from dfguard.analysis.gpu.wheels import WrongWheel
    from dfguard.analysis.models.bake_mismatches import Miss
    from dfguard.analysis.models.hub_needs import LackingTransfer
    from dfguard.analysis.models.hub_tools import RemovedCommand
    from dfguard.analysis.models.model_folders import WrongFolder
    from dfguard.analysis.models.unread_cache_variables import DeadVariable
    from dfguard.core.source import Place
    from dfguard.interp.state.model import CommandRun, LateWrite, Load


class PreloadFacts(ModelFacts):
    """Facts about preloads that are there and do not help."""

    @cached_property
    def flat_copies(self) -> tuple[Miss, ...]:
        """The models that lie flat in the cache in which the process looks for them by name."""
        from dfguard.analysis.models.bake_mismatches import flat_copies

        return tuple(flat_copies(self.run_loads, self.build_loads))

    @cached_property
    def strays(self) -> tuple[Miss, ...]:
        """The models with a relative path that lie below one directory and are looked for below another."""
        from dfguard.analysis.models.bake_mismatches import strays

        if self.runtime is None:
            return ()
        return tuple(strays(self.run_loads, self.build_loads, self.runtime))

    @cached_property
    def gaps(self) -> tuple[Miss, ...]:
        """The models of which the build fetches other files than the process reads."""
        from dfguard.analysis.models.bake_mismatches import gaps

        return tuple(gaps(self.run_loads, self.build_loads, self.knowledge))

    @cached_property
    def unpinned_models(self) -> tuple[Load, ...]:
        """The hub models that the build downloads at whatever revision there is."""
        from dfguard.analysis.models.bake_mismatches import unpinned

        return tuple(unpinned(self.run_loads, self.build_loads, self.knowledge))

    @cached_property
    def other_revisions(self) -> tuple[Miss, ...]:
        """The models that the build fetches by commit and the process asks for without one."""
        from dfguard.analysis.models.bake_mismatches import other_revisions

        return tuple(other_revisions(self.run_loads, self.build_loads))

    @cached_property
    def other_branches(self) -> tuple[Miss, ...]:
        """The models that the build fetches from another branch than the process asks for."""
        from dfguard.analysis.models.bake_mismatches import other_branches

        return tuple(other_branches(self.run_loads, self.build_loads))

    @cached_property
    def secondary_loads(self) -> tuple[Load, ...]:
        """What a library fetches by itself at the first request that needs it, and the image does not hold."""
        from dfguard.analysis.models.bake_mismatches import secondary

        if self.runtime is None:
            return ()
        writes = (write for _, write in self.writes)
        return tuple(secondary(self.run_loads, self.build_loads, writes, self.runtime))

    @cached_property
    def unchecked_downloads(self) -> tuple[tuple[CommandRun, Load], ...]:
        """The commands of build and start that save an error page as weights and go on."""
        from dfguard.analysis.models.downloads import unchecked_downloads

        runs = [(step.effects.commands, step.effects.loads) for step in self.steps]
        if self.process is not None:
            runs.append((self.process.commands, self.process.loads))
        return tuple(
            found
            for commands, loads in runs
            for found in unchecked_downloads(commands, loads, self.knowledge)
        )

    def name_place(self, run: CommandRun) -> Place | None:
        """Where a command's program is named, None when its name is not written out."""
        from dfguard.analysis.models.downloads import name_place

        return name_place(run)

    @cached_property
    def removed_commands(self) -> tuple[RemovedCommand, ...]:
        """The commands of build and start that the installed version of their distribution does not have."""
        from dfguard.analysis.models.hub_tools import removed_commands

        final = self.target.final if self.target else None
        return tuple(removed_commands(self.steps, self.process, final, self.knowledge))

    @cached_property
    def wrong_wheels(self) -> tuple[WrongWheel, ...]:
        """The wheels whose tags do not fit the stage that installs them."""
        from dfguard.analysis.gpu.wheels import wrong_wheels

        return tuple(wrong_wheels(self.steps, self.knowledge))

    @property
    def late_writes(self) -> tuple[tuple[LateWrite, ...], ...]:
        """The cache variables and offline switches that the process sets after the import that reads them, those of one
        variable in one file together, a certain one first.
        """
        groups: dict[tuple[str, str, str], list[LateWrite]] = {}
        for started in self.process.programs if self.process else ():
            for late in started.late:
                groups.setdefault((late.name, late.library, late.place.path), []).append(late)
        return tuple(
            tuple(sorted(group, key=lambda late: (not late.is_certain, late.place.span.start)))
            for group in groups.values()
        )

    @cached_property
    def dead_variables(self) -> tuple[DeadVariable, ...]:
        """The cache variables of the image that nothing in it reads."""
        from dfguard.analysis.models.unread_cache_variables import dead_variables

        if self.runtime is None or self.process is None:
            return ()
        code = [started.program for step in self.steps for started in step.effects.programs]
        code += [started.program for started in self.process.programs]
        is_read = bool(self.process.programs)
        return tuple(dead_variables(self.runtime, self.source, code, self.knowledge, is_read=is_read))

    @cached_property
    def wrong_folders(self) -> tuple[WrongFolder, ...]:
        """The weights that lie in a folder which the program they are for does not read."""
        from dfguard.analysis.models.model_folders import wrong_folders

        return tuple(wrong_folders(self.writes, self.knowledge))

    @cached_property
    def gated_downloads(self) -> tuple[Load, ...]:
        """The build's downloads of gated repositories for which it has no token."""
        from dfguard.analysis.models.hub_needs import gated_downloads

        return tuple(gated_downloads(self.steps, self.knowledge))

    @cached_property
    def lacking_transfers(self) -> tuple[LackingTransfer, ...]:
        """The downloads that are told to use hf_transfer, which is not installed."""
        from dfguard.analysis.models.hub_needs import lacking_transfers

        return tuple(lacking_transfers(self.steps, self.run_loads, self.runtime, self.knowledge))

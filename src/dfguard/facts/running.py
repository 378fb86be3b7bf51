"""What checks may see of the way from build to run: state that RUNs lose, stages left behind, mounts relied on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.facts.models import ModelFacts

if TYPE_CHECKING:
    from dfguard.analysis.arguments.argument_reads import ArgumentRead
    from dfguard.analysis.models.sibling_platform_mounts import Misplaced
    from dfguard.analysis.models.unshipped_weights import LeftBehind, LooseLinks
    from dfguard.analysis.runtime.build_platforms import UntoldCompiler
    from dfguard.analysis.runtime.ignored_prefixes import IgnoredPrefix
    from dfguard.analysis.runtime.listeners import Listener
    from dfguard.analysis.runtime.lost_shell_state import LostState
    from dfguard.analysis.runtime.unreachable import Exposure, Unasked, Unreachable
    from dfguard.analysis.runtime.volume_writes import VolumeWrite
    from dfguard.core.source import Place
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import Load, Write
    from dfguard.knowledge.platforms import Mount


class RunningFacts(ModelFacts):
    """Facts about what the build makes and the process then finds."""

    @cached_property
    def lost_states(self) -> tuple[LostState, ...]:
        """The RUNs that end with commands whose only effect is on their own shell."""
        from dfguard.analysis.runtime.lost_shell_state import lost_states

        return tuple(lost_states(self.steps))

    @cached_property
    def own_stages(self) -> frozenset[int]:
        """The indexes of the target stage and of the stages it is made FROM."""
        from dfguard.interp.build.stages import lineage

        return lineage(self.target, self.traces) if self.target else frozenset()

    @cached_property
    def build_platform_of_image(self) -> Place | None:
        """The `--platform=$BUILDPLATFORM` that the image has whatever it is built for; None where nothing starts in it."""
        from dfguard.analysis.runtime.build_platforms import build_platform, is_run

        if self.target is None or not is_run(self.target, self.traces):
            return None
        return build_platform(self.target, self.traces, self.outline)

    @cached_property
    def untold_compilers(self) -> tuple[UntoldCompiler, ...]:
        """The programs of the image that were compiled for the machine that builds instead of the one it is for."""
        from dfguard.analysis.runtime.build_platforms import untold_compilers

        if self.target is None:
            return ()
        rows = self.knowledge.packaging.compilers
        return tuple(untold_compilers(self.target, self.traces, self.outline, rows, self.context))

    @cached_property
    def left_behind(self) -> tuple[LeftBehind, ...]:
        """The weights that the process loads and that stay in a stage which the image does not copy them from."""
        from dfguard.analysis.models.unshipped_weights import left_behind

        if self.target is None or self.runtime is None or len(self.traces) == 1:
            return ()
        return tuple(left_behind(self.target, self.traces, self.run_loads, self.runtime))

    @cached_property
    def loose_links(self) -> tuple[LooseLinks, ...]:
        """The copies of hub snapshots out of a stage without the files they link to."""
        from dfguard.analysis.models.unshipped_weights import loose_links

        return tuple(loose_links(self.traces)) if len(self.traces) > 1 else ()

    @cached_property
    def argument_reads(self) -> tuple[ArgumentRead, ...]:
        """The variables that the process reads and only an ARG with a known value sets."""
        from dfguard.analysis.arguments.argument_reads import argument_reads, is_telling

        if self.process is None or self.runtime is None or not self.runtime.state.arguments:
            return ()
        own = [step for step in self.steps if step.stage in self.own_stages]
        return tuple(filter(is_telling, argument_reads(self.process, self.runtime, own)))

    @cached_property
    def misplaced_loads(self) -> tuple[Misplaced, ...]:
        """The loads of the process that rely on a mount which only a sister platform has."""
        from dfguard.analysis.models.sibling_platform_mounts import misplaced

        if self.process is None or self.runtime is None or not self.process.loads:
            return ()
        return tuple(misplaced(self.process, self.runtime, self.world, self.steps))

    @cached_property
    def ignored_prefixes(self) -> tuple[IgnoredPrefix, ...]:
        """The calls of wget whose -P counts for nothing, because -O says where the file goes."""
        from dfguard.analysis.runtime.ignored_prefixes import ignored_prefixes

        shipped = tuple(trace for trace in self.traces if trace.is_shipped)
        running = self.process.commands if self.process else ()
        return tuple(ignored_prefixes(shipped, running, self.run_loads, self.knowledge))

    @cached_property
    def volume_writes(self) -> tuple[VolumeWrite, ...]:
        """What RUNs of the image's own stages write below a VOLUME that holds already."""
        from dfguard.analysis.runtime.volume_writes import volume_writes

        return tuple(volume_writes(step for step in self.steps if step.stage in self.own_stages))

    def refusing_mount(self, path: str) -> Mount | None:
        """The mount that keeps the container from starting when the image has content at the path."""
        return self.runtime.refusing_mount(path) if self.runtime else None

    @cached_property
    def refused_writes(self) -> tuple[tuple[Write, ...], ...]:
        """The content of the image below mounts that refuse it, for each mount."""
        from dfguard.analysis.runtime.mount_needs import refused_writes

        own = (step for step in self.steps if step.stage in self.own_stages)
        return tuple(refused_writes(own, self.runtime)) if self.runtime else ()

    @cached_property
    def optional_loads(self) -> tuple[tuple[Load, Mount], ...]:
        """The loads from a mount that may not be there, where the process does not look whether it is."""
        from dfguard.analysis.runtime.mount_needs import optional_loads

        return tuple(optional_loads(self.process, self.runtime)) if self.process and self.runtime else ()

    @cached_property
    def unkept_downloads(self) -> tuple[tuple[Load, bool], ...]:
        """The process's downloads to a read-only (True) or in-memory (False) file system."""
        from dfguard.analysis.runtime.mount_needs import unkept_downloads

        return tuple(unkept_downloads(self.unbaked_loads, self.runtime)) if self.runtime else ()

    @cached_property
    def _served(self) -> tuple[Process, RuntimeView] | None:
        """The process and what it sees, on the platform to which the repository deploys the image as a service."""
        from dfguard.interp.runtime.process import process_of
        from dfguard.interp.runtime.view import runtime_view

        if self.process is None or self.runtime is None or self.target is None:
            return None
        routes = self.project.routes()
        platform = self.knowledge.platform(routes[0].platform) if routes else None
        if platform is None:
            return self.process, self.runtime
        world = replace(self.world, deployment=replace(self.deployment, platform=platform))
        return process_of(self.target, self.traces, world), runtime_view(self.target.final, world)

    @cached_property
    def listeners(self) -> tuple[Listener, ...]:
        """The servers that the process starts."""
        from dfguard.analysis.runtime.listeners import listeners

        return tuple(listeners(*self._served, self.knowledge)) if self._served else ()

    @cached_property
    def exposures(self) -> tuple[Exposure, ...]:
        """What says that the container is to be reached from outside, and at which port."""
        from dfguard.analysis.runtime.unreachable import exposures

        own = (step for step in self.steps if step.stage in self.own_stages)
        platform = (self.platform.process.port, self.platform.title)
        return exposures(own, self.project, platform)

    @cached_property
    def unreachable(self) -> Unreachable | None:
        """The server of the process that nothing outside of the container reaches although it is to be reached."""
        from dfguard.analysis.runtime.unreachable import unreachable

        if self._served is None or not self.listeners:
            return None
        servers = self.knowledge.servers
        return unreachable(self.listeners, self.exposures, self._served[0], servers, self.project)

    @cached_property
    def unasked(self) -> Unasked | None:
        """The server of the process that listens at another port than those it is asked at."""
        from dfguard.analysis.runtime.unreachable import unasked

        if self._served is None or not self.listeners:
            return None
        asking = tuple(one for one in self.exposures if one.title != self.platform.title)
        return unasked(self.listeners, asking, self._served[0], self.knowledge.servers, self.project)

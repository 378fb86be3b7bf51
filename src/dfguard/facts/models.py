"""What checks may see of models: what is baked, looked up, hidden by mounts, and what needs a GPU."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.findings import Note
from dfguard.core.record import replace
from dfguard.facts.paper import PaperFacts
from dfguard.interp.values import known, texts_of

if TYPE_CHECKING:
    from typing import Self

    from dfguard.analysis.gpu.cuda_builds import CudaBuild
    from dfguard.analysis.gpu.cuda_needs import CudaClash
    from dfguard.analysis.gpu.cuda_paths import CudaPath
    from dfguard.analysis.gpu.gpu_engines import Engine
    from dfguard.analysis.gpu.gpu_needs import GpuNeed
    from dfguard.analysis.gpu.image_tags import WrongTag
    from dfguard.analysis.models.baked_models import Mismatch, Removal
    from dfguard.analysis.models.healthchecks import CheckLoad
    from dfguard.analysis.models.per_request_processes import RequestStart
    from dfguard.analysis.runtime.hidden_code import HiddenCode
    from dfguard.analysis.runtime.unreadable_paths import Closed
    from dfguard.core.source import Place
    from dfguard.interp.state.model import (
        CommandRun,
        Load,
        RunMount,
        Step,
    )
    from dfguard.knowledge.platforms import Mount


class ModelFacts(PaperFacts):
    """Facts about models, mounts and GPUs."""

    @cached_property
    def code_under_mounts(self) -> tuple[HiddenCode, ...]:
        """Files of the program that a mount of the platform, or of a sister platform, hides."""
        from dfguard.analysis.runtime.hidden_code import hidden_code

        if self.target is None or self.runtime is None:
            return ()
        writes = tuple(write.path for _, write in self.writes if write.is_payload)
        return tuple(hidden_code(self.target, self.traces, self.runtime, self.world, writes))

    @cached_property
    def when_given(self) -> tuple[tuple[tuple[str, Place], ...], Self] | None:
        """The build arguments that switch a part of the build on, each with a test of it, and the facts of a build that
        gets them.
        """
        from dfguard.analysis.arguments.build_switches import switched

        found = switched(self.steps)
        if found is None:
            return None
        given = dict(found.arguments) | dict(self.world.build_arguments)
        world = replace(self.world, build_arguments=tuple(given.items()))
        return found.tests, type(self)(self.document, world, self.surroundings)

    @cached_property
    def _weights(self) -> tuple[Load, ...]:
        from dfguard.analysis.models.baked_models import is_bake

        return tuple(load for _, load in self.build_loads if is_bake(load))

    @cached_property
    def closed_paths(self) -> tuple[Closed, ...]:
        """What the process reads and its user may not read."""
        from dfguard.analysis.runtime.unreadable_paths import closed_paths

        if self.process is None or self.runtime is None:
            return ()
        return tuple(closed_paths(self.process, self.runtime))

    @property
    def bakes_models(self) -> bool:
        """Whether a build step downloads weights: the image is meant to carry models."""
        return bool(self._weights)

    @cached_property
    def unbaked_loads(self) -> tuple[Load, ...]:
        """The weights that the process downloads because nothing put them into the image (see `analysis.models.baked_models`)."""
        from dfguard.analysis.models.bake_mismatches import is_secondary
        from dfguard.analysis.models.baked_models import unbaked

        if self.runtime is None:
            return ()
        writes = (write for _, write in self.writes)
        found = unbaked(self.run_loads, self.build_loads, writes, self.runtime)
        return tuple(load for load in found if not (self.bakes_models and is_secondary(load)))

    @cached_property
    def unnamed_loads(self) -> tuple[Load, ...]:
        """The models that the process downloads under a name which the deployment gives, where nothing is baked."""
        from dfguard.analysis.models.baked_models import unnamed

        if self.runtime is None:
            return ()
        return tuple(unnamed(self.run_loads, self.build_loads, self.runtime))

    @cached_property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """The loads of the process whose model the build put elsewhere."""
        from dfguard.analysis.models.bake_mismatches import is_flat, is_stray
        from dfguard.analysis.models.baked_models import mismatches

        found = mismatches(self.run_loads, self.build_loads, self.runtime)
        return tuple(m for m in found if not is_flat(m.baked, m.wanted) and not is_stray(m.baked, m.wanted))

    def is_asserted_later(self, step: Step, load: Load) -> bool:
        """Whether a later build step fails when what the load should have fetched is missing."""
        from dfguard.analysis.models.baked_models import is_asserted_later

        return is_asserted_later(self.steps, step, load)

    def is_baked_before(self, step: Step, load: Load) -> bool:
        """Whether the build already fetched the load's subject into the same directory."""
        from dfguard.analysis.models.baked_models import is_baked_before

        return is_baked_before(self.steps, step, load)

    @cached_property
    def removals(self) -> tuple[Removal, ...]:
        """The weights that a build step downloads and a later command removes."""
        from dfguard.analysis.models.baked_models import removals

        return tuple(removals(self.steps))

    def is_copied_out(self, step: Step, mount: RunMount) -> bool:
        """Whether the RUN itself copies files from below the mount to somewhere else."""
        from dfguard.analysis.models.baked_models import is_copied_out

        return is_copied_out(step, mount)

    def hiding_mount(self, path: str) -> Mount | None:
        """The platform's mount that may hide what the image holds at `path`; None when there is none."""
        return self.runtime.hiding_mount(path) if self.runtime else None

    def is_mounted_for_certain(self, mount: Mount) -> bool:
        """Whether the platform is declared and the mount is always there, or declared to be."""
        return self.deployment.is_declared and self.runtime is not None and self.runtime.is_certain(mount)

    def loads_below(self, mount: Mount) -> tuple[Load, ...]:
        """The loads of the process whose directory lies below the mount."""
        return tuple(
            load for load in self.run_loads if any(map(mount.covers, texts_of(load.directory) or ()))
        )

    @cached_property
    def is_gpu_image(self) -> bool:
        """Whether the shipped stages build on an image with CUDA inside, or the image asks NVIDIA's runtime for GPUs."""
        asked = self.runtime.variable("NVIDIA_VISIBLE_DEVICES") if self.runtime else None
        if asked and known(asked) not in (None, "", "none", "void"):
            return True
        bases = (known(trace.base) for trace in self.traces if trace.is_shipped)
        images = (self.knowledge.base_image(base) for base in bases if base)
        return any(image is not None and image.cuda for image in images)

    def trail(self, load: Load) -> tuple[Note, ...]:
        """The places that lead to a load of the process, outermost first."""
        from dfguard.interp.runtime.process import trail

        if self.process is None or self.target is None:
            return ()
        way = trail(load, self.process, self.target.final.files)
        return tuple(Note(point.place, point.what) for point in way)

    @cached_property
    def gpu_needs(self) -> tuple[GpuNeed, ...]:
        """What in the build needs a GPU."""
        from dfguard.analysis.gpu.gpu_needs import gpu_needs

        return tuple(gpu_needs(self.steps))

    @cached_property
    def gpu_engines(self) -> tuple[Engine, ...]:
        """The engines that the build makes or starts, and that need a GPU for it."""
        from dfguard.analysis.gpu.gpu_engines import gpu_engines

        return tuple(gpu_engines(self.traces, self.knowledge.gpu.names))

    @cached_property
    def blocking_loads(self) -> tuple[tuple[Load, CommandRun], ...]:
        """On a serverless platform: the downloads of the start script in front of the command that serves."""
        from dfguard.analysis.runtime.worker_start import blocking_loads

        if self.process is None or self.runtime is None or "serverless" not in self.platform.id:
            return ()
        return tuple(blocking_loads(self.process, self.runtime))

    def is_of_library(self, load: Load) -> bool:
        """Whether a library fetches it by itself when it is first used."""
        loader = self.knowledge.loader(load.loader)
        return loader is not None and loader.is_first_request and loader.is_kept

    def is_adapter(self, load: Load) -> bool:
        """Whether it only adds to a model that is loaded already."""
        loader = self.knowledge.loader(load.loader)
        return loader is not None and loader.is_adapter

    @cached_property
    def request_starts(self) -> tuple[RequestStart, ...]:
        """The programs that a request starts anew and that load their models each time."""
        from dfguard.analysis.models.per_request_processes import request_starts

        if self.process is None or self.runtime is None:
            return ()
        return tuple(request_starts(self.process, self.runtime, self.knowledge))

    @cached_property
    def healthcheck_loads(self) -> tuple[CheckLoad, ...]:
        """The weights that the image's HEALTHCHECK loads."""
        from dfguard.analysis.models.healthchecks import loads_of_check

        return tuple(loads_of_check(self.health_check)) if self.health_check is not None else ()

    @cached_property
    def wrong_tags(self) -> tuple[WrongTag, ...]:
        """The base images whose tag does not exist."""
        from dfguard.analysis.gpu.image_tags import wrong_tags

        return tuple(wrong_tags(self.outline, self.knowledge))

    @cached_property
    def cuda_builds(self) -> tuple[CudaBuild, ...]:
        """The packages that are compiled for GPUs where something is missing for it."""
        from dfguard.analysis.gpu.cuda_builds import cuda_builds
        from dfguard.analysis.packaging.pip_calls import pip_calls

        return tuple(cuda_builds(pip_calls(self.steps, self.outline), self.knowledge))

    @cached_property
    def missing_nvcc(self) -> tuple[tuple[CommandRun, str], ...]:
        """The runs of nvcc where there is none, and what the base image has of CUDA."""
        from dfguard.analysis.gpu.cuda_builds import missing_nvcc

        return tuple(missing_nvcc(self.commands))

    @cached_property
    def cuda_paths(self) -> tuple[CudaPath, ...]:
        """The paths that name another CUDA version than the base image has."""
        from dfguard.analysis.gpu.cuda_paths import cuda_paths

        return tuple(cuda_paths(self.steps))

    @cached_property
    def cuda_clashes(self) -> tuple[CudaClash, ...]:
        """What is installed for another CUDA or cuDNN than the base image has."""
        from dfguard.analysis.gpu.cuda_needs import library_clashes, torch_clashes
        from dfguard.analysis.packaging.pip_calls import pip_calls

        if self.target is None:
            return ()
        own = library_clashes(self.target, self.run_loads, self.knowledge)
        return (*own, *torch_clashes(tuple(pip_calls(self.steps, self.outline)), self.knowledge))

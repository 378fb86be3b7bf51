"""What a check may see: a read-only view of the paper build; it exposes what `interp` derives, each at first use."""

from __future__ import annotations

import posixpath
from functools import cache, cached_property
from typing import TYPE_CHECKING

from dfguard.core.findings import Note
from dfguard.core.project import Surroundings
from dfguard.core.record import replace
from dfguard.interp.values import known, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.context import BuildContext
    from dfguard.core.findings import Fix
    from dfguard.core.project import Project
    from dfguard.core.source import Place, Source
    from dfguard.interp.code_places import HiddenCode
    from dfguard.interp.distributions import MissingDistribution
    from dfguard.interp.gpu_needs import GpuNeed
    from dfguard.interp.healthchecks import CheckLoad
    from dfguard.interp.image_code import Code
    from dfguard.interp.imports import MissingModule
    from dfguard.interp.misuse import Misuse
    from dfguard.interp.models import Mismatch, Removal
    from dfguard.interp.outline import Outline, Section
    from dfguard.interp.process import Process
    from dfguard.interp.run_scripts import RunScript
    from dfguard.interp.runtime import RuntimeView
    from dfguard.interp.script_faults import ScriptFault
    from dfguard.interp.shell_in_python import Taken
    from dfguard.interp.started import Started
    from dfguard.interp.state import (
        BuildState,
        CommandRun,
        CopySource,
        Load,
        RunMount,
        StageTrace,
        Step,
        Write,
    )
    from dfguard.interp.undefined import Undefined
    from dfguard.interp.worker_start import NoStart
    from dfguard.interp.world import Conventions, Deployment, World
    from dfguard.knowledge.model import Knowledge, Platform
    from dfguard.knowledge.platforms import Mount
    from dfguard.syntax.document import Document, FaultKind, Instruction
    from dfguard.syntax.document import Fault as DocumentFault
    from dfguard.syntax.program import Fault, NameUse, Program, Snippet


class Facts:
    """The facts of one Dockerfile for one deployment. Everything is computed at most once, at first use.

    `steps`, `commands`, `writes`, `copies`, `snippets` and the loads speak only of stages that the target stage needs; in a
    fragment without FROM there are none. All are in the order of the build.
    """

    def __init__(
        self,
        document: Document,
        world: World,
        surroundings: Surroundings = Surroundings(),  # noqa: B008  frozen
        *,
        detects_platform: bool = False,
    ) -> None:
        """Keep the document and the world; nothing is derived yet.

        `detects_platform`: the world's platform is only a stand-in, the code says what it is made for.
        """
        self.document = document
        self.surroundings = surroundings
        self._given = world
        self._detects = detects_platform

    @property
    def project(self) -> Project:
        """The repository around the Dockerfile."""
        return self.surroundings.project

    @property
    def has_certain_context(self) -> bool:
        """Whether the build context is beyond doubt."""
        return self.surroundings.has_certain_context

    @cached_property
    def sure_errors(self) -> Callable[[str], tuple[str, ...] | None]:
        """Rule ids of the sure errors of another Dockerfile of the repository, None when it cannot be read."""
        return cache(self.surroundings.sure_errors)

    @property
    def source(self) -> Source:
        """The Dockerfile's text."""
        return self.document.source

    @property
    def context(self) -> BuildContext:
        """The build context."""
        return self._given.context

    @property
    def knowledge(self) -> Knowledge:
        """The packs."""
        return self._given.knowledge

    @cached_property
    def _detected(self) -> tuple[Deployment, str]:
        from dfguard.interp.deployment import detected
        from dfguard.interp.process import process_of

        process = process_of(self.target, self.traces, self._given) if self.target else None
        return detected(self.target, process, self.knowledge)

    @property
    def deployment(self) -> Deployment:
        """Where the image will run, and how much of that was declared."""
        return self._detected[0] if self._detects else self._given.deployment

    @property
    def platform_reason(self) -> str:
        """What the code shows of its platform; empty when the user named it."""
        return self._detected[1] if self._detects else ""

    @property
    def platform(self) -> Platform:
        """The platform the image will run on."""
        return self.deployment.platform

    @cached_property
    def world(self) -> World:
        """The world with the deployment that counts."""
        return replace(self._given, deployment=self.deployment)

    @cached_property
    def traces(self) -> tuple[StageTrace, ...]:
        """All stages, played, in file order; those nobody needs have `is_shipped` False."""
        from dfguard.interp.build import play

        return play(self.document, self._given)

    @cached_property
    def outline(self) -> Outline:
        """Every instruction and command as it stands, those of fragments and of stages nobody needs included."""
        from dfguard.interp.outline import Outline

        return Outline(self.document, self.step_of, dict(self._given.build_arguments))

    def step_of(self, instruction: Instruction) -> Step | None:
        """The step that plays an instruction, in whatever stage; None in a fragment and for what ONBUILD holds."""
        return self._steps_by_instruction.get(id(instruction))

    @cached_property
    def _steps_by_instruction(self) -> dict[int, Step]:
        return {id(step.instruction): step for trace in self.traces for step in trace.steps}

    @cached_property
    def undefined_variables(self) -> tuple[Undefined, ...]:
        """The variables that instructions of any stage use although nothing sets them."""
        from dfguard.interp.undefined import undefined_variables

        return tuple(undefined_variables(self.outline, self._base_names))

    def _base_names(self, section: Section) -> frozenset[str]:
        step = next((s for i in section.instructions if (s := self.step_of(i))), None)
        names = (name for name, _ in step.before.environment.variables) if step else ()
        return frozenset(("PATH", *names))

    def has_open_base(self, section: Section) -> bool:
        """Whether the image at the bottom of a stage's chain may set variables that we do not know."""
        bottom = section.chain[-1]
        step = next((s for i in bottom.instructions if (s := self.step_of(i))), None)
        return step is None or step.before.environment.is_open

    @cached_property
    def all_copies(self) -> tuple[CopySource, ...]:
        """The sources of COPY and ADD in all stages, those nobody needs included."""
        return tuple(copy for t in self.traces for step in t.steps for copy in step.effects.copies)

    @property
    def conventions(self) -> Conventions:
        """What the user's own rules ask of every image."""
        return self._given.conventions

    @cached_property
    def target(self) -> StageTrace | None:
        """The stage that becomes the image; None in a fragment, or when --target names no stage."""
        from dfguard.interp.build import target_of

        return target_of(self.traces, self._given)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the shipped stages."""
        return tuple(step for trace in self.traces if trace.is_shipped for step in trace.steps)

    @cached_property
    def commands(self) -> tuple[tuple[Step, CommandRun], ...]:
        """Every simple command of every shell step."""
        return tuple((step, run) for step in self.steps for run in step.effects.commands)

    @cached_property
    def writes(self) -> tuple[tuple[Step, Write], ...]:
        """Everything the build writes, discarded writes included."""
        return tuple((step, write) for step in self.steps for write in step.effects.writes)

    @cached_property
    def copies(self) -> tuple[tuple[Step, CopySource], ...]:
        """The sources of COPY, ADD and bind mounts."""
        return tuple((step, copy) for step in self.steps for copy in step.effects.copies)

    @cached_property
    def build_loads(self) -> tuple[tuple[Step, Load], ...]:
        """Models and data that build steps download or load."""
        return tuple((step, load) for step in self.steps for load in step.effects.loads)

    @cached_property
    def process(self) -> Process | None:
        """The program the image starts and all that follows from it; None in a fragment."""
        from dfguard.interp.process import process_of

        return process_of(self.target, self.traces, self.world) if self.target else None

    @cached_property
    def code_under_mounts(self) -> tuple[HiddenCode, ...]:
        """Files of the program that a mount of the platform, or of a sister platform, hides."""
        from dfguard.interp.code_places import hidden_code

        if self.process is None or self.runtime is None:
            return ()
        return tuple(hidden_code(self.process, self.runtime, self.world))

    @property
    def run_loads(self) -> tuple[Load, ...]:
        """Models and data the process downloads or loads, at start and at request."""
        return self.process.loads if self.process else ()

    @cached_property
    def runtime(self) -> RuntimeView | None:
        """The image as the process sees it on the platform; None in a fragment."""
        from dfguard.interp.runtime import runtime_view

        return runtime_view(self.target.final, self.world) if self.target else None

    @cached_property
    def snippets(self) -> tuple[tuple[Step, Snippet], ...]:
        """Every piece of Python in the shipped stages' instructions, as Python would receive it."""
        from dfguard.interp.snippets import snippets_of_step

        return tuple((step, snippet) for step in self.steps for snippet in snippets_of_step(step))

    @cached_property
    def _weights(self) -> tuple[Load, ...]:
        from dfguard.interp.models import is_bake

        return tuple(load for _, load in self.build_loads if is_bake(load))

    @property
    def bakes_models(self) -> bool:
        """Whether a build step downloads weights: the image is meant to carry models."""
        return bool(self._weights)

    @cached_property
    def unbaked_loads(self) -> tuple[Load, ...]:
        """The weights that the process downloads because nothing put them into the image (see `interp.models`)."""
        from dfguard.interp.models import unbaked

        if self.runtime is None:
            return ()
        writes = (write for _, write in self.writes)
        return tuple(unbaked(self.run_loads, self.build_loads, writes, self.runtime))

    @cached_property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """The loads of the process whose model the build put elsewhere."""
        from dfguard.interp.models import mismatches

        return tuple(mismatches(self.run_loads, self.build_loads))

    def is_asserted_later(self, step: Step, load: Load) -> bool:
        """Whether a later build step fails when what the load should have fetched is missing."""
        from dfguard.interp.models import is_asserted_later

        return is_asserted_later(self.steps, step, load)

    def is_baked_before(self, step: Step, load: Load) -> bool:
        """Whether the build already fetched the load's subject into the same directory."""
        from dfguard.interp.models import is_baked_before

        return is_baked_before(self.steps, step, load)

    @cached_property
    def removals(self) -> tuple[Removal, ...]:
        """The weights that a build step downloads and a later command removes."""
        from dfguard.interp.models import removals

        return tuple(removals(self.steps))

    def is_copied_out(self, step: Step, mount: RunMount) -> bool:
        """Whether the RUN itself copies files from below the mount to somewhere else."""
        from dfguard.interp.models import is_copied_out

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

    def final_of(self, step: Step) -> BuildState | None:
        """The final state of the step's stage."""
        return next((trace.final for trace in self.traces if trace.stage.index == step.stage), None)

    def is_made_outside(self, pattern: str) -> bool:
        """Whether git ignores what a COPY source names: then it may be made just before the build."""
        return self.project.is_git_ignored(
            posixpath.normpath(f"{self.surroundings.context_path}/{pattern}").strip("/")
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

    @property
    def is_first_of_folder(self) -> bool:
        """Whether this is the first Dockerfile of its folder: it reports what concerns the repository once."""
        return self.project.path == min((self.project.path, *self.project.siblings()))

    def repaired(self, snippet: Snippet, fault: Fault) -> Fix | None:
        """The mechanical repair of a snippet that does not compile, None when there is none."""
        from dfguard.interp.repairs import repaired

        return repaired(self.document, snippet, fault)

    def trail(self, load: Load) -> tuple[Note, ...]:
        """The places that lead to a load of the process, outermost first."""
        from dfguard.interp.trails import trail

        if self.process is None or self.target is None:
            return ()
        way = trail(load, self.process, self.target.final.files)
        return tuple(Note(point.place, point.what) for point in way)

    @cached_property
    def gpu_needs(self) -> tuple[GpuNeed, ...]:
        """What in the build needs a GPU."""
        from dfguard.interp.gpu_needs import gpu_needs

        return tuple(gpu_needs(self.steps))

    @cached_property
    def refusals(self) -> tuple[DocumentFault, ...]:
        """What BuildKit refuses only when it converts the file (a variable that is required, a stage that comes later)."""
        stages = (fault for trace in self.traces for fault in trace.refusals)
        steps = (fault for trace in self.traces for step in trace.steps for fault in step.refusals)
        parsed = set(self.document.faults)
        return tuple(fault for fault in (*stages, *steps) if fault not in parsed)

    def faults(self, *kinds: FaultKind) -> Iterator[DocumentFault]:
        """What BuildKit refuses: the parser's faults of these kinds, in the order of the file."""
        return (fault for fault in self.document.faults if fault.kind in kinds)

    def fault(self, snippet: Snippet) -> Fault | None:
        """Why the snippet does not compile, None when it does."""
        from dfguard.syntax.python import check

        return check(snippet.code.value)

    def instructions(self, *keywords: str) -> Iterator[Step]:
        """The steps of these keywords in the shipped stages."""
        return (step for step in self.steps if step.instruction.keyword in keywords)

    @cached_property
    def run_code(self) -> tuple[Code, ...]:
        """All Python that the build runs, then all that the process runs; each snippet or file of a start once."""
        from dfguard.interp.image_code import code_of_build, code_of_process

        own = code_of_process(self.process, self.target) if self.process and self.target else ()
        return (*code_of_build(self.steps), *own)

    @cached_property
    def copied_code(self) -> tuple[Code, ...]:
        """The Python files that the target stage copies by name and still holds at its end."""
        from dfguard.interp.image_code import copied_code

        return tuple(copied_code(self.target.steps, self.target.final)) if self.target else ()

    def fault_in_file(self, program: Program) -> Fault | None:
        """Why a whole file does not compile, with offsets of its source; None for what compiles or is no whole file."""
        from dfguard.interp.image_code import fault_in_file

        return fault_in_file(program)

    def fault_for(self, snippet: Snippet, version: tuple[int, int] | None) -> Fault | None:
        """Why the snippet does not compile for that Python."""
        from dfguard.syntax.python import check

        return check(snippet.code.value, version)

    def taken_by_shell(self, step: Step, snippet: Snippet) -> tuple[Taken, ...]:
        """What the shell takes out of the Python: quotes, variables that nothing sets."""
        from dfguard.interp.shell_in_python import taken

        return tuple(taken(step, snippet))

    @cached_property
    def wrong_names(self) -> tuple[tuple[Code, Misuse], ...]:
        """The imports of names that a library is known not to have."""
        from dfguard.interp.misuse import wrong_names

        return tuple((code, found) for code in self.run_code for found in wrong_names(code, self.knowledge))

    @cached_property
    def rejected_arguments(self) -> tuple[tuple[Code, Misuse], ...]:
        """The keyword arguments that the installed version of a library does not take."""
        from dfguard.interp.misuse import rejected_arguments

        return tuple(
            (code, found) for code in self.run_code for found in rejected_arguments(code, self.knowledge)
        )

    def undefined_names(self, snippet: Snippet) -> tuple[NameUse, ...]:
        """The names of a snippet that nothing binds, those the shell fills in left out."""
        from dfguard.interp.modules import read_snippet

        holes = [snippet.code.span(start, end) for start, end in snippet.holes]
        found = read_snippet(snippet).undefined
        return tuple(use for use in found if not any(hole.touches(use.span) for hole in holes))

    @cached_property
    def missing_interpreters(self) -> tuple[tuple[CommandRun, str], ...]:
        """The commands of build and process whose `python` is surely not on PATH, with the reason."""
        from dfguard.interp.interpreters import missing_interpreters

        return tuple(missing_interpreters(self.traces, self.process, self.target))

    def fault_of_code(self, code: Code) -> Fault | None:
        """Why code does not compile for the Python that runs it; of a file the index is an offset of its source."""
        from dfguard.syntax.python import check

        if code.snippet is not None:
            return check(code.snippet.code.value, code.version)
        return check(code.program.source.text, code.version) if self.is_whole_file(code) else None

    def is_whole_file(self, code: Code) -> bool:
        """Whether the code is a file of its own, not text that stands in the Dockerfile or in a script."""
        return (
            code.snippet is None
            and code.program.source is not self.source
            and code.program.source.path.endswith(".py")
        )

    @cached_property
    def missing_modules(self) -> tuple[MissingModule, ...]:
        """The modules of the project that the process imports and the image does not hold."""
        from dfguard.interp.imports import missing_modules

        return tuple(missing_modules(self.run_code, self.context, self.target.final)) if self.target else ()

    @cached_property
    def run_scripts(self) -> tuple[RunScript, ...]:
        """The script files that the build and then the process run, each file once."""
        from dfguard.interp.run_scripts import scripts_of_build, scripts_of_process

        own = scripts_of_process(self.process, self.target) if self.process and self.target else ()
        found = {script.entry.path: script for script in (*scripts_of_build(self.steps), *own)}
        return tuple(found.values())

    @cached_property
    def generated_scripts(self) -> tuple[tuple[RunScript, tuple[ScriptFault, ...]], ...]:
        """The scripts that the Dockerfile writes and something runs, with what is wrong with them; sound ones left out."""
        from dfguard.interp.run_scripts import generated_faults, is_generated

        own = (script for script in self.run_scripts if is_generated(script, self.source))
        return tuple((script, faults) for script in own if (faults := tuple(generated_faults(script))))

    @cached_property
    def copied_scripts(self) -> tuple[tuple[RunScript, tuple[ScriptFault, ...]], ...]:
        """The scripts of the build context that something runs, with what is wrong with them; sound ones left out."""
        from dfguard.interp.run_scripts import copied_faults, is_generated

        others = (script for script in self.run_scripts if not is_generated(script, self.source))
        return tuple((script, faults) for script in others if (faults := tuple(copied_faults(script))))

    def lost_echoes(self, step: Step) -> tuple[Place, ...]:
        """The echoes of a step that print what should go to a file like the lines around them."""
        from dfguard.interp.run_scripts import lost_echoes

        return lost_echoes(step)

    @cached_property
    def missing_distributions(self) -> tuple[MissingDistribution, ...]:
        """The modules the process imports whose distribution nothing installs."""
        from dfguard.interp.distributions import missing_distributions

        return tuple(missing_distributions(self.run_code, self.steps, self.knowledge))

    @cached_property
    def unstarted_worker(self) -> tuple[Started, Place, bool] | None:
        """The program that imports runpod and starts no worker, the import, and whether it has a handler."""
        from dfguard.interp.worker_start import unstarted_worker

        return unstarted_worker(self.process) if self.process else None

    @cached_property
    def missing_starts(self) -> tuple[NoStart, ...]:
        """Why the container has nothing to start; that no CMD is set counts only where the platform runs workers."""
        from dfguard.interp.worker_start import idle_start, missing_starts

        if self.target is None or self.process is None or self.runtime is None:
            return ()
        is_worker = self.platform.id != "docker" and not self.platform.process.command
        idle = idle_start(self.target) if is_worker else None
        files = missing_starts(self.process, self.target, self.runtime, self.context)
        certain = self.has_certain_context and self.is_context_told
        sure = (found if certain else replace(found, is_certain=False) for found in files)
        return (*((idle,) if idle else ()), *sure)

    @property
    def is_context_told(self) -> bool:
        """Whether the build context is the repository itself, or a file of the repository builds this Dockerfile; else it
        might also be built from further up.
        """
        path = self.project.path
        told = any(found.dockerfile == path for found in self.project.references())
        return not self.surroundings.context_path or told

    @cached_property
    def blocking_loads(self) -> tuple[tuple[Load, CommandRun], ...]:
        """On a serverless platform: the downloads of the start script in front of the command that serves."""
        from dfguard.interp.worker_start import blocking_loads

        if self.process is None or self.runtime is None or "serverless" not in self.platform.id:
            return ()
        return tuple(blocking_loads(self.process, self.runtime))

    def swallowed_command(self, step: Step) -> tuple[Place, str, Place] | None:
        """The first command of a RUN heredoc whose failure goes unnoticed, its name, and the last command."""
        from dfguard.interp.swallowing import swallowed_command

        return swallowed_command(step)

    @cached_property
    def healthcheck_loads(self) -> tuple[CheckLoad, ...]:
        """The weights that the image's HEALTHCHECK loads."""
        from dfguard.interp.healthchecks import loads_of_check

        steps = (
            [step for step in self.target.steps if step.instruction.keyword == "HEALTHCHECK"]
            if self.target
            else []
        )
        if not steps or self.target is None:
            return ()
        return tuple(loads_of_check(steps[-1], self.target.final, self.knowledge))

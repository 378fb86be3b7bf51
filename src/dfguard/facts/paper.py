"""The paper build as checks may see it: document, stages, steps, what they run and write, and what surrounds them."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.project import Surroundings
from dfguard.core.record import replace
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.arguments.undefined import Undefined
    from dfguard.analysis.text.outline import Outline, Section
    from dfguard.core.context import BuildContext
    from dfguard.core.project import Project
    from dfguard.core.source import Source
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.inputs import Conventions, Deployment, World
    from dfguard.interp.state.model import (
        BuildState,
        CommandRun,
        CopySource,
        Load,
        StageTrace,
        Step,
        Write,
    )
    from dfguard.knowledge.model import Knowledge, Platform
    from dfguard.syntax.dockerfile.document import Document, FaultKind, Instruction
    from dfguard.syntax.dockerfile.document import Fault as DocumentFault


class PaperFacts:
    """The facts of one Dockerfile for one deployment. Everything is computed at most once, at first use.

    `steps`, `commands`, `writes`, `copies` and the loads speak only of stages that the target stage needs; in a
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
        """Whether the build context is beyond doubt; that of a fragment is not."""
        return self.surroundings.has_certain_context and bool(self.document.stages)

    def sure_errors(self, path: str) -> tuple[str, ...] | None:
        """Rule ids of the sure errors of this or another Dockerfile of the repository, None when it cannot be read."""
        return self.surroundings.sure_errors(self, path)

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
        from dfguard.interp.runtime.deployment import PLAIN, deployed, detected

        def has_file(path: str) -> bool:
            return self.project.source(path) is not None

        given = self._given.deployment
        found, reason = detected(self.target, self._given_process, given, self.knowledge, has_file)
        if found.platform.id != PLAIN:
            return found, reason
        return deployed(found, self.project.containers(), self.knowledge) or (found, reason)

    @cached_property
    def _given_process(self) -> Process | None:
        from dfguard.interp.runtime.process import process_of

        return process_of(self.target, self.traces, self._given) if self.target else None

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
        from dfguard.interp.build.build import play

        return play(self.document, self._given)

    @cached_property
    def outline(self) -> Outline:
        """Every instruction and command as it stands, those of fragments and of stages nobody needs included."""
        from dfguard.analysis.text.outline import Outline

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
        from dfguard.analysis.arguments.undefined import undefined_variables

        is_tool = self.imitates("buildkit")
        return tuple(undefined_variables(self.outline, self.base_names, as_buildkit=is_tool))

    def base_names(self, section: Section) -> frozenset[str]:
        """The variables that the image at the bottom of a stage's chain surely sets."""
        step = next((s for i in section.instructions if (s := self.step_of(i))), None)
        names = (name for name, _ in step.before.environment.variables) if step else ()
        return frozenset(("PATH", *names))

    def may_base_set(self, section: Section, name: str) -> bool:
        """Whether the image at the bottom of a stage's chain may set the variable as far as we know."""
        bottom = section.chain[-1]
        step = next((s for i in bottom.instructions if (s := self.step_of(i))), None)
        return step is None or step.before.environment.may_hold(name)

    def is_base_chosen(self, section: Section) -> bool:
        """Whether a build argument decides what a stage is built on: it may be another stage."""
        own = (s for s in self.outline.of("FROM") if s.section is section and s.instruction.arguments)
        return any(known(self.outline.value(site, site.instruction.arguments[0])) is None for site in own)

    @cached_property
    def all_copies(self) -> tuple[CopySource, ...]:
        """The sources of COPY and ADD in all stages, those nobody needs included."""
        return tuple(copy for t in self.traces for step in t.steps for copy in step.effects.copies)

    @property
    def conventions(self) -> Conventions:
        """What the user's own rules ask of every image."""
        return self._given.conventions

    def is_whole_system(self, origin: str) -> bool | None:
        """Whether what a `COPY --from` names holds a system of its own (a stage, its index, or an image); False for what was put
        together FROM scratch and for images of helpers, None when that is not known.
        """
        names = {t.stage.name: t for t in self.traces if t.stage.name}
        trace = names.get(origin.lower()) or next(
            (t for t in self.traces if str(t.stage.index) == origin), None
        )
        while trace is not None and trace.parent is not None:
            trace = next(t for t in self.traces if t.stage.index == trace.parent)
        image = known(trace.base) if trace else self.image_of_context(origin) or origin
        if image is None:
            return None
        found = self.knowledge.base_image(image)
        if image == "scratch" or (found and found.is_overlay):
            return False
        return True if found else None

    def imitates(self, tool: str) -> bool:
        """Whether the findings of a tool (`hadolint`, `buildkit`) are asked for, those that do no harm included."""
        return self.conventions.imitated == tool

    @cached_property
    def target(self) -> StageTrace | None:
        """The stage that becomes the image; None in a fragment, or when --target names no stage."""
        from dfguard.interp.build.build import target_of

        return target_of(self.traces, self._given)

    @property
    def image_sections(self) -> tuple[Section, ...]:
        """The stages whose layers make up the image: the target first, then what it is built on; none in a fragment."""
        index = self.target.stage.index if self.target else None
        sections = (s for s in self.outline.sections if s.stage and s.stage.index == index)
        return next((section.chain for section in sections), ())

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

    def unneeded_stage(self, copy: CopySource) -> str | None:
        """The name or index of the stage of a COPY when the target does not need it, None when it does."""
        for trace in self.traces:
            if any(step.instruction is copy.instruction for step in trace.steps):
                return None if trace.is_shipped else trace.stage.name or str(trace.stage.index)
        return None

    @cached_property
    def build_loads(self) -> tuple[tuple[Step, Load], ...]:
        """Models and data that build steps download or load."""
        return tuple((step, load) for step in self.steps for load in step.effects.loads)

    @cached_property
    def process(self) -> Process | None:
        """The program the image starts and all that follows from it; None in a fragment."""
        from dfguard.interp.runtime.process import process_of

        if self.deployment == self._given.deployment:
            return self._given_process
        return process_of(self.target, self.traces, self.world) if self.target else None

    @cached_property
    def health_check(self) -> Process | None:
        """What the image's HEALTHCHECK runs each time; None without one."""
        from dfguard.interp.runtime.process import health_check

        steps = self.target.steps if self.target else ()
        last = next((step for step in reversed(steps) if step.instruction.keyword == "HEALTHCHECK"), None)
        return health_check(last, self.target, self.world) if last is not None and self.target else None

    @property
    def run_loads(self) -> tuple[Load, ...]:
        """Models and data the process downloads or loads, at start and at request."""
        return self.process.loads if self.process else ()

    @cached_property
    def runtime(self) -> RuntimeView | None:
        """The image as the process sees it on the platform; None in a fragment."""
        from dfguard.interp.runtime.view import runtime_view

        return runtime_view(self.target.final, self.world) if self.target else None

    def final_of(self, step: Step) -> BuildState | None:
        """The final state of the step's stage."""
        return next((trace.final for trace in self.traces if trace.stage.index == step.stage), None)

    def left_out_of_clones(self, pattern: str) -> str:
        """Why a fresh clone lacks what a COPY source names although a build may have it; empty when it does not."""
        path = posixpath.normpath(f"{self.surroundings.context_path}/{pattern}").strip("/")
        if self.project.is_in_submodule(path) or self.project.is_in_empty_folder(path):
            return "it lies in a git submodule that was not fetched"
        return "git ignores it, so a fresh clone has none" if self.project.is_git_ignored(path) else ""

    @property
    def is_first_of_folder(self) -> bool:
        """Whether this is the first Dockerfile of its folder: it reports what concerns the repository once."""
        return self.project.path == min((self.project.path, *self.project.siblings()))

    def may_be_made_before(self, copy: CopySource) -> bool:
        """Whether something may make what a COPY source names before the build, or give it another name: a program near the
        Dockerfile says that it makes it, sets an argument in it, or copies all that is in the Dockerfile's folder to where
        the build takes place; or it is there for each target platform.
        """
        path = known(copy.pattern) or ""
        written = re.findall(r"\$\{?(\w+)", copy.place.text)
        arguments = {*written, *(binding.name for binding in copy.pattern.because)}
        names = {posixpath.basename(path.rstrip("/")), self._first_missing(path)}
        name = f"(?:{'|'.join(map(re.escape, sorted(names)))})"
        made = rf"^{name}[ \t]*:(?!=)|{_MAKES}[^\n]*?(?<![\w.-]){name}(?![\w-])"
        given = (rf"args?\b[\s\S]{{0,300}}?\b{re.escape(each)}[ \t]*[=:]" for each in arguments)
        if any(each.startswith("TARGET") for each in arguments):
            return True
        if self.project.is_built_elsewhere(self.surroundings.context_path):
            return True
        own = re.escape(posixpath.basename(posixpath.dirname(self.project.path)))
        copied = (
            (rf"(?<![\w-])(?:cp|rsync)\b[^\n|;&]*?(?<![\w.-]){own}[\"']?/(?:\*|\.)?(?=[\s\"'])",)
            if own
            else ()
        )
        return any(self.project.says(pattern) for pattern in (made, *copied, *given))

    def _first_missing(self, path: str) -> str:
        """The first folder or file on the way to a path that the context does not hold (`build` of `build/assets`)."""
        so_far = ""
        for part in posixpath.normpath(path).strip("/").split("/"):
            so_far = f"{so_far}/{part}".strip("/")
            if self.context.entry(so_far) is None:
                return part
        return posixpath.basename(path.rstrip("/"))

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

    def instructions(self, *keywords: str) -> Iterator[Step]:
        """The steps of these keywords in the shipped stages."""
        return (step for step in self.steps if step.instruction.keyword in keywords)

    def is_named_context(self, name: str) -> bool:
        """Whether a build context of that name is given from outside: by the call, the configuration, or a file of the
        repository that builds this Dockerfile.
        """
        if self._given.context_named(name) is not None:
            return True
        own = (r for r in self.project.references() if r.dockerfile == self.project.path)
        told = any(name.lower() == told for reference in own for told, _ in reference.contexts)
        pattern = rf"build.?contexts?\b[^\n]{{0,40}}?\b{re.escape(name)}\s*="
        return told or self.project.says(pattern)

    def image_of_context(self, name: str) -> str | None:
        """The image that the call or the configuration gives for a name; None when they give none."""
        return None if self._given.context_named(name) is None else self._given.image_named(name)


_MAKES = r"(?:(?<![\w-])(?:-o|--out\S*|mkdir|cp|mv|touch|tar|curl|wget|unzip|clone|rsync|path:|dest\w*:)[ \t=]|>[ \t]*)"
"""Before the name of a file or folder that a command makes, on the same line."""

"""What checks may see of code: the Python and shell scripts of the Dockerfile and of the image, and what is wrong in them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.facts.paper import PaperFacts

if TYPE_CHECKING:
    from dfguard.analysis.gpu.compilers import NeededCompiler
    from dfguard.analysis.packaging.api_mismatches import Misuse
    from dfguard.analysis.packaging.distributions import MissingDistribution
    from dfguard.analysis.packaging.imports import MissingModule
    from dfguard.analysis.packaging.system_libraries import MissingLibrary
    from dfguard.analysis.runtime.worker_start import NoStart, Unstarted
    from dfguard.analysis.secrets.printed_variables import PrintedVariable
    from dfguard.analysis.text.shell_in_python import Taken
    from dfguard.analysis.text.unnoticed_failures import Unnoticed
    from dfguard.core.findings import Fix
    from dfguard.core.source import Place
    from dfguard.interp.runtime.code import RunningCode
    from dfguard.interp.runtime.script_faults import ScriptFault
    from dfguard.interp.runtime.scripts import RunScript
    from dfguard.interp.state.model import (
        CommandRun,
        Step,
    )
    from dfguard.syntax.python.program import NameUse, Program, PythonFault, Snippet
    from dfguard.syntax.shell.shellcheck import Answered, Problem, ShellText


_GENERAL = frozenset({"docker", "docker-compose", "kubernetes"})
"""Platforms that run any image, often with a command of their own."""


class CodeFacts(PaperFacts):
    """Facts about the programs of build and image."""

    @cached_property
    def snippets(self) -> tuple[tuple[Step, Snippet], ...]:
        """Every piece of Python in the shipped stages' instructions, as Python would receive it."""
        from dfguard.interp.runtime.code import snippets_of_step

        return tuple((step, snippet) for step in self.steps for snippet in snippets_of_step(step))

    @cached_property
    def python_code(self) -> tuple[Snippet, ...]:
        """The Python of `snippets`, then that in the shell scripts which the build and the process run."""
        from dfguard.interp.runtime.scripts import snippets_of_scripts

        own = tuple(snippet for _, snippet in self.snippets)
        known = {snippet.code for snippet in own}
        return (*own, *(s for s in snippets_of_scripts(self.run_scripts) if s.code not in known))

    def repaired(self, snippet: Snippet, fault: PythonFault) -> Fix | None:
        """The mechanical repair of a snippet of the Dockerfile that does not compile, None when there is none."""
        from dfguard.analysis.text.repairs import repaired

        is_here = snippet.code.source is self.source
        return repaired(self.document, snippet, fault) if is_here else None

    def fault(self, snippet: Snippet) -> PythonFault | None:
        """Why the snippet does not compile, None when it does."""
        from dfguard.syntax.python.verdict.check import check

        return check(snippet.code.value)

    @cached_property
    def run_code(self) -> tuple[RunningCode, ...]:
        """All Python that the build runs, then all that the process runs; each snippet or file of a start once."""
        from dfguard.interp.runtime.code import code_of_build, code_of_process

        own = code_of_process(self.process, self.target) if self.process and self.target else ()
        return (*code_of_build(self.steps), *own)

    @cached_property
    def printed_variables(self) -> tuple[PrintedVariable, ...]:
        """The variables of the environment that Python of the build or of the process prints."""
        from dfguard.analysis.secrets.printed_variables import printed_variables

        return tuple(printed_variables(self.run_code))

    @cached_property
    def missing_libraries(self) -> tuple[MissingLibrary, ...]:
        """The system libraries that the process needs and the image surely lacks."""
        from dfguard.analysis.packaging.system_libraries import missing_libraries

        found = missing_libraries(self.target, self.run_code, self.knowledge.packaging) if self.target else ()
        return tuple(found)

    @cached_property
    def copied_code(self) -> tuple[RunningCode, ...]:
        """The Python files that the target stage copies by name and still holds at its end."""
        from dfguard.interp.runtime.code import copied_code

        return tuple(copied_code(self.target.steps, self.target.final)) if self.target else ()

    def fault_in_file(self, program: Program) -> PythonFault | None:
        """Why a whole file does not compile, with offsets of its source; None for what compiles or is no whole file."""
        from dfguard.interp.runtime.code import fault_in_file

        return fault_in_file(program)

    def fault_for(self, snippet: Snippet, version: tuple[int, int] | None) -> PythonFault | None:
        """Why the snippet does not compile for that Python."""
        from dfguard.syntax.python.verdict.check import check

        return check(snippet.code.value, version)

    def taken_by_shell(self, step: Step, snippet: Snippet) -> tuple[Taken, ...]:
        """What the shell takes out of the Python: quotes, variables that nothing sets."""
        from dfguard.analysis.text.shell_in_python import taken

        return tuple(taken(step, snippet))

    @cached_property
    def wrong_names(self) -> tuple[tuple[RunningCode, Misuse], ...]:
        """The imports of names that a library is known not to have."""
        from dfguard.analysis.packaging.api_mismatches import wrong_names

        return tuple((code, found) for code in self.run_code for found in wrong_names(code, self.knowledge))

    @cached_property
    def rejected_arguments(self) -> tuple[tuple[RunningCode, Misuse], ...]:
        """The keyword arguments that the installed version of a library does not take."""
        from dfguard.analysis.packaging.api_mismatches import rejected_arguments

        return tuple(
            (code, found) for code in self.run_code for found in rejected_arguments(code, self.knowledge)
        )

    def undefined_names(self, snippet: Snippet) -> tuple[NameUse, ...]:
        """The names of a snippet that nothing binds, those the shell fills in left out."""
        from dfguard.interp.python.modules import read_snippet

        holes = [snippet.code.span(start, end) for start, end in snippet.holes]
        found = read_snippet(snippet).undefined
        return tuple(use for use in found if not any(hole.touches(use.span) for hole in holes))

    @cached_property
    def missing_interpreters(self) -> tuple[tuple[CommandRun, str], ...]:
        """The commands of build and process whose `python` is surely not on PATH, with the reason."""
        from dfguard.analysis.packaging.missing_interpreters import missing_interpreters

        return tuple(missing_interpreters(self.traces, self.process, self.target))

    def fault_of_code(self, code: RunningCode) -> PythonFault | None:
        """Why code does not compile for the Python that runs it; of a file the index is an offset of its source."""
        from dfguard.syntax.python.verdict.check import check

        if code.snippet is not None:
            return check(code.snippet.code.value, code.version)
        return check(code.program.source.text, code.version) if self.is_whole_file(code) else None

    def is_whole_file(self, code: RunningCode) -> bool:
        """Whether the code is a file of its own, not text that stands in the Dockerfile or in a script."""
        return (
            code.snippet is None
            and code.program.source is not self.source
            and code.program.source.path.endswith(".py")
        )

    @cached_property
    def missing_modules(self) -> tuple[MissingModule, ...]:
        """The modules of the project that the process imports and the image does not hold."""
        from dfguard.analysis.packaging.imports import missing_modules

        return (
            tuple(missing_modules(self.run_code, self.context, self.target.final, self.steps))
            if self.target
            else ()
        )

    @cached_property
    def run_scripts(self) -> tuple[RunScript, ...]:
        """The script files that the build and then the process run, each file once."""
        from dfguard.interp.runtime.scripts import scripts_of_build, scripts_of_process

        own = scripts_of_process(self.process, self.target) if self.process and self.target else ()
        found = {script.entry.path: script for script in (*scripts_of_build(self.steps), *own)}
        return tuple(found.values())

    @property
    def has_shellcheck(self) -> bool:
        """Whether ShellCheck can be run."""
        from dfguard.syntax.shell.shellcheck import program

        return program() is not None

    @cached_property
    def shell_texts(self) -> tuple[ShellText, ...]:
        """The Dockerfile's shell text and the scripts that are run, for ShellCheck."""
        from dfguard.analysis.text.shell_texts import script_texts, shell_texts

        return (*shell_texts(self.document, self.outline), *script_texts(self.run_scripts))

    @property
    def shell_problems(self) -> tuple[Problem, ...]:
        """What ShellCheck says of the shell texts; each place once."""
        return tuple(dict.fromkeys(self._shellcheck.problems))

    @property
    def shell_failure(self) -> str | None:
        """Why ShellCheck, which was asked, has not answered; None when it has, or was not asked."""
        return self._shellcheck.failure if "_shellcheck" in vars(self) else None

    @cached_property
    def _shellcheck(self) -> Answered:
        from dfguard.syntax.shell.shellcheck import answered

        return answered(self.shell_texts)

    @cached_property
    def generated_scripts(self) -> tuple[tuple[RunScript, tuple[ScriptFault, ...]], ...]:
        """The scripts that the Dockerfile writes and something runs, with what is wrong with them; sound ones left out."""
        from dfguard.interp.runtime.scripts import generated_faults, is_generated

        own = (script for script in self.run_scripts if is_generated(script, self.source))
        return tuple((script, faults) for script in own if (faults := tuple(generated_faults(script))))

    @cached_property
    def copied_scripts(self) -> tuple[tuple[RunScript, tuple[ScriptFault, ...]], ...]:
        """The scripts of the build context that something runs, with what is wrong with them; sound ones left out."""
        from dfguard.interp.runtime.scripts import copied_faults, is_generated

        others = (script for script in self.run_scripts if not is_generated(script, self.source))
        return tuple((script, faults) for script in others if (faults := tuple(copied_faults(script))))

    def lost_echoes(self, step: Step) -> tuple[Place, ...]:
        """The echoes of a step that print what should go to a file like the lines around them."""
        from dfguard.interp.runtime.scripts import lost_echoes

        return lost_echoes(step)

    @cached_property
    def missing_distributions(self) -> tuple[MissingDistribution, ...]:
        """The modules the process imports whose distribution nothing installs."""
        from dfguard.analysis.packaging.distributions import missing_distributions

        if self.process is None:
            return ()
        return tuple(missing_distributions(self.run_code, self.steps, self.process, self.knowledge))

    @cached_property
    def unstarted_worker(self) -> Unstarted | None:
        """The program that imports runpod and starts no worker."""
        from dfguard.analysis.runtime.worker_start import unstarted_worker

        return unstarted_worker(self.process) if self.process else None

    @cached_property
    def missing_starts(self) -> tuple[NoStart, ...]:
        """Why the container has nothing to start; that no CMD is set counts only where the platform runs workers."""
        from dfguard.analysis.runtime.worker_start import (
            holds_program,
            idle_start,
            idle_targets,
            missing_starts,
        )

        if self.target is None or self.process is None or self.runtime is None:
            return ()
        is_worker = self.platform.id not in _GENERAL and not self.platform.process.command
        idle: list[NoStart] = []
        if is_worker:
            own = idle_start(self.target, self.knowledge)
            others = idle_targets(
                self.project.references(), self.project.path, self.traces, self.target, self.knowledge
            )
            certain = holds_program(self.target, self.traces) and "base" not in self.project.path.lower()
            idle += [*([replace(own, is_certain=certain)] if own else []), *others]
        files = missing_starts(self.process, self.target, self.runtime, self.context)
        return (*idle, *(found for found in files if not self._is_mounted(found.path)))

    def _is_mounted(self, path: str) -> bool:
        """Whether a compose file, script or manifest near the Dockerfile mounts something over the path or a folder around
        it: `-v ./start.sh:/start.sh`, `mountPath: /app`.
        """
        parts = path.strip("/").split("/")
        paths = "|".join(re.escape("/" + "/".join(parts[: count + 1])) for count in range(len(parts)))
        return self.project.says(rf"""(?::|mountPath:\s*|target[=:]\s*)["']?(?:{paths})/?(?=["'\s:,\]]|$)""")

    def unnoticed_failure(self, step: Step) -> Unnoticed | None:
        """A command of a RUN whose failure goes unnoticed, as a later command decides how the step ends."""
        from dfguard.analysis.text.unnoticed_failures import unnoticed

        return unnoticed(step)

    @cached_property
    def needed_compilers(self) -> tuple[NeededCompiler, ...]:
        """What the process compiles while it runs, in an image without a compiler."""
        from dfguard.analysis.gpu.compilers import needed_compilers
        from dfguard.interp.python.versions import Versions

        if self.target is None:
            return ()
        final = self.target.final
        versions = Versions(final.packages, final.base, self.knowledge)
        return tuple(needed_compilers(self.target, self.run_code, versions, self.knowledge.gpu))

    @cached_property
    def idle_devel_image(self) -> Place | None:
        """The FROM of a devel image in which surely nothing is compiled."""
        from dfguard.analysis.gpu.compilers import idle_devel_image

        if self.target is None or self.process is None:
            return None
        return idle_devel_image(self.target, self.process, self.run_code, self.knowledge.gpu)

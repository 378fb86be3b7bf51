"""What checks may see of packaging and of how instructions are put together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number
from dfguard.facts.paper import PaperFacts
from dfguard.interp.values import known
from dfguard.knowledge.model import distribution_name

if TYPE_CHECKING:
    from dfguard.analysis.arguments.needed_arguments import NeededArgument
    from dfguard.analysis.arguments.undeclared import Undeclared
    from dfguard.analysis.gpu.torch_releases import Replaced, TornRow
    from dfguard.analysis.packaging.archived_releases import LostMirror
    from dfguard.analysis.packaging.go_get import RefusedGet
    from dfguard.analysis.packaging.missing_programs import MissingProgram
    from dfguard.analysis.packaging.moved_environments import Moved
    from dfguard.analysis.packaging.pip_calls import PipCall
    from dfguard.analysis.packaging.unquoted_requirements import UnquotedVersion
    from dfguard.analysis.runtime.unknown_accounts import UnknownAccount
    from dfguard.analysis.shell.bashisms import Bashism
    from dfguard.analysis.text.outline import Site
    from dfguard.analysis.text.run_on_instructions import Dangling, Swallowed, TornOff
    from dfguard.core.source import Place
    from dfguard.interp.state.model import CommandRun, Package, Step
    from dfguard.knowledge.packaging import Release
    from dfguard.syntax.shell.calls import Call


_TORCHES = frozenset({"torch", "torchvision", "torchaudio", "xformers"})


class PackagingFacts(PaperFacts):
    """Facts about installs and about the shell around them."""

    @cached_property
    def unquoted_versions(self) -> tuple[UnquotedVersion, ...]:
        """The requirements whose bound the shell takes for a redirection."""
        from dfguard.analysis.packaging.unquoted_requirements import unquoted_versions

        return tuple(unquoted_versions(self.outline))

    @cached_property
    def dangling(self) -> tuple[Dangling, ...]:
        """The operators at the end of an instruction."""
        from dfguard.analysis.text.run_on_instructions import dangling

        return tuple(dangling(self.document))

    @cached_property
    def swallowed(self) -> tuple[Swallowed, ...]:
        """The keywords that the instruction above swallowed."""
        from dfguard.analysis.text.run_on_instructions import swallowed

        return tuple(swallowed(self.document, self.outline))

    @cached_property
    def torn_off(self) -> tuple[TornOff, ...]:
        """The lines that a RUN lost."""
        from dfguard.analysis.text.run_on_instructions import torn_off

        return tuple(torn_off(self.document, self.knowledge.package_managers))

    @cached_property
    def undeclared(self) -> tuple[Undeclared, ...]:
        """The build arguments that a RUN uses and cannot see."""
        from dfguard.analysis.arguments.undeclared import undeclared

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

    def removes_installed(self, site: Site, call: Call, verb: Place) -> bool:
        """Whether a package that a call names behind its verb is surely installed by then: by the base image, by an earlier
        step, or by an earlier install of the same RUN.
        """
        step = self.step_of(site.outer)
        if step is None:
            return False
        there = {p.name for p in step.before.packages if p.is_certain and not p.is_constraint}
        there |= {name for name, _ in step.before.base.distributions} if step.before.base else set()
        for other in self.outline.calls_in(site):
            if other.has("install") and other.place.span.start < verb.span.start:
                there |= {word.lower() for word, _ in other.operands()}
        words = [word for word, place in call.operands() if place.span.start > verb.span.start]
        return any(word.lower() in there or distribution_name(word) in there for word in words)

    @cached_property
    def pip_calls(self) -> tuple[PipCall, ...]:
        """Every `pip install` and `uv pip install` of the shipped stages."""
        from dfguard.analysis.packaging.pip_calls import pip_calls

        return tuple(pip_calls(self.steps, self.outline))

    @cached_property
    def torn_rows(self) -> tuple[TornRow, ...]:
        """The releases of torch and of its companions that are installed together and do not fit."""
        from dfguard.analysis.gpu.torch_releases import torn_rows

        return (
            tuple(torn_rows(self.pip_calls, self.steps, self.knowledge.gpu.torch_rows))
            if self._has_torch
            else ()
        )

    @cached_property
    def replaced_torches(self) -> tuple[Replaced, ...]:
        """The installs that put another torch in the place of one that is there."""
        from dfguard.analysis.gpu.torch_releases import replaced_torches

        return (
            tuple(replaced_torches(self.pip_calls, self.knowledge.gpu.torch_rows)) if self._has_torch else ()
        )

    @cached_property
    def _has_torch(self) -> bool:
        return any(package.name in _TORCHES for _, package in self.installed)

    def may_have_environment(self, call: PipCall) -> bool:
        """Whether some virtual environment may be in effect where the call stands."""
        from dfguard.analysis.packaging.pip_calls import may_have_environment
        from dfguard.interp.build.stages import steps_of

        own = next(trace for trace in self.traces if trace.stage.index == call.step.stage)
        return may_have_environment(call, steps_of(own, self.traces))

    @cached_property
    def lost_mirrors(self) -> tuple[LostMirror, ...]:
        """The commands that ask a mirror for a release of the distribution which it has no longer, one of each stage."""
        from dfguard.analysis.packaging.archived_releases import lost_mirrors

        return tuple(lost_mirrors(self.traces, self.knowledge.packaging.archived))

    @cached_property
    def missing_programs(self) -> tuple[MissingProgram, ...]:
        """The commands of the build, the start and the health check whose program is surely not there."""
        from dfguard.analysis.packaging.missing_programs import missing_among, missing_in_build

        found = list(missing_in_build(self.traces))
        for started in (self.process, self.health_check):
            if started is not None and started.place is not None and self.target is not None:
                found += missing_among(started.commands, self.target.final)
        return tuple(found)

    @cached_property
    def unknown_accounts(self) -> tuple[UnknownAccount, ...]:
        """The users and groups that are named and do not exist."""
        from dfguard.analysis.runtime.unknown_accounts import unknown_accounts

        return tuple(unknown_accounts(self.traces, self.target, self.document))

    @cached_property
    def refused_gets(self) -> tuple[RefusedGet, ...]:
        """The `go get` that fail, as no module is around them, one of each stage."""
        from dfguard.analysis.packaging.go_get import refused_gets

        rows = self.knowledge.packaging.retired
        return tuple(found for row in rows for found in refused_gets(self.traces, row))

    @cached_property
    def moved_environments(self) -> tuple[Moved, ...]:
        """The virtual environments of the image that lie elsewhere than where they were made, with what cannot start."""
        from dfguard.analysis.packaging.moved_environments import moved_environments
        from dfguard.interp.build.stages import steps_of

        if self.target is None:
            return ()
        started = self.process.commands if self.process is not None else ()
        chain = steps_of(self.target, self.traces)
        return tuple(moved_environments(chain, self.target.final, started, self.traces, self.world))

    def release_of(self, step: Step) -> Release | None:
        """The release of the distribution that a step runs on, None when it is not known."""
        base = step.before.base
        return self.knowledge.packaging.release(base.system) if base else None

    def may_have_other_archives(self, step: Step) -> bool:
        """Whether apt may know other archives than those of the release in a step."""
        from dfguard.analysis.packaging.apt_archives import may_have_other_archives

        is_own = any(t.parent is None for t in self.traces if t.stage.index == step.stage)
        return not is_own or may_have_other_archives(step, self.steps)

    def is_swallowed(self, step: Step, place: Place) -> bool:
        """Whether the failure of the command at a place of a step goes unnoticed."""
        from dfguard.analysis.packaging.apt_archives import is_swallowed

        return is_swallowed(step, place)

    @cached_property
    def bashisms(self) -> tuple[Bashism, ...]:
        """What RUN instructions write for bash although dash reads them."""
        from dfguard.analysis.shell.bashisms import bashisms
        from dfguard.syntax.shell.nodes import Dialect

        found: list[Bashism] = []
        for step in self.steps:
            script = step.effects.script
            if script and script.dialect is Dialect.POSIX and self._is_read_by_dash(step):
                found += bashisms(script, has_pipefail=self.knows_pipefail(step) is not False)
        return tuple(found)

    def is_configured(self, step: Step | None, files: tuple[str, ...], word: str) -> bool:
        """Whether one of the files has a word (case aside) once a step is over, or is made by the build and may have it.
        `/x/*` are the files in a folder, a leading variable is what the step sees.
        """
        from dfguard.analysis.packaging.configuration import may_say

        return step is not None and any(may_say(step, file, word) for file in files)

    def knows_pipefail(self, step: Step | None) -> bool | None:
        """Whether /bin/sh of the image that a step runs on knows `set -o pipefail`; None when that is not known."""
        system = step.before.base.system if step and step.before.base else ""
        return self.knowledge.base_images.shell_knows(system, "pipefail")

    def gives_way(self, step: Step | None) -> bool | None:
        """Whether /bin/sh of the image that a step runs on becomes the last program that `sh -c` starts, so that the program
        gets the signals; None when that is not known.
        """
        system = step.before.base.system if step and step.before.base else ""
        return self.knowledge.base_images.shell_knows(system, "gives-way")

    def shell_with_pipefail(self, step: Step | None) -> str:
        """A shell of the image that a step runs on that surely knows the option: its path, empty when none is known."""
        base = step.before.base if step else None
        if step is None or base is None:
            return ""
        if "bash" in base.commands or any(package.name == "bash" for package in step.before.packages):
            return "/bin/bash"
        return "/bin/ash" if "ash" in base.commands else ""

    def _is_read_by_dash(self, step: Step) -> bool:
        """Whether the step's shell is the /bin/sh of Debian or Ubuntu, and nobody put another one in its place."""
        base, shell = step.before.base, step.before.shell
        if (
            base is None
            or not base.system.startswith(("debian", "ubuntu"))
            or shell[:1] not in {(), ("/bin/sh",)}
        ):
            return False
        entry = step.before.files.resolve("/bin/sh")
        return entry.written_by is None and not self._is_reconfigured

    @cached_property
    def _is_reconfigured(self) -> bool:
        return any(run.name == "dpkg-reconfigure" for _, run in self.commands)

    @cached_property
    def needed_arguments(self) -> tuple[NeededArgument, ...]:
        """The build arguments without a default that RUN instructions rely on."""
        from dfguard.analysis.arguments.needed_arguments import needed_arguments

        return tuple(needed_arguments(self.steps))

    def port_of(self, run: CommandRun, options: tuple[str, ...]) -> int | None:
        """The port that a command is given with one of these options (`8000`, `0.0.0.0:8000`), None when there is none."""
        words = [known(word) or "" for word in run.words]
        for word, following in zip(words, (*words[1:], ""), strict=True):
            name, _, value = word.partition("=")
            port = (value or following).rpartition(":")[2]
            if name in options and is_number(port):
                return int(port)
        return None

    @cached_property
    def python_of_process(self) -> str | None:
        """The version in the name of the Python that the process starts first (`python3.11`: `3.11`), None without one."""
        names = (run.name.rpartition("/") for run in self.process.commands) if self.process else ()
        found = next(((folder, name) for folder, _, name in names if name.startswith("python")), None)
        if found is None or found[0] not in {"", "/usr/bin"}:
            return None
        version = found[1].removeprefix("python")
        return version if version.startswith("3.") and version[2:].isdigit() else None

    @cached_property
    def unused_python(self) -> tuple[Package, str] | None:
        """The Python that apt installs beside the release's own when the process surely starts the latter as `python3`, with
        the version of the latter.
        """
        from dfguard.analysis.packaging.unused_pythons import unused_python

        return unused_python(self.target, self.process, self.knowledge.packaging)

    @cached_property
    def is_python_redirected(self) -> bool:
        """Whether a command may make python3 or pip3 mean another interpreter, or bring another pip."""
        words = {
            (run.name.rpartition("/")[2], known(word) or "") for _, run in self.commands for word in run.words
        }
        changers = {"update-alternatives", "ln", "pyenv", "conda", "sed", "mv", "cp"}
        is_changed = any(name in changers and "python" in word for name, word in words)
        return is_changed or any("get-pip" in word or word == "ensurepip" for _, word in words)

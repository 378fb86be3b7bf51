"""Stages for the platform that builds to what gets into an image for another one: the stage itself, or a program compiled there."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dfguard.analysis.shell.variable_use import used_parameters
from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.interp.build.stages import chain, lineage, steps_of
from dfguard.interp.filesystem import paths
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known
from dfguard.knowledge.images import parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.analysis.text.outline import Outline
    from dfguard.core.context import BuildContext
    from dfguard.interp.state.model import CommandRun, CopySource, StageTrace, Step
    from dfguard.knowledge.packaging import Compiler

BUILD_PLATFORM = "BUILDPLATFORM"


class UntoldCompiler(Record):
    """A command that compiles for the machine it runs on in a stage for the platform that builds (`platform` is the flag that
    says so), and the COPY that brings the program into the image.
    """

    run: CommandRun
    compiler: Compiler
    platform: Place
    copy: Place
    is_certain: bool

    @property
    def place(self) -> Place:
        """The command without what is set in front of it and without redirections."""
        words = self.run.command.words
        return Place(self.run.place.source, Span(words[0].span.start, words[-1].span.end))


def build_platform(trace: StageTrace, traces: tuple[StageTrace, ...], outline: Outline) -> Place | None:
    """The `--platform=$BUILDPLATFORM` that a stage has from the FROM at its bottom; None when it has another platform."""
    flag = chain(trace, traces)[0].stage.from_instruction.flag("platform")
    if flag is None or not flag.value or not flag.value.value.strip("\"'").startswith("$"):
        return None
    preamble = (s for s in outline.of("ARG") if s.section.stage is None)
    if any(p.key.value == BUILD_PLATFORM and p.value for site in preamble for p in site.instruction.pairs):
        return None
    names = [name for name, _ in outline.variables_in(flag.value)]
    return flag.text.place() if names == [BUILD_PLATFORM] else None


def is_run(trace: StageTrace, traces: tuple[StageTrace, ...]) -> bool:
    """Whether a stage, or one that it is made FROM, says what its container starts."""
    steps = steps_of(trace, traces)
    return any(step.instruction.keyword in {"CMD", "ENTRYPOINT"} for step in steps)


def untold_compilers(
    target: StageTrace,
    traces: tuple[StageTrace, ...],
    outline: Outline,
    compilers: Iterable[Compiler],
    context: BuildContext,
) -> Iterator[UntoldCompiler]:
    """The programs of the image that were compiled for the machine that builds."""
    own = lineage(target, traces)
    if build_platform(target, traces, outline) is not None:
        return
    rows = tuple(compilers)
    copies = [
        c for t in traces if t.stage.index in own for s in t.steps for c in s.effects.copies if c.origin
    ]
    for trace in traces:
        platform = build_platform(trace, traces, outline)
        if platform is None or trace.stage.index in own:
            continue
        names = {str(trace.stage.index), trace.stage.name}
        taken = [copy for copy in copies if (copy.origin or "").lower() in names]
        for run, compiler, files in _compiled(trace, traces, rows, context) if taken else ():
            copy = next((copy for copy in taken if _takes(copy, files)), None)
            if copy is not None:
                sure = run.is_certain and _is_plain(trace, traces, compiler)
                yield UntoldCompiler(run, compiler, platform, copy.place, sure)


def _compiled(
    trace: StageTrace, traces: tuple[StageTrace, ...], rows: tuple[Compiler, ...], context: BuildContext
) -> Iterator[tuple[CommandRun, Compiler, list[str]]]:
    """The commands of a stage that compile for the machine they run on, each with what it makes, later copies included; a
    path that ends with a slash stands for all that is in the folder.
    """
    steps = steps_of(trace, traces)
    later = [(step, run) for step in steps for run in step.effects.commands]
    for number, (step, run) in enumerate(later):
        words = [known(word) or "" for word in run.words[1:]]
        compiler = next((row for row in rows if _compiles(row, run, words)), None)
        if compiler is None or "" in words or _is_told(step, run, compiler):
            continue
        if any(context.entry(path) is not None for path in compiler.files) or _is_set_up(steps, compiler):
            continue
        made = _made(run, words, compiler)
        for _, other in later[number + 1 :]:
            made += _moved(other, made)
        if made:
            yield run, compiler, made


def _compiles(compiler: Compiler, run: CommandRun, words: list[str]) -> bool:
    if run.name.rpartition("/")[2] not in compiler.commands or any(w in compiler.unless for w in words):
        return False
    verb = next((word for word in words if not word.startswith(("-", "+"))), None)
    return not compiler.verbs or verb in compiler.verbs


def _is_told(step: Step, run: CommandRun, compiler: Compiler) -> bool:
    """Whether a variable, an option, or a way through the script that depends on the platform says what to compile for."""
    script = step.effects.script
    if script is None or any(p.name.startswith("TARGET") for p in used_parameters(script)):
        return True
    words = [known(word) or "" for word in run.words]
    if any(word.partition("=")[0] in compiler.options for word in words):
        return True
    told = {name for name, _ in run.environment} | build_variables(step.before).keys()
    return any(fnmatchcase(name, pattern) for name in told for pattern in compiler.variables)


def _is_set_up(steps: tuple[Step, ...], compiler: Compiler) -> bool:
    """Whether a command of the stage sets the compiler up for another machine."""
    for step in steps:
        for run in step.effects.commands:
            words = [known(word) or "" for word in run.words]
            if any(words[: len(setup.split())] == setup.split() for setup in compiler.setups):
                return True
    return False


def _is_plain(trace: StageTrace, traces: tuple[StageTrace, ...], compiler: Compiler) -> bool:
    """Whether the image at the bottom surely says nothing of a machine: one that is known, or no variable decides."""
    first = chain(trace, traces)[0]
    name = known(first.base)
    if not compiler.variables:
        return True
    return name is not None and parse_reference(name).repository in compiler.images


def _made(run: CommandRun, words: list[str], compiler: Compiler) -> list[str]:
    """The paths of what a command makes, as far as they are known."""
    folder = known(run.workdir)
    if compiler.output_option and compiler.output_option in words[:-1]:
        path = words[words.index(compiler.output_option) + 1]
        if not path.startswith("/") and folder is None:
            return []
        return [paths.clean(path, folder or "/") + ("/" if path.endswith("/") else "")]
    if not compiler.folder.startswith("/") and folder is None:
        return []
    into = paths.clean(compiler.folder or ".", folder or "/")
    if not compiler.is_named_after_source:
        return [f"{into}/"]
    name = posixpath.basename(re.sub(r"(?:/v\d+)?(?:@.*)?$", "", words[-1]))
    return [paths.below(into, name)] if "/" in words[-1] and name.strip(".") else []


def _moved(run: CommandRun, made: list[str]) -> list[str]:
    """Where a command copies one of the paths to."""
    if run.name.rpartition("/")[2] not in {"cp", "mv", "install"}:
        return []
    folder = known(run.workdir)
    words = [known(word) or "" for word in run.words[1:]]
    operands = [word for word in words if not word.startswith("-")]
    if folder is None or len(operands) < 2 or not operands[-1]:
        return []
    *sources, target = (paths.clean(word, folder) for word in operands)
    return [
        path
        for source in sources
        if any(_holds(source, one) for one in made)
        for path in (target, paths.below(target, paths.name(source)))
    ]


def _takes(copy: CopySource, made: list[str]) -> bool:
    source = known(copy.pattern)
    return source is not None and any(_holds(paths.clean(source), path) for path in made)


def _holds(source: str, made: str) -> bool:
    """Whether a source, which may have wildcards, is what was made, holds it, or lies in the folder that was filled."""
    if made.endswith("/"):
        return source == made[:-1] or paths.is_below(source, made[:-1])
    return source == made or paths.is_below(made, source) or fnmatchcase(made, source)

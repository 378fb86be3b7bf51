"""Calls of Python in a build that surely find no interpreter: of that name, or of any."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.analysis.packaging.harmless_names import MAKES_NO_INTERPRETER
from dfguard.interp.build.stages import steps_of
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.python.versions import WITHOUT_PYTHON2_NAME, candidates_of
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import BuildState, CommandRun, StageTrace, Step
    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Instruction

    Version = tuple[int, int]


_BRINGS_NAME = re.compile(
    r"python-is-python|python-dev-is-python|^python$|^python-minimal$|^python2?$|conda|pypy"
)
_BRINGS_PYTHON = re.compile(
    r"python|conda|pypy|pip|uv|ansible|awscli|cloud|node|gyp|gdb|lldb|llvm|clang|vim|git-|meson"
)


def missing_interpreter(run: CommandRun, state: BuildState, earlier: Iterator[Step]) -> str:
    """Why the command's `python` or `python3` is surely not there; empty when it may be.

    `state` is what the command's step starts from, `earlier` are the steps of its stage chain, its own included. What the
    base image lacks must be in the packs, and every command so far one that does not make interpreters in secret.
    """
    name = run.name
    image = state.base
    if name not in _NAMES or image is None or name not in image.lacks or image.pythons:
        return ""
    candidates = candidates_of(state, name, {**build_variables(state), **dict(run.environment)})
    if not candidates or any(_may_be_made(state, path) for path in candidates):
        return ""
    installed: set[str] = set()
    for step in earlier:
        if not _is_harmless(step, run):
            return ""
        installed |= {p.name for p in step.after.packages if p.manager in {"apt", "apk"}}
    if name == "python" and image.system in WITHOUT_PYTHON2_NAME:
        if any(_BRINGS_NAME.search(package) for package in installed):
            return ""
        has_three = any(package.startswith("python3") for package in installed)
        three = "only python3 is installed" if has_three else ""
        return three or f"{image.repository} has none and nothing installs it"
    if any(_BRINGS_PYTHON.search(package) or package not in _PLAIN for package in installed):
        return ""
    return f"{image.repository} has none and nothing installs it"


def missing_interpreters(
    traces: tuple[StageTrace, ...], process: Process | None, target: StageTrace | None
) -> Iterator[tuple[CommandRun, str]]:
    """The commands of the shipped stages and of the process whose interpreter is surely not there, each with the reason."""
    for trace in traces:
        for step in trace.steps if trace.is_shipped else ():
            for run in step.effects.commands:
                if run.name in _NAMES and (
                    why := missing_interpreter(run, step.before, iter(steps_of(trace, traces)))
                ):
                    yield run, why
    for position, run in enumerate(process.commands if process and target else ()):
        if process and not all(_makes_no_program(earlier) for earlier in process.commands[:position]):
            return
        if target and run.name in _NAMES:
            why = missing_interpreter(run, target.final, iter(steps_of(target, traces)))
            if why:
                yield run, why


_NAMES = frozenset({"python", "python3"})


def _may_be_made(state: BuildState, path: str) -> bool:
    """Whether a program may be there: it surely is, or the folder is one of the user's own (a virtual environment).

    What system packages bring into the usual folders is looked at by name.
    """
    presence = state.files.look(path).presence
    folder = paths.parent(path)
    is_usual = folder in _USUAL or folder.startswith(("/usr/local/nvidia", "/usr/local/cuda"))
    return presence is Presence.PRESENT or (presence is Presence.MAYBE and not is_usual)


_USUAL = frozenset(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])


_PLAIN = frozenset(
    """
    curl wget ca-certificates git unzip zip tar gzip bzip2 xz-utils gnupg sudo tzdata locales procps jq tini
    bash openssl make gcc g++ libc6-dev build-essential ffmpeg libgl1 libglib2.0-0 libsndfile1 openssh-client
    openssh-server rsync
    """.split()
)


@cache
def _program_folder() -> re.Pattern[str]:
    return re.compile(r"[\"']?/?(?:usr|bin|sbin|opt|root|local|\.|\"|'|\$|$)")


_ARCHIVES = (".tar", ".gz", ".tgz", ".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".zst")
"""Endings of what ADD unpacks."""


def _copies_no_program(instruction: Instruction) -> bool:
    """Whether a COPY or ADD goes to a folder without programs, or is of files with an extension."""
    if instruction.flag("from") is not None or not instruction.arguments:
        return False
    *sources, target = (argument.value for argument in instruction.arguments)
    if instruction.keyword == "ADD" and any(source.endswith(_ARCHIVES) for source in sources):
        return False
    if all("." in posixpath.basename(source.strip("./")) for source in sources):
        return True
    return _program_folder().match(target) is None


def _is_harmless(step: Step, run: CommandRun) -> bool:
    instruction = step.instruction
    if instruction.keyword in {"COPY", "ADD"}:
        return _copies_no_program(instruction)
    if instruction.keyword != "RUN":
        return True
    if instruction.flag("mount") is not None or step.effects.script is None or step.effects.script.broken:
        return False
    for other in step.effects.commands:
        if other is run or (other.command is run.command and other.place == run.place):
            return True
        if not _makes_no_program(other):
            return False
    return True


def _may_name_program(word: Value) -> bool:
    """Whether a word may be a path in a folder of programs: it is one, or it begins with something that is not known."""
    start = prefix_of(word)
    return start.startswith(("/usr", "/bin", "/opt")) or (not start and known(word) is None)


def _makes_no_program(run: CommandRun) -> bool:
    name = posixpath.basename(run.name)
    if name in {"curl", "wget", "git"}:
        return not any(_may_name_program(word) for word in run.words[1:])
    if name.startswith("python"):
        return not any(known(word) in {"venv", "virtualenv"} for word in run.words[1:])
    return name in MAKES_NO_INTERPRETER

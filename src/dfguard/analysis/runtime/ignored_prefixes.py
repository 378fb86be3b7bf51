"""Calls of wget to those with a -P that -O puts out of force, whose file nothing looks for where it lies."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.loads.commands import take_apart
from dfguard.interp.values import known, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.state.model import CommandRun, CopySource, Load, StageTrace, Step
    from dfguard.knowledge.loaders import Downloader
    from dfguard.knowledge.model import Knowledge


class IgnoredPrefix(Record):
    """A call of wget whose file lies at `path`, and not at `meant`. `is_certain`: no word of it, or of a later command of
    its RUN, is unknown.
    """

    run: CommandRun
    path: str
    meant: str
    is_certain: bool


def ignored_prefixes(
    traces: tuple[StageTrace, ...],
    running: tuple[CommandRun, ...],
    loads: Iterable[Load],
    knowledge: Knowledge,
) -> Iterator[IgnoredPrefix]:
    """The calls with -P and a relative -O. Left out is a file that is gone at the end of its stage, or that a later
    command, the process (`running`, `loads`) or a COPY takes from where it lies: there nothing is lost.
    """
    fact = knowledge.downloader(("wget",))
    if fact is None:
        return
    opened = {known(load.directory) for load in loads}
    copies = [copy for trace in traces for step in trace.steps for copy in step.effects.copies]
    runs = [(trace, step, run) for trace in traces for step in trace.steps for run in step.effects.commands]
    for at, (trace, step, run) in enumerate(runs):
        places = _places(run, fact) if run.name.rpartition("/")[2] == "wget" else None
        if places is None or places[0] in opened or _is_gone(trace, places[0]):
            continue
        path, meant = places
        later = [(other, each) for _, other, each in runs[at + 1 :]]
        if any(_takes(each, path) for each in (*(each for _, each in later), *running)):
            continue
        if not _is_copied(copies, trace, path):
            yield IgnoredPrefix(run, path, meant, _is_plain(run, step, later))


def _places(run: CommandRun, fact: Downloader) -> tuple[str, str] | None:
    """Where the file lies and where -P would have it, None when that is one place or is not known."""
    taking = frozenset((*fact.output, *fact.directory, *fact.values, *fact.url))
    words = take_apart(run.words[1:], taking)
    named, prefix, workdir = words.value(*fact.output), words.value(*fact.directory), known(run.workdir)
    file, folder = known(named) if named else None, known(prefix) if prefix else None
    if not file or not folder or not workdir or file == "-" or file.startswith("/"):
        return None
    below, path = posixpath.join(workdir, folder), posixpath.normpath(posixpath.join(workdir, file))
    below = posixpath.normpath(below)
    if below == posixpath.normpath(workdir) or path.startswith(f"{below.rstrip('/')}/"):
        return None
    return path, posixpath.normpath(posixpath.join(below, file))


def _is_gone(trace: StageTrace, path: str) -> bool:
    return trace.final.files.look(path).presence is Presence.ABSENT


def _takes(run: CommandRun, path: str) -> bool:
    """Whether a word of the command names the file, or a folder or pattern that holds it, as it stands or behind `=`."""
    workdir = known(run.workdir) or "/"
    for text in filter(None, map(known, (*run.words, *(value for _, value in run.environment)))):
        if posixpath.basename(path) in text and not text.startswith("/"):
            return True
        parts = filter(None, (text, text.partition("=")[2]))
        if any(_covers(posixpath.normpath(posixpath.join(workdir, part)), path) for part in parts):
            return True
    return False


def _is_copied(copies: list[CopySource], trace: StageTrace, path: str) -> bool:
    """Whether a COPY of another stage names the file or a folder around it."""
    names = {trace.stage.name, str(trace.stage.index)}
    for copy in copies:
        pattern = known(copy.pattern)
        if copy.origin in names and (pattern is None or _covers(posixpath.join("/", pattern), path)):
            return True
    return False


def _covers(pattern: str, path: str) -> bool:
    """Whether the pattern names the path or a folder around it; the root is around everything and tells nothing."""
    return fnmatchcase(path, pattern) or (pattern != "/" and path.startswith(f"{pattern.rstrip('/')}/"))


def _is_plain(run: CommandRun, step: Step, later: list[tuple[Step, CommandRun]]) -> bool:
    words = (*run.words[1:], *(word for other, each in later if other is step for word in each.words))
    return run.is_certain and all(prefix_of(word) for word in words)

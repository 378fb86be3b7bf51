"""Paths to targets: Dockerfiles found in folders, their build context, and the repository around them."""

from __future__ import annotations

import os
import posixpath
import sys
from typing import TYPE_CHECKING

from dfguard.core import observed
from dfguard.core.errors import InputError
from dfguard.core.project import Surroundings
from dfguard.core.record import Record
from dfguard.core.source import Source
from dfguard.discover.context_hints import wanted_paths
from dfguard.discover.files import DiskFiles, read_bytes
from dfguard.discover.repository import Repository
from dfguard.disk import DiskContext, InMemoryContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.config.settings import Settings
    from dfguard.core.context import BuildContext

PROGRAMS = (".py", ".sh")
LARGEST_DOCKERFILE = 16 * 1024 * 1024


class Target(Record):
    """What is checked: a Dockerfile's text, its build context and what lies around it.

    `context_reason` says how the context was found.
    """

    source: Source
    context: BuildContext
    surroundings: Surroundings = Surroundings()
    context_reason: str = ""


class Found(Record):
    """A Dockerfile to check. `path` is what the user sees, `file` where it lies (empty for standard input)."""

    path: str
    file: str
    data: bytes | None = None

    @property
    def is_standard_input(self) -> bool:
        """Whether it was read from standard input."""
        return self.data is not None


class Refused(Record):
    """A path that gives no Dockerfile, and why."""

    path: str
    message: str


def find(paths: list[str], stdin_filename: str | None = None) -> tuple[list[Found], list[Refused]]:
    """The Dockerfiles that the paths name or hold, each once, in the order given (folders: sorted)."""
    found: dict[str, Found] = {}
    refused: list[Refused] = []
    for path in paths:
        try:
            for one in _found(path, stdin_filename):
                found.setdefault(os.path.abspath(one.file) if one.file else "-", one)
        except InputError as error:
            refused.append(Refused(path, str(error)))
    return list(found.values()), refused


def _found(path: str, stdin_filename: str | None) -> Iterator[Found]:
    if path == "-":
        yield Found(stdin_filename or "<stdin>", "", sys.stdin.buffer.read(LARGEST_DOCKERFILE + 1))
        return
    if os.path.isdir(path):
        from dfguard.discover.search import dockerfiles_below

        files = list(dockerfiles_below(path))
        if not files:
            raise InputError("no Dockerfile, Dockerfile.*, *.Dockerfile or Containerfile in this folder")
        yield from (Found(shown_path(file), file) for file in files)
        return
    if not os.path.lexists(path):
        raise InputError("no such file")
    if not os.path.isfile(path):
        raise InputError("not a regular file")
    if path.endswith(PROGRAMS):
        yield from _around(path)
        return
    yield Found(shown_path(path), path)


def _around(program: str) -> Iterator[Found]:
    """The Dockerfiles of a program's repository: a handler or start script is checked through the image it goes into."""
    from dfguard.discover.search import dockerfiles_below

    files = list(dockerfiles_below(repository_root(program)))
    if not files:
        raise InputError("a program is checked through its Dockerfile, and this repository has none")
    yield from (Found(shown_path(file), file) for file in files)


def shown_path(file: str) -> str:
    """The path relative to the working directory with forward slashes; absolute when it lies outside."""
    relative = os.path.relpath(file)
    return (os.path.abspath(file) if relative.startswith("..") else relative).replace(os.sep, "/")


def target_of(found: Found, settings: Settings) -> Target:
    """The target with its source, context and repository; raise InputError when the file cannot be read."""
    if found.data is not None:
        source = Source.decode(found.path, found.data)
        context = (
            DiskContext(settings.context, shown_path(settings.context))
            if settings.context
            else InMemoryContext({})
        )
        surroundings = Surroundings(has_certain_context=bool(settings.context))
        return Target(source, context, surroundings, "standard input")
    source = Source.decode(found.path, read_bytes(found.file, LARGEST_DOCKERFILE))
    root = repository_root(found.file)
    repository = _repository(root, found.file)
    if settings.context:
        if not observed.is_folder(settings.context):
            raise InputError(f"the build context {settings.context} is not a folder")
        folder, reason, is_certain = os.path.abspath(settings.context), "as told", True
    else:
        folder, reason, is_certain = _choose(source, found.file, root, repository)
    inside = os.path.relpath(folder, root).replace(os.sep, "/").removeprefix(".")
    surroundings = Surroundings(repository, inside, has_certain_context=is_certain)
    return Target(source, _context(folder, found.file), surroundings, reason)


def repository_root(file: str) -> str:
    """The nearest folder upwards that holds `.git`; else the working directory when the file lies below it, else the
    file's folder.
    """
    folder = start = os.path.dirname(os.path.abspath(file))
    while True:
        if observed.status(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    here = os.getcwd()
    return here if posixpath.commonpath([here, start]) == here else start


def _repository(root: str, file: str) -> Repository:
    relative = os.path.relpath(os.path.abspath(file), root).replace(os.sep, "/")
    shown = shown_path(root)
    return Repository(DiskFiles(root), relative, "" if shown == "." else f"{shown}/")


def _context(folder: str, file: str) -> DiskContext:
    return DiskContext(folder, shown_path(folder), dockerfile=file)


def _choose(source: Source, file: str, root: str, repository: Repository) -> tuple[str, str, bool]:
    """(context folder, why, whether it is beyond doubt): the one that holds most of what the Dockerfile uses."""
    own = os.path.dirname(os.path.abspath(file))
    told = repository.context_of_references()
    if told is not None and observed.is_folder(os.path.join(root, told)):
        return os.path.normpath(os.path.join(root, told)), "named by the repository's build files", True
    if own == root:
        return own, "the Dockerfile's folder, the repository root", True
    wanted = wanted_paths(source)
    folders = list(_upwards(own, root))
    scores = [sum(observed.exists(os.path.join(f, w)) for w in wanted) for f in folders]
    best = max(scores)
    if best == 0:
        return own, "the Dockerfile's folder", not wanted
    folder = folders[scores.index(best)]
    reason = (
        "the Dockerfile's folder"
        if folder == own
        else "the repository root"
        if folder == root
        else "a folder above it"
    )
    return folder, f"{reason}, which holds the files it uses", True


def _upwards(start: str, root: str) -> Iterator[str]:
    folder = start
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if folder in (root, parent):
            return
        folder = parent

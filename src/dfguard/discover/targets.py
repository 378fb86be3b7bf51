"""Paths to targets: Dockerfiles found in folders, their build context, and the repository around them."""

from __future__ import annotations

import os
import posixpath
import sys
from typing import TYPE_CHECKING

from dfguard.core import observed
from dfguard.core.errors import InputError
from dfguard.core.project import Surroundings
from dfguard.core.record import Record, replace
from dfguard.core.repository import leads_out, repository_root
from dfguard.core.source import Source
from dfguard.discover.files import DiskFiles, read_bytes
from dfguard.discover.names import is_dockerfile_name
from dfguard.discover.repository import Repository
from dfguard.disk import DiskContext, InMemoryContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.config.settings import Settings
    from dfguard.core.context import BuildContext
    from dfguard.discover.context_choice import Choice
    from dfguard.discover.context_hints import Wanted
    from dfguard.discover.search import Omission, Searched

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
    """A Dockerfile to check. `path` is what the user sees, `file` where it lies (empty for standard input); `is_named`
    False: a search found it, and the configuration may exclude it.
    """

    path: str
    file: str
    data: bytes | None = None
    is_named: bool = True

    @property
    def is_standard_input(self) -> bool:
        """Whether it was read from standard input."""
        return self.data is not None


class Refused(Record):
    """A path that gives no Dockerfile, and why."""

    path: str
    message: str


class Discovery(Record):
    """What the paths of a call come to: Dockerfiles, paths that give none, and files that were left out (`path` as the
    user sees it).
    """

    found: tuple[Found, ...]
    refused: tuple[Refused, ...] = ()
    left_out: tuple[Omission, ...] = ()


def find(paths: list[str], stdin_filename: str | None = None, *, excludes_named: bool = False) -> Discovery:
    """The Dockerfiles that the paths name or hold, each once, in the order given (folders: sorted).

    What a search leaves out is checked where it is named, unless `excludes_named` (--force-exclude).
    """
    found: dict[str, Found] = {}
    refused: list[Refused] = []
    left: dict[str, Omission] = {}
    for path in paths:
        try:
            ones, searched = _found(path, stdin_filename, excludes_named=excludes_named)
        except InputError as error:
            refused.append(Refused(path, str(error)))
            continue
        for one in ones:
            place = os.path.abspath(one.file) if one.file else "-"
            if place not in found or one.is_named:
                found[place] = one
        if searched is None:
            continue
        refused += (
            Refused(shown_path(folder), "this folder cannot be read") for folder in searched.unreadable
        )
        left |= {os.path.abspath(o.path): replace(o, path=shown_path(o.path)) for o in searched.left_out}
    return Discovery(
        tuple(found.values()), tuple(refused), tuple(o for p, o in left.items() if p not in found)
    )


Below = tuple[list["Found"], "Searched | None"]
"""The Dockerfiles of a path, and what the search of a folder found besides."""


def _found(path: str, stdin_filename: str | None, *, excludes_named: bool) -> Below:
    if path == "-":
        data = _standard_input()
        return [Found(stdin_filename or "<stdin>", "", data)], None
    if os.path.isdir(path):
        return _below(path, "no Dockerfile, Containerfile, Dockerfile.* or *.Dockerfile in this folder")
    if not os.path.lexists(path):
        raise InputError("no such file")
    if not os.path.isfile(path):
        raise InputError("not a regular file")
    if path.endswith(PROGRAMS) and not _is_dockerfile(path):
        root = repository_root(path)
        return _below(root, "a program is checked through its Dockerfile, and this repository has none")
    if excludes_named:
        from dfguard.discover.search import Omission, Searched, left_out_as

        if reason := left_out_as(path, repository_root(path)):
            return [], Searched((), (Omission(path, reason),))
    return [Found(shown_path(path), path)], None


def _below(folder: str, otherwise: str) -> Below:
    """The Dockerfiles that a search finds; a handler or start script is checked through the image it goes into, too."""
    from dfguard.discover.search import search

    searched = search(folder, repository_root(os.path.join(folder, "Dockerfile")))
    if not searched.files and not searched.unreadable and not searched.left_out:
        raise InputError(otherwise)
    return [Found(shown_path(file), file, is_named=False) for file in searched.files], searched


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("standard input is closed")
    try:
        return sys.stdin.buffer.read(LARGEST_DOCKERFILE + 1)
    except OSError as error:
        raise InputError(f"standard input cannot be read: {error.strerror}") from None


def _is_dockerfile(path: str) -> bool:
    """Whether a file with a program's ending is a Dockerfile all the same."""
    if not is_dockerfile_name(os.path.basename(path)):
        return False
    from dfguard.discover.kinds import Kind
    from dfguard.discover.search import kind_on_disk

    return kind_on_disk(path, repository_root(path)) is Kind.DOCKERFILE


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
            else InMemoryContext({}, doubt=lambda _: "the build context is not known")
        )
        surroundings = Surroundings(has_certain_context=bool(settings.context))
        return Target(source, context, surroundings, "standard input")
    root = repository_root(found.file)
    if leads_out(found.file, root):
        raise InputError("a link that leads out of the repository; name the file itself to check it")
    source = Source.decode(found.path, read_bytes(found.file, LARGEST_DOCKERFILE))
    repository = _repository(root, found.file)
    if settings.context:
        if not observed.is_folder(settings.context):
            raise InputError(f"the build context {settings.context} is not a folder")
        folder, reason, is_certain = os.path.abspath(settings.context), "as told", True
    else:
        choice = _chosen(source, root, repository, settings)
        folder, reason, is_certain = os.path.join(root, choice.folder), choice.reason, choice.is_certain
    inside = os.path.relpath(folder, root).replace(os.sep, "/")
    inside = "" if inside == "." else inside
    doubt = _doubt(repository, inside, is_certain=is_certain)
    context = DiskContext(os.path.normpath(folder), shown_path(folder), found.file, doubt)
    surroundings = Surroundings(repository, inside, has_certain_context=is_certain)
    return Target(source, context, surroundings, reason)


def _repository(root: str, file: str) -> Repository:
    relative = os.path.relpath(os.path.abspath(file), root).replace(os.sep, "/")
    shown = shown_path(root)
    return Repository(DiskFiles(root), relative, "" if shown == "." else f"{shown}/")


def _chosen(source: Source, root: str, repository: Repository, settings: Settings) -> Choice:
    from dfguard.discover.context_choice import chosen

    def wanted() -> Wanted:
        from dfguard.discover.context_hints import wanted_of
        from dfguard.knowledge.load import load_knowledge

        return wanted_of(source, load_knowledge(settings.packs), settings.build_arguments)

    return chosen(repository, root, wanted)


def _doubt(repository: Repository, inside: str, *, is_certain: bool) -> Callable[[str], str]:
    """What `BuildContext.doubt` says of the context that lies at `inside` in the repository."""
    from dfguard.discover.context_choice import may_come

    if not is_certain:
        return lambda _: "the build context is not certain"
    if inside.startswith(".."):
        return lambda _: ""

    def doubt(path: str) -> str:
        elsewhere = "a script builds it in another folder" if repository.is_built_elsewhere(inside) else ""
        return may_come(repository, posixpath.join(inside, path)) or elsewhere

    return doubt

"""A Dockerfile in its repository to the folder that is its build context, and whether that is beyond doubt.

Candidates are the folders that the repository's own files name for a build of it, and those from its own folder up to the
root. The context is certain when it is named, when it is the only candidate that holds all that the build takes out of it, or
when it holds more than every other one and nothing that it lacks is in any of them. It is not when what it lacks would be
there if the sources were named from the folder around the checkout.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from dfguard.core import observed
from dfguard.core.patterns import has_wildcards, matches_name, unescaped
from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dfguard.core.project import Project
    from dfguard.discover.context_hints import Wanted
    from dfguard.discover.repository import Repository


class Choice(Record):
    """A folder relative to the repository's root (empty for the root), why it, and whether it is beyond doubt."""

    folder: str
    reason: str
    is_certain: bool


class _Candidate(Record):
    """A folder with what it holds of what is wanted, and whether it holds all."""

    folder: str
    held: frozenset[str]
    fits: bool

    @property
    def rank(self) -> tuple[bool, int]:
        """The greater, the likelier."""
        return self.fits, len(self.held)


def chosen(repository: Repository, root: str, wanted: Callable[[], Wanted]) -> Choice:
    """The build context of the repository's Dockerfile; `root` is the repository on disk. What the build takes out of it
    is asked for only where there is a choice.
    """
    own = posixpath.dirname(repository.path)
    told = list(dict.fromkeys(t.context for t in repository.builds if t.is_sure))
    if told:
        return _named(told, repository, root, wanted, is_exact=True)
    if not own:
        is_certain = not _is_named_from_outside(repository, root, wanted())
        return Choice("", "the Dockerfile's folder, the repository root", is_certain=is_certain)
    needs = wanted()
    if needs.is_empty:
        return Choice(own, "the Dockerfile's folder", is_certain=True)
    found = _measured(_upwards(own), repository, root, needs)
    fitting = [candidate for candidate in found if candidate.fits]
    if len(fitting) == 1:
        return Choice(fitting[0].folder, _reason(fitting[0].folder, own), is_certain=True)
    told = list(dict.fromkeys(t.context for t in repository.scripted_builds if t.is_sure))
    if told:
        return _named(told, repository, root, wanted, is_exact=False)
    best = max(found, key=lambda candidate: candidate.rank)
    is_alone = all(best.held > other.held for other in found if other is not best)
    is_certain = not fitting and is_alone and not _is_named_from_outside(repository, root, needs)
    return Choice(best.folder, _reason(best.folder, own), is_certain=is_certain)


def _is_named_from_outside(repository: Repository, root: str, needs: Wanted) -> bool:
    """Whether the sources that the repository lacks all begin with one folder, and are in its root without it.

    Then that folder is the checkout itself: the build starts in the folder around it (`COPY api/requirements.txt` in the
    repository api). Patterns are left out: whether they match costs a walk.
    """
    plain = [path for path in needs.named if not has_wildcards(path)]
    missing = [path for path in plain if not any(_matches(root, path))]
    first = {path.partition("/")[0] for path in missing}
    if len(first) != 1 or repository.is_git_ignored(next(iter(first))):
        return False
    inside = [path.partition("/")[2] for path in missing]
    there = (not path or any(_matches(root, path)) or may_come(repository, path) for path in inside)
    return any(_matches(root, path) for path in filter(None, inside)) and all(there)


def _named(
    told: list[str | None],
    repository: Repository,
    root: str,
    wanted: Callable[[], Wanted],
    *,
    is_exact: bool,
) -> Choice:
    """The folder that is named, or the one of several that holds most; uncertain when it is not there, or when several hold
    all or none does. What scripts say (not `is_exact`) is uncertain as well when another folder holds what it lacks.
    """
    namer = "the repository's build files" if is_exact else "a script of the repository"
    reason = f"named by {namer}"
    own = posixpath.dirname(repository.path)
    folders = ["" if folder == "." else folder for folder in told if folder is not None]
    there = [folder for folder in folders if observed.is_folder(os.path.join(root, folder))]
    if not there:
        return Choice(own, "the Dockerfile's folder", is_certain=False)
    needs = wanted()
    found = _measured(there, repository, root, needs)
    best = max(found, key=lambda candidate: candidate.rank)
    if len(there) < len(told):
        return Choice(best.folder, reason, is_certain=False)
    if len(found) > 1:
        return Choice(best.folder, reason, is_certain=sum(candidate.fits for candidate in found) == 1)
    others = [] if best.fits or is_exact else _measured(_upwards(own), repository, root, needs)
    return Choice(best.folder, reason, is_certain=not any(other.fits for other in others))


def _measured(folders: Iterable[str], repository: Repository, root: str, wanted: Wanted) -> list[_Candidate]:
    """The folders as candidates. A file that is only used counts where some folder has it: else a step may make it."""
    held = [(folder, *_held(folder, repository, root, wanted)) for folder in dict.fromkeys(folders)]
    somewhere = {path for _, _, _, used in held for path in used}
    return [
        _Candidate(folder, frozenset((*named, *used)), not lacks and len(used) == len(somewhere))
        for folder, named, lacks, used in held
    ]


def _held(
    folder: str, repository: Repository, root: str, wanted: Wanted
) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """The named paths that a folder holds, whether it surely lacks one, and the used ones that it holds."""
    there = [any(_matches(os.path.join(root, folder), path)) for path in wanted.named]
    named = tuple(path for path, is_there in zip(wanted.named, there, strict=True) if is_there)
    lacks = (
        not (is_there or may_come(repository, inside) or repository.is_in_empty_folder(inside))
        for inside, is_there in zip((posixpath.join(folder, p) for p in wanted.named), there, strict=True)
    )
    used = (path for path in wanted.used if observed.exists(os.path.join(root, folder, path)))
    return named, any(lacks), tuple(used)


def may_come(repository: Project, path: str) -> str:
    """Why a path (relative to the root) that is not there may be there when the build starts; empty when it stays absent."""
    if repository.is_git_ignored(path):
        return "git ignores it, so that it may be made before the build"
    return "it lies in a submodule that was not fetched" if repository.is_in_submodule(path) else ""


def _matches(folder: str, pattern: str) -> Iterator[str]:
    """The paths that a COPY pattern means in a folder."""
    first, _, rest = pattern.partition("/")
    if not has_wildcards(first):
        path = os.path.join(folder, unescaped(first))
        yield from _matches(path, rest) if rest else [path] if observed.exists(path) else []
        return
    try:
        names = observed.names(folder)
    except OSError:
        return
    for name in names:
        if matches_name(first, name):
            path = os.path.join(folder, name)
            yield from _matches(path, rest) if rest else [path]


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    while folder.strip("/"):
        folder = posixpath.dirname(folder)
        yield folder


def _reason(folder: str, own: str) -> str:
    if folder == own:
        return "the Dockerfile's folder"
    return f"{'a folder above it' if folder else 'the repository root'}, which holds the files it uses"

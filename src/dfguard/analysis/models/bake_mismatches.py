"""Loads of build and process to how they miss each other: copies laid flat, other files, other revisions, other folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.models.baked_models import is_bake, same_model, unbaked
from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.model import Moment
from dfguard.interp.values import Known, Unknown, known, texts_of
from dfguard.knowledge.patterns import glob_matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.analysis.models.baked_models import Built
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import Load, Write
    from dfguard.knowledge.model import Knowledge


class Miss(Record):
    """The process asks for `wanted`, what the build made of it is `baked`; `lacks` what is not there, empty where that
    is said by the loads themselves.
    """

    wanted: Load
    baked: Load
    lacks: str = ""


def flat_copies(run_loads: Iterable[Load], built: tuple[Built, ...]) -> Iterator[Miss]:
    """The models that the process looks up by name in a cache and the build laid flat at or in that cache.

    Source: huggingface_hub/file_download.py (a file of local_dir is no entry of the cache).
    """
    seen: set[object] = set()
    for load in run_loads:
        if load.is_local_directory or load.kind != "hub" or not load.reads:
            continue
        bakes = [bake for _, bake in built if is_bake(bake) and same_model(load, bake)]
        if bakes and all(is_flat(bake, load) for bake in bakes) and load.place not in seen:
            seen.add(load.place)
            yield Miss(load, bakes[-1])


def is_flat(bake: Load, load: Load) -> bool:
    """Whether a build lays files in `local_dir` form into the cache in which the process looks for the model."""
    folder, root = known(bake.directory), known(load.directory)
    if not bake.is_local_directory or load.is_local_directory or folder is None or root is None:
        return False
    home = paths.parent(root) if root.endswith("/hub") else root
    return folder in {root, home} or folder.startswith(f"{root}/")


def strays(run_loads: Iterable[Load], built: tuple[Built, ...], view: RuntimeView) -> Iterator[Miss]:
    """The files and models with a relative path that the build put below one directory and the process looks for below
    another, where they surely are not.
    """
    seen: set[object] = set()
    for load in run_loads:
        if not load.is_relative or not isinstance(load.directory, Known) or load.place in seen:
            continue
        bakes = [b for _, b in built if is_bake(b) and is_stray(b, load)]
        if not bakes or any(known(b.directory) in (None, load.directory.text) for b in bakes):
            continue
        wanted = load.directory.text if load.kind == "path" else f"{load.directory.text}/{_name(load)}"
        if view.state.files.resolve(wanted).presence is Presence.ABSENT or load.kind != "path":
            seen.add(load.place)
            yield Miss(load, bakes[-1])


def is_stray(bake: Load, load: Load) -> bool:
    """Whether a build puts what a process wants under the same relative name."""
    return bake.is_relative and load.is_relative and _name(bake) == _name(load) != ""


def _name(load: Load) -> str:
    """What a load is called below its working directory: the file's name or the model's."""
    text = known(load.directory) if load.is_local_directory else known(load.subject)
    return (text or "").rstrip("/").rpartition("/")[2]


def gaps(run_loads: Iterable[Load], built: tuple[Built, ...], knowledge: Knowledge) -> Iterator[Miss]:
    """The models of which the build fetches only files that are not the ones the process reads, into its directory."""
    seen: set[object] = set()
    for load in run_loads:
        bakes = [b for _, b in built if b.downloads and same_model(load, b) and b.directory == load.directory]
        if not load.reads or not load.is_weights or not bakes or load.place in seen:
            continue
        lacks = _other_variant(load, bakes) or _missing_file(load, bakes, knowledge)
        if lacks:
            seen.add(load.place)
            yield Miss(load, bakes[-1], lacks)


def _other_variant(load: Load, bakes: list[Load]) -> str:
    """The variant that only one side asks for, where both are calls of the same kind."""
    if any(bake.loader != load.loader or bake.files for bake in bakes):
        return ""
    mine = _told(load)
    others = {_told(bake) for bake in bakes}
    if mine is None or None in others or mine in others:
        return ""
    return f"the files of variant {mine}" if mine else "the files without variant"


def _told(load: Load) -> str | None:
    return "" if load.variant is None else known(load.variant)


def _missing_file(load: Load, bakes: list[Load], knowledge: Knowledge) -> str:
    patterns = [file for bake in bakes for file in bake.files]
    if not all(bake.files for bake in bakes):
        return ""
    loader = knowledge.loader(load.loader)
    wanted = load.files or (loader.first_files if loader else ())
    missing = [file for file in wanted if not any(_covers(pattern, file) for pattern in patterns)]
    is_any = not load.files
    if not missing or (is_any and len(missing) < len(wanted)) or any("*" in file for file in wanted):
        return ""
    return " or ".join(missing) if is_any else ", ".join(missing)


def _covers(pattern: str, file: str) -> bool:
    """Whether a pattern of the download takes the file, whichever folder it lies in."""
    last = pattern.rpartition("/")[2] or "*"
    return glob_matches(pattern, file) or glob_matches(last, file.rpartition("/")[2])


def unpinned(run_loads: tuple[Load, ...], built: tuple[Built, ...], knowledge: Knowledge) -> Iterator[Load]:
    """The downloads of hub models that name no revision, each model once. Left out is what takes none, and what the
    process reads with a call that takes none: that one finds only what the branch's name leads to.
    """
    seen: set[str] = set()
    calls = (entry.id for entry in knowledge.loaders.python if "revision" in dict(entry.arguments))
    commands = (entry.id for entry in knowledge.loaders.commands if "revision" in dict(entry.options))
    pinnable = {*calls, *commands}
    for _, load in built:
        subject = known(load.subject)
        if not is_bake(load) or load.kind != "hub" or load.revision is not None or subject in seen:
            continue
        readers = {other.loader for other in run_loads if same_model(load, other) and other.reads}
        if subject is not None and "/" in subject and {load.loader, *readers} <= pinnable:
            seen.add(subject)
            yield load


def other_revisions(run_loads: Iterable[Load], built: tuple[Built, ...]) -> Iterator[Miss]:
    """The models that the build fetches by commit and the process asks for by name alone: the cache then has no
    `refs/main`, so that the copy is found only online and while the branch stands there.

    Source: huggingface_hub/_snapshot_download.py.
    """
    seen: set[object] = set()
    for load in run_loads:
        bakes = [b for _, b in built if is_bake(b) and same_model(load, b) and b.directory == load.directory]
        is_by_name = load.kind == "hub" and not load.is_local_directory and load.revision is None
        if not bakes or not is_by_name or load.place in seen or not load.reads:
            continue
        if all(_is_commit(bake) for bake in bakes):
            seen.add(load.place)
            yield Miss(load, bakes[-1])


def other_branches(run_loads: Iterable[Load], built: tuple[Built, ...]) -> Iterator[Miss]:
    """The models that the build fetches from another branch of their repository than the process asks for, into the
    cache that it may look in; each model once. `lacks` is the branch that the cache has no reference to.

    Source: huggingface_hub/_snapshot_download.py (refs/BRANCH gives the commit whose files count).
    """
    seen: set[str] = set()
    for load in run_loads:
        subject, wanted = known(load.subject), _branch(load)
        is_looked_up = load.kind == "hub" and load.reads and not load.is_local_directory
        if subject is None or subject in seen or not wanted or not is_looked_up:
            continue
        roots = texts_of(load.directory) or ()
        bakes = [b for _, b in built if b.downloads and same_model(load, b) and known(b.directory) in roots]
        branches = {_branch(bake) for bake in bakes}
        if branches and None not in branches and wanted not in branches:
            seen.add(subject)
            yield Miss(load, bakes[-1], wanted)


def _branch(load: Load) -> str | None:
    """The branch or tag that a load asks for; None where it may be any, or is a commit, which several may lead to."""
    name = "main" if load.revision is None else known(load.revision)
    return None if not name or _is_commit(load) else name


def _is_commit(load: Load) -> bool:
    text = known(load.revision) if load.revision is not None else None
    return text is not None and len(text) == 40 and not set(text) - set("0123456789abcdef")


def secondary(
    run_loads: tuple[Load, ...], built: tuple[Built, ...], writes: Iterable[Write], view: RuntimeView
) -> Iterator[Load]:
    """What a library fetches by itself at the first request that needs it, and no build step does."""
    candidates = [load for load in run_loads if is_secondary(load)]
    yield from (load for load in unbaked(candidates, built, writes, view))
    seen: set[str] = set()
    for load in candidates:
        if texts_of(load.subject) is not None or not isinstance(load.subject, Unknown) or load.loader in seen:
            continue
        directory = known(load.directory)
        is_fetched = any(other.loader == load.loader for _, other in built)
        if directory is not None and view.mount_over(directory) is None and not is_fetched:
            seen.add(load.loader)
            yield load


def is_secondary(load: Load) -> bool:
    """Whether a request makes a library fetch a model that the program does not name."""
    return load.is_secondary and load.moment is Moment.REQUEST and load.downloads and not load.is_offline

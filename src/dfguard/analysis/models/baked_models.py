"""Loads of build and process to what agrees: which models are baked, which are missing, which lie elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.state.model import Failure
from dfguard.interp.values import Known, Unknown, known, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import CommandRun, Load, RunMount, Step, Write

Built = tuple["Step", "Load"]


class Mismatch(Record):
    """The process looks `wanted` up in a directory other than the one where the build put it (`baked`). `is_sure`: both
    surely happen, or at least nothing else in the process may read what is baked.
    """

    wanted: Load
    baked: Load
    is_sure: bool


def is_bake(load: Load) -> bool:
    """Whether a build load is meant to put weights into the image."""
    return load.downloads and load.is_weights


def unbaked(
    run_loads: Iterable[Load], built: tuple[Built, ...], writes: Iterable[Write], view: RuntimeView
) -> Iterator[Load]:
    """The weights that the process downloads because no build step did, each subject once.

    Left out is what may be there all the same: unknown subjects or directories on either side, files copied into the
    directory, directories below a mount of the platform (a volume design), and the platform's cached models. Of an
    address the file that it is saved to must surely be missing.
    """
    bakes = [load for _, load in built if is_bake(load)]
    if any(isinstance(load.subject, Unknown) and load.kind == "hub" for load in bakes):
        return
    seen: set[str] = set()
    payloads = [write.path for write in writes if write.is_payload and write.load is None]
    for load in run_loads:
        is_address = load.kind == "url"
        subject = known(load.subject) if is_address else _subject(load)
        if subject is None or subject in seen or not load.downloads or not load.is_weights or load.is_offline:
            continue
        if any(same_model(load, other) for other in bakes) or view.has_cached_model(subject):
            continue
        if is_address and not _lacks_file(load, subject, bakes, view):
            continue
        directories = texts_of(load.directory)
        if directories is None or any(map(view.mount_over, directories)):
            continue
        if any(_below(path, directory) for path in payloads for directory in directories):
            continue
        seen.add(subject)
        yield load


def _lacks_file(load: Load, address: str, bakes: list[Load], view: RuntimeView) -> bool:
    """Whether the file of an address is surely not in the image, and the build fetches no file of that name."""
    directory, name = known(load.directory), load.files[0] if load.files else _last(address)
    if directory is None or any(_last(known(bake.subject) or "") == name for bake in bakes):
        return False
    places = [f"{directory}/{name}"]
    if load.is_local_directory:
        places = [directory] if "." in _last(directory) else [directory, *places]
    return all(view.look(place).visibility.value == "absent" for place in places)


def _last(address: str) -> str:
    return address.partition("?")[0].rpartition("/")[2]


def unnamed(run_loads: Iterable[Load], built: tuple[Built, ...], view: RuntimeView) -> Iterator[Load]:
    """The hub models that the process downloads under a name which the deployment is to give, where the build bakes
    none; each reason once.
    """
    if any(is_bake(load) for _, load in built):
        return
    found: dict[str, Load] = {}
    for load in run_loads:
        subject = load.subject
        if (
            not isinstance(subject, Unknown)
            or not subject.is_settled
            or load.kind != "hub"
            or load.is_offline
        ):
            continue
        directories = texts_of(load.directory)
        is_kept = directories is None or any(map(view.mount_over, directories))
        if load.downloads and load.is_weights and not is_kept and not subject.prefix:
            found.setdefault(subject.why, load)
    yield from found.values()


def mismatches(
    run_loads: Iterable[Load], built: tuple[Built, ...], view: RuntimeView | None
) -> Iterator[Mismatch]:
    """The loads whose subject is baked, provably, only under other directories; each subject once. Then those of files
    that are provably not there, below a directory that the build fills with models of other names.
    """
    seen: set[str] = set()
    loads = tuple(run_loads)
    for load in loads:
        subject = _subject(load)
        if subject is None or subject in seen or not isinstance(load.directory, Known) or not load.is_weights:
            continue
        bakes = [other for _, other in built if is_bake(other) and same_model(load, other)]
        if not bakes or not all(isinstance(b.directory, Known) for b in bakes):
            continue
        if any(known(b.directory) == load.directory.text for b in bakes):
            continue
        seen.add(subject)
        baked = bakes[-1]
        is_alone = not any(_may_read(other, known(baked.directory) or "/") for other in loads)
        yield Mismatch(load, baked, baked.is_certain and (load.is_certain or is_alone))

    bakes = [load for _, load in built if is_bake(load) and isinstance(load.directory, Known)]
    if view is not None and not any(isinstance(load.subject, Unknown) for load in bakes):
        yield from _misnamed(loads, bakes, view)


def _misnamed(loads: tuple[Load, ...], bakes: list[Load], view: RuntimeView) -> Iterator[Mismatch]:
    seen: set[str] = set()
    for load in loads:
        path = known(load.directory) if load.kind == "path" and load.reads and load.is_weights else None
        if path is None or path in seen or view.look(path).visibility.value != "absent":
            continue
        for baked in bakes:
            if _below(path, known(baked.directory) or "") and path != known(baked.directory):
                seen.add(path)
                yield Mismatch(load, baked, load.is_certain and baked.is_certain)
                break


def _may_read(load: Load, directory: str) -> bool:
    """Whether a load of the process may be served from below the directory."""
    if not load.reads:
        return False
    texts = texts_of(load.directory)
    return texts is None or any(
        _below(text, directory) if load.kind == "path" else text == directory for text in texts
    )


def _subject(load: Load) -> str | None:
    """What is loaded, when it is a repository or a name and we know which."""
    return known(load.subject) if load.kind in ("hub", "name") else None


def same_model(a: Load, b: Load) -> bool:
    """Whether both load the same repository or name."""
    left, right = _subject(a), _subject(b)
    return left is not None and right is not None and left.lower() == right.lower()


def _below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def is_asserted_later(steps: tuple[Step, ...], step: Step, load: Load) -> bool:
    """Whether a later step fails when the load's files are missing: a test of a path below its directory, or another
    load of the same subject that stops the build.
    """
    later = steps[steps.index(step) + 1 :]
    for other in later:
        if any(same_model(load, again) and again.failure is Failure.FATAL for again in other.effects.loads):
            return True
        if any(_tests(run, load) for run in other.effects.commands):
            return True
    return False


_TESTS = frozenset({"test", "[", "[[", "ls", "stat", "du", "sha256sum", "md5sum"})


def _tests(run: CommandRun, load: Load) -> bool:
    directory = known(load.directory)
    if run.name not in _TESTS or run.failure is not Failure.FATAL or directory is None:
        return False
    return any(_below(word, directory) for word in map(known, run.words[1:]) if word)


def is_baked_before(steps: tuple[Step, ...], step: Step, load: Load) -> bool:
    """Whether an earlier load of the build already put the subject into the same directory."""
    earlier = (other for s in steps[: steps.index(step) + 1] for other in s.effects.loads)
    for other in earlier:
        if other is load:
            return False
        if (
            other.downloads
            and not other.is_offline
            and same_model(load, other)
            and other.directory == load.directory
        ):
            return True
    return False


_COPIERS = frozenset({"cp", "mv", "rsync", "tar", "install", "ditto", "cpio"})


def is_copied_out(step: Step, mount: RunMount) -> bool:
    """Whether a command of the same RUN copies or moves something from below the mount's target."""
    for run in step.effects.commands:
        if not _is_copier(run):
            continue
        words = [word for word in map(known, run.words[1:]) if word is not None]
        workdir = known(run.workdir)
        if any(_below(word, mount.target) for word in words) or (workdir and _below(workdir, mount.target)):
            return True
    return False


def carried_on(steps: Iterable[Step], load: Load) -> CommandRun | None:
    """The first command of these steps that copies or moves something out of the load's directory; None without one."""
    directory = known(load.directory)
    runs = (run for step in steps for run in step.effects.commands if directory)
    return next((r for r in runs if _is_copier(r) and _mentions(r, directory or "/")), None)


def _is_copier(run: CommandRun) -> bool:
    return run.name.rpartition("/")[2] in _COPIERS


class Removal(Record):
    """A build load whose files a later command provably removes."""

    load: Load
    run: CommandRun


_REMOVERS = frozenset({"rm", "rmdir", "find", "unlink"})


def removals(steps: tuple[Step, ...]) -> Iterator[Removal]:
    """The weights that are downloaded and gone at the end of the step that removes them; each load once.

    What was copied or moved out of the directory before is left out, and what was fetched from an address and handed to a
    program: an installer has done its work.
    """
    pending: list[Load] = []
    for step in steps:
        pending.extend(x for x in step.effects.loads if is_bake(x) and isinstance(x.directory, Known))
        for run in step.effects.commands:
            if _is_copier(run):
                pending = [x for x in pending if not _mentions(run, known(x.directory) or "/")]
            pending = [x for x in pending if x.kind != "url" or not _is_handed_to(run, x)]
        gone = [x for x in pending if _is_gone(step, x)]
        for load in gone:
            remover = next(
                (r for r in reversed(step.effects.commands) if r.name.rpartition("/")[2] in _REMOVERS), None
            )
            if remover is not None:
                yield Removal(load, remover)
        pending = [x for x in pending if x not in gone]


_FETCHERS = frozenset({"curl", "wget", "aria2c", "axel"})


def _is_handed_to(run: CommandRun, load: Load) -> bool:
    """Whether a command other than the download and the removal names the fetched file, or is it."""
    file = load.files[0] if load.files else _last(known(load.subject) or "")
    if not file or run.name.rpartition("/")[2] in _REMOVERS | _FETCHERS:
        return False
    return any(word.rpartition("/")[2] == file for word in (run.name, *map(known, run.words[1:])) if word)


def _mentions(run: CommandRun, directory: str) -> bool:
    return any(_below(word, directory) for word in map(known, run.words[1:]) if word is not None)


def _is_gone(step: Step, load: Load) -> bool:
    from dfguard.interp.filesystem.entries import Presence, expected

    directory = known(load.directory)
    return directory is not None and expected(step.after.files.look(directory)).presence is Presence.ABSENT

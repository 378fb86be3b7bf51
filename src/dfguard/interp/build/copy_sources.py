"""The sources of a COPY or ADD to what they name: in the build context, another stage, or an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import is_index
from dfguard.core.patterns import PathPattern, has_wildcards, matches_name, unescaped
from dfguard.core.record import Record
from dfguard.interp.build.bases import files_of_image
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.events import ContextTree, Layer
from dfguard.interp.filesystem.filesystem import FileSystem
from dfguard.interp.filesystem.trees import MOST_MATCHES, walk
from dfguard.interp.reasons import NOTHING, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.reasons import Why
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import StageTrace
    from dfguard.syntax.dockerfile.document import Instruction


class Origin(Record):
    """Where sources are looked for: `name` is None for the build context, else `--from` as written; `files` is None
    when nothing is known of it (a named context, a later stage). `coming` is the context with what may come into it.
    """

    name: str | None
    files: FileSystem | None
    is_context: bool = False
    coming: FileSystem | None = None
    why: str = ""


class Item(Record):
    """One thing to copy: the entry with links followed, `base` the name it was found under, `parents` the directories
    that `--parents` makes (relative path, entry), outermost first.
    """

    files: FileSystem
    entry: Entry
    base: str
    is_context: bool
    parents: tuple[tuple[str, Entry], ...] = ()


class Found(Record):
    """What a source names. `is_missing` as in CopySource; `is_complete`: there can be no further matches, else `why`.

    `shown` are the paths as the origin names them; `looked_for` is the literal path in the context that is not there.
    """

    items: tuple[Item, ...] = ()
    shown: tuple[str, ...] = ()
    is_missing: bool | None = None
    is_complete: bool = False
    why: str = ""
    looked_for: str = ""
    base: str = ""


def origin_of(instruction: Instruction, world: World, stages: tuple[StageTrace, ...]) -> Origin:
    """Where the sources of the instruction come from."""
    flag = instruction.flag("from")
    if flag is None or flag.value is None:
        return Origin(
            None, context_files(world, is_as_found=True), is_context=True, coming=context_files(world)
        )
    return named_origin(flag.value.value, world, stages, by_index=True)


def named_origin(name: str, world: World, stages: tuple[StageTrace, ...], *, by_index: bool) -> Origin:
    """The stage of that name (case aside; the last of several), of that index, else the image of that name.

    `--mount=from` knows no indexes. A stage that was not played yet is one of which nothing is known.
    """
    low = name.lower()
    named = next((trace for trace in reversed(stages) if trace.stage.name == low), None)
    if by_index and is_index(name, len(stages)):
        named = stages[int(name)]
    if named and world.context_named(name) is None:
        return Origin(name, named.final.files)
    image = world.image_named(name)
    if image is not None and (world.knowledge.base_image(image) is not None or image == "scratch"):
        return Origin(name, files_of_image(image, world))
    return Origin(name, None, why=f"what {name} holds is not known")


def context_files(world: World, *, is_as_found: bool = False) -> FileSystem:
    """The build context as files, what .dockerignore keeps out left out; links cannot lead out of it. `is_as_found`: what
    is not there now is ABSENT, though it may come before the build.
    """
    tree = ContextTree(world.context, "", is_as_found=is_as_found)
    return FileSystem.scratch(world.context).lay("/", Layer(tree))


def find(origin: Origin, pattern: str, *, keeps_parents: bool) -> Found:
    """What one source pattern names."""
    base = paths.name(paths.clean(pattern))
    if origin.files is None:
        return Found(why=origin.why, base="" if has_wildcards(pattern) else base)
    if keeps_parents:
        return _with_parents(origin, origin.files, pattern)
    path = paths.clean(pattern)
    if not has_wildcards(path):
        return _literal(origin, origin.files, unescaped(path))
    return _matched(origin, origin.files, path)


def _shown(origin: Origin, path: str) -> str:
    return paths.relative(path, "/") if origin.is_context else path


def _literal(origin: Origin, files: FileSystem, path: str) -> Found:
    entry = files.resolve(path)
    shown = _shown(origin, path)
    if entry.presence is Presence.ABSENT:
        return Found(
            is_missing=True,
            is_complete=True,
            why=sentence(entry.why),
            looked_for=shown,
            base=paths.name(path),
        )
    if entry.presence is Presence.MAYBE or entry.kind is EntryKind.UNKNOWN:
        is_missing = None if entry.presence is Presence.MAYBE else False
        return Found(shown=(shown,), is_missing=is_missing, why=sentence(entry.why), base=paths.name(path))
    item = Item(files, entry, paths.name(path), origin.is_context)
    return Found((item,), (shown,), is_missing=False, is_complete=True)


def _matched(origin: Origin, files: FileSystem, pattern: str) -> Found:
    """The matches of a pattern; links are followed in the directories before the first wildcard and at the end.

    BuildKit fails when the directory before the first wildcard is missing. The context is sent only as far as
    patterns match, so a directory in which nothing matches may be missing as well: `is_missing` is then None.
    """
    segments = pattern.split("/")[1:]
    fixed = next(i for i, segment in enumerate(segments) if has_wildcards(segment))
    start = "/" + "/".join(map(unescaped, segments[:fixed]))
    folder = files.resolve(paths.clean(start))
    if folder.presence is Presence.ABSENT:
        return Found(
            is_missing=True,
            is_complete=True,
            why=sentence(folder.why),
            looked_for=_shown(origin, paths.clean(start)),
        )
    found, is_complete, why = _search(origin.coming or files, folder, segments[fixed:])
    items = []
    for entry in found:
        real = files.resolve(entry.path)
        if real.presence is Presence.PRESENT and real.kind is not EntryKind.UNKNOWN:
            items.append(Item(files, real, paths.name(entry.path), origin.is_context))
        else:
            is_complete, why = False, real.why
    is_surely_there = bool(items) or not origin.is_context or fixed == 0
    shown = tuple(_shown(origin, entry.path) for entry in found)
    return Found(
        tuple(items), shown, False if is_surely_there and is_complete else None, is_complete, sentence(why)
    )


def _search(files: FileSystem, folder: Entry, segments: list[str]) -> tuple[list[Entry], bool, Why]:
    """The entries below a directory that match the segments, whether these are all, and why not."""
    waiting, is_complete, why = [folder], folder.presence is Presence.PRESENT, folder.why
    for depth, segment in enumerate(segments):
        is_last = depth + 1 == len(segments)
        inner: list[Entry] = []
        for above in waiting:
            unlisted = files.unlisted(above.path)
            if unlisted.presence is not Presence.ABSENT:
                is_complete, why = False, unlisted.why
            named = (e for e in files.children(above.path) if matches_name(segment, paths.name(e.path)))
            inner += [e for e in named if is_last or e.kind is EntryKind.DIRECTORY]
        waiting = inner[:MOST_MATCHES]
    return waiting, is_complete, why


def _with_parents(origin: Origin, files: FileSystem, source: str) -> Found:
    """`--parents`: the part behind the pivot `/./` is kept; patterns are moby's, with `**`, and match whole trees."""
    above, _, kept = source.partition("/./") if "/./" in source else ("/", "", source)
    root = files.resolve(paths.clean(above))
    pattern = paths.clean(kept)[1:]
    if root.presence is Presence.ABSENT:
        return Found(
            is_missing=True,
            is_complete=True,
            why=sentence(root.why),
            looked_for=_shown(origin, paths.clean(above)),
        )
    if not has_wildcards(pattern) and not has_wildcards(above):
        whole = paths.clean(paths.below(root.path, unescaped(pattern)))
        entry = files.look(whole)
        if entry.presence is not Presence.PRESENT:
            is_missing = True if entry.presence is Presence.ABSENT else None
            return Found(is_missing=is_missing, why=sentence(entry.why), looked_for=_shown(origin, whole))
        found, is_complete, why = [entry], True, NOTHING
    else:
        found = list(_included(files, root.path, PathPattern(pattern)))
        unlisted = files.unlisted(root.path)
        is_complete, why = unlisted.presence is Presence.ABSENT, unlisted.why
    items = tuple(_item_with_parents(origin, files, root.path, entry) for entry in found)
    shown = tuple(_shown(origin, entry.path) for entry in found)
    return Found(items, shown, is_missing=False, is_complete=is_complete, why=sentence(why))


def _included(files: FileSystem, root: str, pattern: PathPattern) -> Iterator[Entry]:
    taken: set[str] = set()
    for entry in walk(files, root, limit=MOST_MATCHES):
        if paths.parent(entry.path) in taken:
            taken.add(entry.path)
        elif pattern.matches(paths.relative(entry.path, root)) and entry.presence is Presence.PRESENT:
            taken.add(entry.path)
            yield entry


def _item_with_parents(origin: Origin, files: FileSystem, root: str, entry: Entry) -> Item:
    above = [folder for folder in paths.ancestors(entry.path) if paths.is_below(folder, root)]
    parents = tuple((paths.relative(folder, root), files.raw(folder)) for folder in reversed(above))
    return Item(files, entry, paths.relative(entry.path, root), origin.is_context, parents)

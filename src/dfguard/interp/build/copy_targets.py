"""The flags and the destination of a COPY or ADD, expanded, and what it found to entries there: files, directories' contents,
archives, downloads, texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.ignorefile import patterns_of
from dfguard.core.record import Record, replace
from dfguard.interp.build.expansion import expand
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.accounts import owner_of
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, expected, softened
from dfguard.interp.filesystem.events import ContextTree, Layer, context_entry
from dfguard.interp.filesystem.filesystem import DIRECTORY_MODE, Maker
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.filesystem.paths import USUAL_DIRECTORIES
from dfguard.interp.filesystem.trees import FileTree, copy_tree
from dfguard.interp.reasons import NOTHING, Cause, because
from dfguard.interp.values import known, merge_because

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.core.context import Archive, BuildContext
    from dfguard.core.ignorefile import IgnoreRules
    from dfguard.core.source import Place, Text
    from dfguard.interp.build.copy_sources import Found, Item
    from dfguard.interp.filesystem.events import Tree
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.state.model import BuildState
    from dfguard.interp.values import Binding, Value
    from dfguard.syntax.dockerfile.document import Instruction

    Lookup = Callable[[str], Value | None]


class CopyOptions(Record):
    """What the flags say. `owner` is `uid:gid`, names where the numbers are not known, None without `--chown`;
    `unpacks` None without `--unpack`.
    """

    tool: str
    place: Place
    owner: str | None = None
    mode: ModeChange | None = None
    excluded: IgnoreRules | None = None
    keeps_parents: bool = False
    unpacks: bool | None = None

    def maker(self, because: tuple[Binding, ...]) -> Maker:
        """Who makes the directories: a numeric `--chmod` holds for them as well, a symbolic one does not.

        Source: github.com/tonistiigi/fsutil copy/copy.go `Copy`, `prepareTargetDir`.
        """
        octal = self.mode.octal if self.mode else None
        return Maker(self.owner or "0:0", self.place, because, DIRECTORY_MODE if octal is None else octal)

    def file_mode(self, mode: int | None) -> int | None:
        """The mode of a copied file that had `mode`."""
        return self.mode.applied(mode, is_directory=False) if self.mode else mode


class Destination(Record):
    """Where copies go: an absolute, clean path. `is_directory`: it is written with a slash (or `/.`) at the end."""

    path: str
    is_directory: bool
    place: Place
    because: tuple[Binding, ...] = ()


def read_options(instruction: Instruction, state: BuildState, lookup: Lookup, escape: str) -> CopyOptions:
    """The flags with their variables replaced; `--exclude` and `--from` are taken as written, as BuildKit does."""
    chown, chmod = instruction.flag("chown"), instruction.flag("chmod")
    owner, mode = None, None
    if chown and chown.value is not None:
        text = known(expand(chown.value, lookup, escape))
        owner = chown.value.value if text is None else owner_of(text, state.files.accounts)
    if chmod and chmod.value is not None:
        text = known(expand(chmod.value, lookup, escape))
        mode = ModeChange("unknown" if text is None else text)
    patterns = [f.value.value for f in instruction.flags if f.name == "exclude" and f.value is not None]
    unpack = instruction.flag("unpack")
    return CopyOptions(
        tool=instruction.keyword,
        place=instruction.place,
        owner=owner,
        mode=mode,
        excluded=patterns_of(patterns) if patterns else None,
        keeps_parents=_is_on(instruction, "parents"),
        unpacks=None if unpack is None else _is_on(instruction, "unpack"),
    )


def _is_on(instruction: Instruction, name: str) -> bool:
    flag = instruction.flag(name)
    return flag is not None and (flag.value is None or flag.value.value.lower() in ("", "true", "1"))


def destination_of(
    text: str, state: BuildState, place: Place, because: tuple[Binding, ...]
) -> Destination | None:
    """The destination for one text of the last argument; None when it is relative to an unknown working directory.

    Source: moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go `pathRelativeToWorkingDir`.
    """
    is_directory = text in ("", ".") or text.endswith(("/", "/."))
    if text.startswith("/"):
        return Destination(paths.clean(text), is_directory, place, because)
    workdir = known(state.workdir)
    if workdir is None:
        return None
    return Destination(
        paths.clean(text, workdir), is_directory, place, merge_because(because, state.workdir.because)
    )


REMOTE_FILE_MODE = 0o600
HEREDOC_MODE = 0o644
_OF_FILES = (".py", ".sh", ".json", ".yaml", ".yml", ".toml", ".txt", ".pt", ".pth", ".onnx", ".safetensors")
"""Ends of names that files have and folders do not."""


def put_found(
    files: FileSystem, item: Item, destination: Destination, options: CopyOptions, context: BuildContext
) -> tuple[FileSystem, str]:
    """The files with one found thing copied, and the path that was written (a directory for a directory's content)."""
    if options.keeps_parents:
        return _put_below_parents(files, item, destination, options)
    if item.entry.kind is EntryKind.DIRECTORY:
        return _put_directory(files, item, destination, options)
    if options.tool == "ADD" and options.unpacks is not False and item.entry.context_path:
        archive = context.archive(item.entry.context_path)
        if archive is not None:
            return _put_archive(files, archive, destination, options)
    return _put_file(files, _copied(item.entry, options), item.base, destination, options)


def _copied(entry: Entry, options: CopyOptions) -> Entry:
    mode = entry.mode if entry.kind is EntryKind.LINK else options.file_mode(entry.mode)
    return replace(entry, owner=options.owner or entry.owner, mode=mode, written_by=options.place)


def _put_file(
    files: FileSystem, entry: Entry, base: str, destination: Destination, options: CopyOptions
) -> tuple[FileSystem, str]:
    """A file at the destination, or in it when it is a directory; links at the destination are followed, inside not."""
    real = files.real(destination.path)
    there = expected(files.raw(real))
    is_directory = destination.is_directory or (
        there.kind is EntryKind.DIRECTORY and there.presence is Presence.PRESENT
    )
    maker = options.maker(destination.because)
    entry = replace(entry, because=destination.because)
    if is_directory or (there.presence is not Presence.ABSENT and real in USUAL_DIRECTORIES):
        target = paths.below(real, base)
        files = files.make_directory(real, maker, maker.directory_mode)
        return files.put(replace(entry, path=target)), target
    files = files.make_directory(paths.parent(real), maker, maker.directory_mode)
    is_file = there.kind in (EntryKind.FILE, EntryKind.LINK) or _is_file_name(paths.name(real), base)
    if there.presence is Presence.ABSENT or is_file:
        return files.put(replace(entry, path=real)), real
    unsure = Entry(
        real, EntryKind.UNKNOWN, Presence.PRESENT, written_by=options.place, because=destination.because
    )
    why = because(Cause.DIRECTORY, real)
    inner = softened(replace(entry, path=paths.below(real, base)), why)
    return files.added(real, unsure).added(inner.path, inner), real


def _is_file_name(name: str, base: str) -> bool:
    """Whether a name is evidently that of a file: the source's own, or one with the source's ending. An image that
    holds a directory of such a name is not worth a doubt.
    """
    ending = base.rpartition(".")[2] if "." in base.lstrip(".") else ""
    return name == base or bool(ending and name.endswith(f".{ending}"))


def _put_directory(
    files: FileSystem, item: Item, destination: Destination, options: CopyOptions
) -> tuple[FileSystem, str]:
    """The content of a directory in the destination, which is made if need be and otherwise keeps owner and mode."""
    maker = options.maker(destination.because)
    files = files.make_directory(destination.path, maker, maker.directory_mode)
    return copy_tree(
        files, destination.path, _layer(_tree(item, options), destination, options)
    ), destination.path


def _tree(item: Item, options: CopyOptions) -> Tree:
    if item.is_context and item.files.context is not None:
        return ContextTree(item.files.context, item.entry.path.strip("/"), options.excluded)
    return FileTree(item.files, item.entry.path, options.excluded)


def _layer(tree: Tree, destination: Destination, options: CopyOptions) -> Layer:
    return Layer(tree, options.owner, options.mode, options.place, destination.because)


def _put_below_parents(
    files: FileSystem, item: Item, destination: Destination, options: CopyOptions
) -> tuple[FileSystem, str]:
    """`--parents`: directories on the way are made like those of the source when they are not there."""
    maker = options.maker(destination.because)
    files = files.make_directory(destination.path, maker, maker.directory_mode)
    root = files.real(destination.path)
    chain = [*item.parents, *([(item.base, item.entry)] if item.entry.kind is EntryKind.DIRECTORY else [])]
    for relative, entry in chain:
        here = paths.below(root, relative)
        if files.raw(here).presence is not Presence.PRESENT:
            mode = options.mode.applied(entry.mode, is_directory=True) if options.mode else entry.mode
            owner = options.owner or entry.owner
            files = files.make_directory(here, replace(maker, owner=owner), mode)
    target = paths.below(root, item.base)
    if item.entry.kind is not EntryKind.DIRECTORY:
        return files.put(
            replace(_copied(item.entry, options), path=target, because=destination.because)
        ), target
    return copy_tree(files, target, _layer(_tree(item, options), destination, options)), target


def _put_archive(
    files: FileSystem, archive: Archive, destination: Destination, options: CopyOptions
) -> tuple[FileSystem, str]:
    """The members of a tar archive below the destination, which becomes a directory; --chmod does not reach them."""
    maker = options.maker(destination.because)
    files = files.make_directory(destination.path, maker)
    root = files.real(destination.path)
    if archive.members is None:
        return files.havoc_below(
            root, because(Cause.FILLED, "an archive was unpacked"), overwrites=True
        ), root
    for member in archive.members:
        entry = context_entry(paths.below(root, member.path), member)
        owner = options.owner or entry.owner
        entry = replace(
            entry, owner=owner, written_by=options.place, because=destination.because, context_path=None
        )
        files = files.make_directory(paths.parent(entry.path), replace(maker, owner="0:0")).put(entry)
    return files, root


def put_text(
    files: FileSystem, name: str, content: Text | None, destination: Destination, options: CopyOptions
) -> tuple[FileSystem, str]:
    """A heredoc as a file, named by its delimiter when the destination is a directory."""
    size = None if content is None else len(content.value.encode("utf-8", "surrogateescape"))
    entry = Entry(
        destination.path,
        EntryKind.FILE,
        Presence.PRESENT,
        owner="0:0",
        mode=HEREDOC_MODE,
        content=content,
        size=size,
    )
    return _put_file(files, _copied(entry, options), name, destination, options)


def is_remote(source: str) -> bool:
    """Whether ADD downloads the source: a url or a git address.

    Source: moby/buildkit frontend/dockerfile/dfgitutil/git_ref.go `ParseGitRef` (a name that could be a local path is
    one, `git@host:` and `git://` are not).
    """
    return source.startswith(("http://", "https://", "git://", "ssh://", "git@"))


def put_remote(
    files: FileSystem, source: str, destination: Destination, options: CopyOptions
) -> tuple[FileSystem, str]:
    """A downloaded file (mode 0600, not unpacked unless asked for), or a repository's files, which are not known."""
    address = source.partition("#")[0].partition("?")[0]
    is_git = not address.startswith("http") or address.endswith(".git")
    if is_git or options.unpacks:
        maker = options.maker(destination.because)
        files = files.make_directory(destination.path, maker, maker.directory_mode)
        what = "a git repository was copied" if is_git else "a downloaded archive was unpacked"
        return files.havoc_below(
            destination.path, because(Cause.FILLED, what), overwrites=True
        ), destination.path
    name = address.split("://", 1)[1].partition("/")[2].rstrip("/").rpartition("/")[2] or "__unnamed__"
    entry = Entry(destination.path, EntryKind.FILE, Presence.PRESENT, owner="0:0", mode=REMOTE_FILE_MODE)
    return _put_file(files, _copied(entry, options), name, destination, options)


def put_unseen(files: FileSystem, found: Found, destination: Destination, options: CopyOptions) -> FileSystem:
    """What is known when the source is not: the destination is there if the build gets on, all below it is MAYBE. A missing
    source with the name of a file would be that file and nothing else.
    """
    why = because(Cause.PUT, options.tool, found.why or "its source is not known")
    is_file = found.is_missing and found.base.endswith(_OF_FILES) and not options.keeps_parents
    is_there = bool(found.base) and not found.is_missing
    maker = replace(options.maker(destination.because), owner=None, directory_mode=None)
    if destination.is_directory and (is_there or is_file):
        files = files.make_directory(files.real(destination.path), maker, None)
    elif not destination.is_directory:
        files = files.make_directory(files.real(paths.parent(destination.path)), maker, None)
    if destination.is_directory and is_file:
        destination = replace(destination, path=paths.below(destination.path, found.base), is_directory=False)
    real = files.real(destination.path)
    if not (destination.is_directory and is_there) and files.raw(real).presence is not Presence.PRESENT:
        presence = Presence.PRESENT if is_there else Presence.MAYBE
        unsure = Entry(
            real, EntryKind.UNKNOWN, presence, written_by=options.place, why=NOTHING if is_there else why
        )
        files = files.put(replace(unsure, because=destination.because))
    return files.havoc_below(real, why, overwrites=True)

"""The flags and the destination of a COPY or ADD, expanded: who owns the copies, which mode, where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.ignorefile import patterns_of
from dfguard.core.record import Record
from dfguard.interp.build.expansion import expand
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.accounts import owner_of
from dfguard.interp.filesystem.filesystem import DIRECTORY_MODE, Maker
from dfguard.interp.filesystem.modes import ModeChange
from dfguard.interp.values import known, merge_because

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.core.ignorefile import IgnoreRules
    from dfguard.core.source import Place
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

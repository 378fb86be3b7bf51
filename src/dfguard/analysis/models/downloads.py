"""Commands that download weights to those whose failure nobody would notice, because an error page is saved as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.loads.commands import take_apart
from dfguard.interp.values import known, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import CommandRun, Load
    from dfguard.knowledge.model import Knowledge

_DIGESTS = frozenset({"sha256sum", "sha512sum", "sha1sum", "md5sum", "shasum", "b2sum"})
_LOOKS = frozenset({"openssl", "gpg", "stat", "du", "wc", "test", "[", "[["})


def unchecked_downloads(
    commands: tuple[CommandRun, ...], loads: Iterable[Load], knowledge: Knowledge
) -> Iterator[tuple[CommandRun, Load]]:
    """The commands that save whatever the server answers, an error page too, as weights, and exit with 0.

    Left out is what a later command of the same list looks at (digest, size).
    """
    fetched = {load.place: load for load in loads if load.kind == "url" and load.is_weights}
    for at, run in enumerate(commands):
        load = fetched.get(run.place)
        if load is None or load.loader != "curl" or _fails(run, knowledge):
            continue
        target = (known(load.directory) or "").rpartition("/")[2]
        if not any(_looks(later, target) for later in commands[at + 1 :]):
            yield run, load


def _fails(run: CommandRun, knowledge: Knowledge) -> bool:
    downloader = knowledge.downloader((run.name,))
    if downloader is None or downloader.fails_on_error:
        return True
    if any(not prefix_of(word) for word in run.words[1:]):
        return True
    taking = (*downloader.output, *downloader.directory, *downloader.values, *downloader.url)
    parsed = take_apart(run.words[1:], frozenset(taking))
    return parsed.has(*downloader.fail_flags, "-K", "--config", "-w", "--write-out")


def _looks(run: CommandRun, target: str) -> bool:
    name = run.name.rpartition("/")[2]
    return name in _DIGESTS or (name in _LOOKS and any(target in prefix_of(word) for word in run.words[1:]))


def name_place(run: CommandRun) -> Place | None:
    """Where the program's name stands, None when it is not written out as such."""
    name = run.name.rpartition("/")[2]
    found = (word for word in run.command.words if (word.literal or "").rpartition("/")[2] == name)
    return next((word.raw.place() for word in found), None)

"""Configuration files of the image to what they say to the package managers that read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.state.model import Step


def may_say(step: Step, file: str, word: str) -> bool:
    """Whether a file that a step leaves behind has a word in it, case aside, or is made by the build and not known."""
    return any(_says(entry, word) for entry in _entries(step, file))


def _entries(step: Step, file: str) -> Iterator[Entry]:
    files = step.after.files
    if file.startswith("$"):
        name, _, rest = file[1:].partition("/")
        value = build_variables(step.before).get(name)
        path = known(value) if value is not None else None
        if path:
            yield files.resolve(f"{path}/{rest}" if rest else path)
    elif file.endswith("/*"):
        yield from (files.resolve(entry.path) for entry in files.children(file[:-2]))
    else:
        yield files.resolve(file)


def _says(entry: Entry, word: str) -> bool:
    if entry.presence is Presence.ABSENT or entry.written_by is None:
        return False
    return entry.content is None or word in entry.content.value.lower()

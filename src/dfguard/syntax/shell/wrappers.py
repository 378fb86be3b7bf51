"""A command's words to the command that is really run: `sudo -u x env A=1 timeout 5 poetry run python …` to `python …`.

What each of these programs takes for itself stands in rules/tables/wrappers.yaml.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.knowledge.packs import bundled
from dfguard.syntax.shell.nodes import Assignment, Literal, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.knowledge.wrappers import Begun, Taken


class WrapperCall(Record):
    """One program that runs another: its name without directory, all its own words, the variables it sets for
    the program (`env A=1`, `sudo A=1`), and the user it changes to, as written.
    """

    name: str
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    user: str | None = None


class Peeled(Record):
    """The wrappers from the outside in, and the words of the command they run."""

    wrappers: tuple[WrapperCall, ...]
    words: tuple[Word, ...]


MOST_WRAPPERS = 16


def program_name(word: Word) -> str:
    """The name of the program a word runs, without directory; empty when an expansion decides it."""
    return posixpath.basename(word.literal or "")


def peel(words: tuple[Word, ...]) -> Peeled:
    """The wrappers around a command, and the command. A wrapper that runs nothing (`env`, `exec >log`,
    `command -v x`) is itself the command. `chroot` and `xargs` are no wrappers: what they run is given another
    root or other words.
    """
    wrappers: list[WrapperCall] = []
    while words and len(wrappers) < MOST_WRAPPERS:
        found = _taken(words)
        if found is None or not found.wrapper.is_transparent:
            break
        assignments = (assignment_of(word) for word in words[found.variables : found.end])
        own = tuple(assignment for assignment in assignments if assignment is not None)
        is_setting = found.wrapper.sets_variables
        wrappers.append(
            WrapperCall(
                program_name(words[0]), words[: found.end], own if is_setting else (), _user(words, found)
            )
        )
        words = words[found.end :]
    return Peeled(tuple(wrappers), words)


def _taken(words: tuple[Word, ...]) -> Taken | None:
    wrapper = bundled().wrapper(program_name(words[0]))
    if wrapper is None:
        return None
    from dfguard.knowledge.wrappers import taken

    return taken([_begun(word) for word in words], wrapper)


def _begun(word: Word) -> Begun:
    literal = word.literal
    if literal is not None:
        return literal, True
    first = word.parts[0] if word.parts else None
    return (first.text.value if isinstance(first, Literal) else ""), False


def _user(words: tuple[Word, ...], found: Taken) -> str | None:
    option = found.user
    literal = words[option.word].literal if option is not None and option.word is not None else None
    return literal[option.start :] if option is not None and literal is not None else None


def assignment_of(word: Word) -> Assignment | None:
    """A word `NAME=value` as the assignment `env` reads in it; None for any other word."""
    from dfguard.knowledge.wrappers import VARIABLE

    first = word.parts[0] if word.parts else None
    found = VARIABLE.match(first.text.value) if isinstance(first, Literal) else None
    if first is None or found is None or not isinstance(first, Literal):
        return None
    rest = first.text.cut(found.end())
    parts = (
        (Literal(rest, first.is_quoted), *word.parts[1:])
        if rest.value or len(word.parts) == 1
        else word.parts[1:]
    )
    at = word.raw.value.find("=") + 1
    return Assignment(found.group()[:-1], Word(word.raw.cut(at), parts), word.span)


def fed(words: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    """The commands that `xargs` and `find -exec` run with further words: the words that stand there."""
    name = program_name(words[0]) if words else ""
    if name == "xargs":
        found = _taken(words)
        if found is not None:
            yield words[found.end :]
    elif name == "find":
        starts = [i for i, word in enumerate(words) if word.literal in {"-exec", "-execdir", "-ok", "-okdir"}]
        for start in starts:
            ends = (i for i in range(start, len(words)) if words[i].literal in {";", "+"})
            end = next(ends, len(words))
            if end > start + 1:
                yield words[start + 1 : end]

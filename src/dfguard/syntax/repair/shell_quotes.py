"""A place in shell text to the quotes it stands in, and a quoted word to where it ends: for edits, on the source itself.

Works on Dockerfile source, too: a backslash before a line end continues the line, and comment lines in between are
skipped, as BuildKit removes them. Substitutions are not looked into: what stands in one is not told apart.
"""

from __future__ import annotations

from enum import Enum


class Quoting(Enum):
    """What stands around a place: nothing, single quotes, double quotes, or a substitution (`$(`, backticks)."""

    NONE = "none"
    SINGLE = "single"
    DOUBLE = "double"
    SUBSTITUTION = "substitution"


def quoting(text: str, start: int, stop: int) -> Quoting:
    """What stands around the character at `stop`, when at `start` nothing does."""
    at, state = start, Quoting.NONE
    while at < stop:
        at, state = _step(text, at, state)
        if state is Quoting.SUBSTITUTION:
            return state
    return state


def word_end(text: str, start: int, stop: int) -> int | None:
    """The offset behind the shell word that begins at `start`; None when it holds a substitution or never ends."""
    at, state = start, Quoting.NONE
    while at < stop:
        if state is Quoting.NONE and text[at] in " \t\r\n;&|<>()" and not _continues(text, at):
            return at
        at, state = _step(text, at, state)
        if state is Quoting.SUBSTITUTION:
            return None
    return at if state is Quoting.NONE else None


def _continues(text: str, at: int) -> bool:
    return text[at] in "\r\n" and text[:at].rstrip(" \t\r").endswith("\\")


def _step(text: str, at: int, state: Quoting) -> tuple[int, Quoting]:
    """The next offset and what stands around it."""
    character = text[at]
    if character == "\n" and text[at + 1 :].lstrip(" \t").startswith("#") and _continues(text, at):
        end = text.find("\n", at + 1)
        return (end if end >= 0 else len(text)), state
    if state is Quoting.SINGLE:
        return at + 1, Quoting.NONE if character == "'" else state
    if character == "\\":
        return at + 2, state
    if character == "`" or text.startswith("$(", at):
        return at + 1, Quoting.SUBSTITUTION
    if character == '"':
        return at + 1, Quoting.NONE if state is Quoting.DOUBLE else Quoting.DOUBLE
    if character == "'" and state is Quoting.NONE:
        return at + 1, Quoting.SINGLE
    return at + 1, state

"""Words to add to a command to the edit that adds them, in the form the command is written in: shell text or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dfguard.core.findings import Edit
from dfguard.core.source import Place, Span

if TYPE_CHECKING:
    from dfguard.syntax.shell.nodes import Command


def words_after(command: Command | None, place: Place, *words: str) -> Edit | None:
    """The edit that adds plain words after the word of the command at `place`; `command` None is that of a JSON form.

    In the JSON form every word becomes a string of its own. None where the place does not end as the form asks for.
    """
    text, end = place.source.text, place.span.end
    if command is not None and not command.is_exec_form:
        return Edit(Place(place.source, Span(end, end)), "".join(f" {word}" for word in words))
    if text[end : end + 1] != '"' or text[place.span.start - 1 : place.span.start] != '"':
        return None
    return Edit(
        Place(place.source, Span(end + 1, end + 1)), "".join(f", {json.dumps(word)}" for word in words)
    )

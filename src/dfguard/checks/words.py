"""Findings about words of one instruction that say the same of each word, to one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Note, Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.checks.api import Finding, Instruction


class Word(Record):
    """What is found at a word: the finding's message has `{names}` where the word's `name` stands, and `{are}` for `is`."""

    instruction: Instruction
    name: str
    finding: Finding


def together(words: Iterable[Word]) -> Iterator[Finding]:
    """One finding for the words of an instruction that differ in their names and places alone: at the first of them, with
    a note for each further one. In the order of the first ones.
    """
    groups: dict[object, list[Word]] = {}
    for word in words:
        found = word.finding
        said = (found.message, found.certainty, found.severity, found.advice)
        groups.setdefault((word.instruction.index, said), []).append(word)
    for first, *others in groups.values():
        names = [word.name for word in (first, *others)]
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if others else first.name
        message = first.finding.message.replace("{are}", "are" if others else "is")
        notes = [note for w in others for note in (Note(w.finding.place, w.name), *w.finding.notes)]
        yield replace(
            first.finding,
            message=message.replace("{names}", listed),
            notes=(*first.finding.notes, *notes),
        )

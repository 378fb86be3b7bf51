"""Findings of a build to those that it has only when a build argument switches a part of it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Note, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.checks.api import Facts, Finding


def with_switches(facts: Facts, check: Callable[[Facts], Iterator[Finding]]) -> Iterator[Finding]:
    """What the check finds, then what it finds in addition when the build gets the arguments that it tests for.

    Such an argument is there to be given: the finding is as sure as if it were, and names the condition.
    """
    places = set()
    for finding in check(facts):
        places.add(finding.place)
        yield finding
    if facts.when_given is None:
        return
    tests, switched = facts.when_given
    when = " and ".join(name for name, _ in tests)
    notes = tuple(Note(place, f"{name} switches it on") for name, place in tests)
    for finding in check(switched):
        if finding.place not in places:
            message = f"with the build argument {when}: {finding.message}"
            yield replace(finding, message=message, notes=(*finding.notes, *notes))

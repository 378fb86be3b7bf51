"""Installs to the packages without a version: the one check behind all rules that ask for pinned versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Finding, replace
from dfguard.checks.packages._calls import installs, packages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.api import Call, Facts, Place
    from dfguard.knowledge.package_managers import Pin

MOST_NAMED = 3
SHORT = len("-r")


def unpinned(facts: Facts, *identifiers: str) -> Iterator[Finding]:
    """One finding per install at its first package without a version; `identifiers` are rows of the table's `pins`."""
    for identifier in identifiers:
        pin = facts.knowledge.package_managers.pin(identifier)
        options = frozenset(pin.values)
        for site, call, verb in installs(facts, pin.commands, pin.verbs):
            if _is_left_alone(pin, call, verb, options):
                continue
            found = list(packages(facts, site, _without_rest(pin, call), verb, options))
            is_locked = pin.is_locked and not facts.imitates("hadolint")
            loose = [
                (word, place)
                for word, place in (found[:1] if pin.is_first_only else found)
                if not (_is_pinned(pin, call, word) or (is_locked and not _has_mark(pin, word)))
            ]
            if loose:
                yield Finding(
                    loose[0][1], _message([word for word, _ in loose]), advice=f"write {pin.example}"
                )


def _without_rest(pin: Pin, call: Call) -> Call:
    """The call up to `--`, where what follows is for somebody else."""
    if not pin.stops_at_dashes or not call.has("--"):
        return call
    end = call.arguments.index("--")
    return replace(call, arguments=call.arguments[:end], places=call.places[: end + 1])


def _message(names: list[str]) -> str:
    named = ", ".join(names[:MOST_NAMED]) + (
        f" and {len(names) - MOST_NAMED} more" if names[MOST_NAMED:] else ""
    )
    return f"{named} {'is' if len(names) == 1 else 'are'} installed in whatever version is newest"


def _is_left_alone(pin: Pin, call: Call, verb: Place, options: frozenset[str]) -> bool:
    before = [word for word, place in call.operands(options) if place.span.start < verb.span.start]
    if pin.is_verb_first and before:
        return True
    if any(word in pin.skipped for word in before):
        return True
    given = {word.partition("=")[0] for word in call.arguments}
    return any(word in given or _is_joined(word, call) for word in pin.unless)


def _is_joined(option: str, call: Call) -> bool:
    """`-rrequirements.txt`, also in a cluster such as `-Ur requirements.txt`."""
    if len(option) != SHORT or option[0] != "-":
        return False
    clusters = (word for word in call.arguments if word[:1] == "-" and word[1:2] != "-")
    return any(
        word.startswith(option) or (word[1:].isalpha() and word.endswith(option[1])) for word in clusters
    )


def _has_mark(pin: Pin, word: str) -> bool:
    return any(mark in word for mark in pin.marks)


def _is_pinned(pin: Pin, call: Call, word: str) -> bool:
    if word.endswith(pin.suffixes) or (pin.prefixes and word.startswith(pin.prefixes)):
        return True
    if pin.has_hosts and "." not in word.partition("/")[0] and "$" not in word:
        return True
    if pin.repositories and word.startswith(pin.repositories):
        return pin.repository_mark in word
    if any(call.has(module) for module in pin.modules):
        return ":" in word or word in pin.modules
    if any(mark in word for mark in pin.contains):
        return True
    name = word.partition("/")[2] if pin.has_scopes and word.startswith("@") else word
    if pin.moving and word.endswith(pin.moving):
        return False
    return any(mark in name for mark in pin.marks) or (pin.has_dashed_version and _has_dashed_version(word))


def _has_dashed_version(word: str) -> bool:
    """`name-1.2-3.el9`: behind the first dash only what versions are made of, and one part that begins with a digit."""
    parts = word.split("-")[1:]
    valid = all(part.isascii() and all(c.isalnum() or c in ".~^_:+" for c in part) for part in parts)
    return valid and any(part[:1].isdigit() for part in parts)

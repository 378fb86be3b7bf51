"""Package manager calls to the words that matter: the verb, the packages and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.api import Call, Facts, Place, Site


def installs(
    facts: Facts, commands: tuple[str, ...], verbs: tuple[str, ...]
) -> Iterator[tuple[Site, Call, Place]]:
    """The calls of a package manager with one of the verbs, and where the verb stands. `name*` stands for all programs
    that begin so, and for `python -m name`, too.
    """
    for site, call in _calls(facts, commands):
        for word, place in zip(call.arguments, call.places[1:], strict=True):
            if word in verbs:
                yield site, call, place
                break


def _calls(facts: Facts, commands: tuple[str, ...]) -> Iterator[tuple[Site, Call]]:
    for command in commands:
        if not command.endswith("*"):
            yield from facts.outline.calls(command)
            continue
        stem = command[:-1]
        for program in facts.outline.programs():
            if program.startswith(stem) and not program.startswith((f"{stem}env", f"{stem}x")):
                yield from facts.outline.calls(program)
            elif program.startswith("python"):
                yield from (pair for pair in facts.outline.calls(program) if _is_module(pair[1], stem))


def _is_module(call: Call, name: str) -> bool:
    return any(pair == ("-m", name) for pair in zip(call.arguments, call.arguments[1:], strict=False))


def packages(
    facts: Facts, site: Site, call: Call, verb: Place, options_with_value: frozenset[str]
) -> Iterator[tuple[str, Place]]:
    """The words behind the verb that are no options, as the program gets them; those that nobody can tell are left out."""
    filled: Place | None = None
    for word, place in call.operands(options_with_value):
        if place.span.start <= verb.span.start:
            continue
        if "${" in word:
            filled = filled or place
        else:
            yield word, place
    for value in facts.outline.fields(site, call) if filled else ():
        text = known(value)
        if text and filled and not text.startswith("-"):
            yield text, filled

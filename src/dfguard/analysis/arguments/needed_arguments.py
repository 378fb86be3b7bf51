"""Build arguments that have no default and are used as if they had a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.shell.variable_use import used_parameters
from dfguard.core.record import Record
from dfguard.interp.build.bases import PLATFORM_ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import Step

_PROXIES = frozenset(["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"])


class NeededArgument(Record):
    """An ARG without a default, whose value a later RUN of its stage uses without one of its own."""

    name: str
    place: Place


def needed_arguments(steps: tuple[Step, ...]) -> Iterator[NeededArgument]:
    """Each such ARG once."""
    for step in steps:
        if step.instruction.keyword != "ARG":
            continue
        for pair in step.instruction.pairs:
            name = pair.key.value
            is_given = name in PLATFORM_ARGUMENTS or name.upper() in _PROXIES or name.startswith("BUILDKIT_")
            is_empty = dict(step.after.arguments).get(name) is None
            if pair.value is None and is_empty and not is_given and _is_used(name, step, steps):
                yield NeededArgument(name, pair.key.place())


def _is_used(name: str, declared: Step, steps: tuple[Step, ...]) -> bool:
    scripts = (
        step.effects.script
        for step in steps
        if step.stage == declared.stage and step.instruction.index > declared.instruction.index
    )
    return any(
        used.name == name and not used.operator
        for script in scripts
        if script
        for used in used_parameters(script)
    )

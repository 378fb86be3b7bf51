"""Installs that stop and ask: the one check behind all rules about non-interactive switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Aspect, Finding, Fix
from dfguard.checks.packages._calls import installs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.api import Call, Facts
    from dfguard.knowledge.package_managers import Answer


def unanswered(facts: Facts, identifier: str) -> Iterator[Finding]:
    """One finding per install without a switch that answers; `identifier` is a row of the table's `answers`."""
    answer = facts.knowledge.package_managers.answer(identifier)
    for _, call, verb in installs(facts, answer.commands, answer.verbs):
        if _is_answered(answer, call):
            continue
        edit = call.with_words(verb, answer.add)
        fix = Fix(f"add {answer.add}", (edit,), is_safe=True, changes=(Aspect.COMMANDS,)) if edit else None
        yield Finding(
            verb, f"{call.name} {verb.text} asks before it goes on, and nobody is there to answer", fix=fix
        )


def _is_answered(answer: Answer, call: Call) -> bool:
    flags = call.flags
    is_repeated = any(flags.count(name) > 1 for name in answer.repeated)
    return is_repeated or call.has(*answer.words) or any(name in flags for name in answer.options)

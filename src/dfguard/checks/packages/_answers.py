"""Installs that stop and ask: the one check behind all rules about non-interactive switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Aspect, Finding, Fix
from dfguard.checks.packages._calls import installs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.api import Call, Facts
    from dfguard.knowledge.package_managers import Answer


TRUE = ("=1", "=true", "=yes", "=on", "=2")


def unanswered(facts: Facts, identifier: str) -> Iterator[Finding]:
    """One finding per install without a switch that answers; `identifier` is a row of the table's `answers`."""
    answer = facts.knowledge.package_managers.answer(identifier)
    for site, call, verb in installs(facts, answer.commands, answer.verbs):
        if _is_answered(answer, call):
            continue
        if facts.outline.is_fed(site, call) and not facts.imitates("hadolint"):
            continue
        if facts.is_configured(facts.step_of(site.outer), answer.file.files, answer.file.word):
            continue
        edit = call.with_words(verb, answer.add)
        fix = Fix(f"add {answer.add}", (edit,), is_safe=True, changes=(Aspect.COMMANDS,)) if edit else None
        when = "when it brings more packages than it names" if answer.asks_beyond else "before it goes on"
        yield Finding(verb, f"{call.name} {verb.text} asks {when}, and nobody is there to answer", fix=fix)


def _is_set(answer: Answer, call: Call) -> bool:
    """Whether `-o NAME=VALUE` answers."""
    words = (word.removeprefix("-o").removeprefix("--option=") for word in call.arguments)
    return any(word.partition("=")[0] in answer.settings and word.endswith(TRUE) for word in words)


def _is_answered(answer: Answer, call: Call) -> bool:
    flags = call.flags
    if any(name in flags for name in answer.harmless) or _is_set(answer, call):
        return True
    is_repeated = any(flags.count(name) > 1 for name in answer.repeated)
    return is_repeated or call.has(*answer.words) or any(name in flags for name in answer.options)

"""Installs that stop and ask: the one check behind all rules about non-interactive switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Aspect, Certainty, Finding, Fix
from dfguard.checks.packages._calls import installs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.api import Call, Facts, Site
    from dfguard.knowledge.package_managers import Answer


TRUE = ("=1", "=true", "=yes", "=on", "=2")


def unanswered(facts: Facts, identifier: str) -> Iterator[Finding]:
    """One finding per install without a switch that answers; `identifier` is a row of the table's `answers`."""
    yield from asking(facts, facts.knowledge.package_managers.answer(identifier))


def asking(facts: Facts, answer: Answer) -> Iterator[Finding]:
    """One finding per call of a row without a switch that answers."""
    for site, call, verb in installs(facts, answer.commands, answer.verbs):
        if _is_answered(answer, call) or _is_answered_around(facts, site, answer, call):
            continue
        if answer.is_alone and any(place != verb for _, place in call.operands()):
            continue
        if facts.outline.is_fed(site, call) and not facts.imitates("hadolint"):
            continue
        if facts.is_configured(facts.step_of(site.outer), answer.file.files, answer.file.word):
            continue
        edit = call.with_words(verb, answer.add) if answer.add else None
        fix = Fix(f"add {answer.add}", (edit,), is_safe=True, changes=(Aspect.COMMANDS,)) if edit else None
        rest = f": {answer.outcome}" if answer.outcome else ""
        message = f"{call.name} {verb.text} asks {_when(answer)}, and nobody is there to answer{rest}"
        is_sure = not answer.asks_for_removal or facts.removes_installed(site, call, verb)
        yield Finding(verb, message, fix=fix, certainty=Certainty.SURE if is_sure else Certainty.MAYBE)


def _when(answer: Answer) -> str:
    if answer.asks_beyond:
        return "when it brings more packages than it names"
    if answer.asks_for_removal:
        return "before it removes what is installed"
    return "as soon as there is something to do" if answer.asks_for_change else "before it goes on"


def _is_answered_around(facts: Facts, site: Site, answer: Answer, call: Call) -> bool:
    """Whether a variable answers, of the stage or in front of the command."""
    own = {one.name for one in call.command.assignments} if call.command else set()
    return any(name in own or facts.outline.variable(site, name) is not None for name in answer.variables)


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

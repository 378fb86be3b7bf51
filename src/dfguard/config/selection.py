"""Settings and a profile to the rules that run, the severities they have, and who decided that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.registry import find, is_code
from dfguard.core.errors import ConfigError
from dfguard.core.findings import Severity
from dfguard.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.checks.rule import Rule
    from dfguard.config.settings import Settings
    from dfguard.core.findings import Diagnostic
    from dfguard.knowledge.model import Knowledge
    from dfguard.knowledge.profiles import Profile

OFF = "off"
DEFAULT = "DEFAULT"
CODES = "DFG7SC"
"""The rule that speaks for all codes of ShellCheck."""


def profile_of(name: str, knowledge: Knowledge) -> Profile:
    """The profile with what it extends laid below; raise ConfigError for an unknown one or a circle."""
    found = knowledge.profile_pack(name)
    seen = {name}
    while found and found.extends:
        if found.extends in seen:
            raise ConfigError(f"the profile {name} extends itself")
        seen.add(found.extends)
        below = knowledge.profile_pack(found.extends)
        if below is None:
            raise ConfigError(f"the profile {name} extends {found.extends}, which does not exist")
        found = replace(
            found,
            extends=below.extends,
            imitates=found.imitates or below.imitates,
            select=(*below.select, *found.select),
            ignore=(*below.ignore, *found.ignore),
            severities=(*below.severities, *found.severities),
        )
    if found is None:
        names = ", ".join(p.id for p in knowledge.profiles)
        raise ConfigError(f"there is no profile {name!r}; known ones: {names}")
    return found


def enabled_rules(settings: Settings, profile: Profile, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules that run: --select replaces the profile's, then --ignore and `severity: off` take away.

    A profile's `DEFAULT` is every rule that is on by default; its family prefixes leave out the others. Raises ConfigError for a selector of
    the user's that means no rule.
    """
    rules = tuple(rules)
    chosen: set[str] = set()
    settings = replace(settings, ignore=_rule_selectors(settings.ignore))
    for selector, _ in settings.severities:
        if not is_code(selector):
            rules_of(selector)
    for decision in decisions(settings, profile, rules):
        chosen = chosen | decision.rules if decision.is_on else chosen - decision.rules
    return tuple(r for r in rules if r.id in chosen)


def _rule_selectors(selectors: tuple[str, ...]) -> tuple[str, ...]:
    """Those that mean rules: a code alone does not turn its rule off."""
    return tuple(s for s in selectors if not is_code(s) or s.lower() == "sc")


def choose_codes(diagnostics: list[Diagnostic], settings: Settings) -> list[Diagnostic]:
    """Without the codes (`SC2086`) that are ignored, turned off, or not among those that are selected one by one."""
    off = {s.upper() for s in settings.ignore} | {
        s.upper() for s, level in settings.severities if level == OFF
    }
    wanted = {s.upper() for s in settings.select if is_code(s)}
    rest = [s for s in settings.select if not is_code(s)]
    is_open = not wanted or "SC" in wanted or any(r.id == CODES for s in rest for r in find(s))
    return [
        d
        for d in diagnostics
        if d.finding.code is None or (d.rule not in off and (is_open or d.rule in wanted))
    ]


class Decision(Record):
    """A selector of a setting that turns rules (their ids) on or off; the last decision about a rule counts.

    `setting` is the field of `Settings`, or `profile` for what the profile selects or leaves out.
    """

    setting: str
    selector: str
    is_on: bool
    rules: frozenset[str]


def decisions(settings: Settings, profile: Profile, rules: tuple[Rule, ...]) -> Iterator[Decision]:
    """What turns rules on and off, in the order in which it counts."""
    for selector in settings.select:
        yield Decision("select", selector, True, _ids(rules_of(selector)))
    selectors = () if settings.select else profile.select or (DEFAULT,)
    if DEFAULT in selectors:
        yield Decision("profile", DEFAULT, True, frozenset(r.id for r in rules if r.is_default))
    for selector in selectors:
        found = (r for r in find(selector) if r.is_default or r.id == selector)
        yield Decision("profile", selector, True, _ids(found))
    for selector in () if settings.select else profile.ignore:
        yield Decision("profile", selector, False, _ids(find(selector)))
    for selector in settings.ignore:
        yield Decision("ignore", selector, False, _ids(rules_of(selector)))
    for selector, level in settings.severities:
        if level == OFF and not is_code(selector):
            yield Decision("severities", selector, False, _ids(rules_of(selector)))


def last_decisions(settings: Settings, profile: Profile, rules: tuple[Rule, ...]) -> dict[str, Decision]:
    """Rule ids to the decision that counts; a rule that nothing speaks of is off and not among them."""
    found: dict[str, Decision] = {}
    for decision in decisions(settings, profile, rules):
        found |= dict.fromkeys(decision.rules, decision)
    return found


def _ids(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset(rule.id for rule in rules)


def rules_of(selector: str) -> tuple[Rule, ...]:
    """The rules a selector means; raise ConfigError when it means none."""
    rules = find(selector)
    if not rules:
        raise ConfigError(f"no rule is called {selector!r}; `dfguard rules` lists ids, names and aliases")
    return rules


def levels_of(severities: Iterable[tuple[str, str]]) -> dict[str, Severity]:
    """Rule ids to the severity that (selector, level) pairs give them; the last pair wins."""
    return {r.id: Severity(level) for s, level in severities if level != OFF for r in find(s)}

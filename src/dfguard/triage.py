"""Diagnostics to what is reported: named steps, each list to list; nothing vanishes uncounted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.registry import find
from dfguard.core.errors import ConfigError
from dfguard.core.findings import Diagnostic, Finding, Severity
from dfguard.core.record import Record, replace
from dfguard.engine import diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.checks.rule import Rule
    from dfguard.config.settings import Settings
    from dfguard.core.source import Place, Source
    from dfguard.knowledge.model import Knowledge
    from dfguard.knowledge.profiles import Profile
    from dfguard.knowledge.secrecy import Secrecy
    from dfguard.syntax.suppression import Suppression

OFF = "off"
DEFAULT = "DEFAULT"


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
    for decision in decisions(settings, profile, rules):
        chosen = chosen | decision.rules if decision.is_on else chosen - decision.rules
    return tuple(r for r in rules if r.id in chosen)


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
        if level == OFF:
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


def override_severities(
    diagnostics: list[Diagnostic], severities: Iterable[tuple[str, str]]
) -> list[Diagnostic]:
    """The configured severity (selector, level) instead of the rule's own; the last matching entry wins."""
    levels = levels_of(severities)
    return [replace(d, severity=levels[d.rule]) if d.rule in levels else d for d in diagnostics]


def levels_of(severities: Iterable[tuple[str, str]]) -> dict[str, Severity]:
    """Rule ids to the severity that (selector, level) pairs give them; the last pair wins."""
    return {r.id: Severity(level) for s, level in severities if level != OFF for r in find(s)}


def suppress(
    diagnostics: list[Diagnostic], suppressions: tuple[Suppression, ...], source: Source
) -> list[Diagnostic]:
    """Mark what a suppression of the Dockerfile hides; findings in other files count by their first note in it."""
    return [
        replace(d, ignored_by=place) if (place := _hidden_by(d, suppressions, source)) else d
        for d in diagnostics
    ]


def _hidden_by(found: Diagnostic, suppressions: tuple[Suppression, ...], source: Source) -> Place | None:
    spans = [
        p.span for p in (found.finding.place, *(n.place for n in found.finding.notes)) if p.source is source
    ][:1]
    for suppression in suppressions:
        for selector, place in suppression.selectors:
            names = {r.id for r in _meant(selector, suppression)}
            if _is_meant(found.rule, names) and any(
                suppression.covers.start <= s.start < suppression.covers.end for s in spans
            ):
                return place
    return None


def _meant(selector: str, suppression: Suppression) -> tuple[Rule, ...]:
    """The rules that a selector of a suppression means; `all` of another tool is all that it checks as well."""
    if selector != "all" or suppression.tool.value == "dfguard":
        return find(selector)
    is_buildkit = suppression.tool.value == "BuildKit"
    return tuple(
        r for r in find("ALL") if r.aliases and (not is_buildkit or any(map(is_of_buildkit, r.aliases)))
    )


def is_of_buildkit(alias: str) -> bool:
    """Whether an alias is the name of one of BuildKit's checks: words in one, without digits (`UndefinedVar`)."""
    return alias.isalpha() and alias[:1].isupper() and not alias.isupper()


def experimental(name: str) -> tuple[Rule, ...]:
    """The checks of BuildKit that are off until `# check=experimental=NAME` or `=all` asks for them."""
    off = (r for r in find("ALL") if not r.is_default and any(map(is_of_buildkit, r.aliases)))
    return tuple(r for r in off if name == "all" or name in r.aliases)


def fails_on_buildkit(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """With BuildKit's checks as errors: what `# check=error=true` asks for."""
    return [
        replace(d, severity=Severity.ERROR) if any(map(is_of_buildkit, d.aliases)) else d for d in diagnostics
    ]


def _is_meant(rule: str, names: set[str]) -> bool:
    """Whether a suppression of these rules is one of the rule: of itself, or of one that it covers."""
    return rule in names or any(covered in names for r in find(rule) for covered in r.covers)


def without_covered(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Without those that a finding of another rule at the same place covers."""
    covered = {(name, d.finding.place) for d in diagnostics for r in find(d.rule) for name in r.covers}
    return [d for d in diagnostics if (d.rule, d.finding.place) not in covered] if covered else diagnostics


def report_unused(
    diagnostics: list[Diagnostic], suppressions: tuple[Suppression, ...], ran: Iterable[Rule], rule: Rule
) -> list[Diagnostic]:
    """Add a diagnostic of `rule` (DFG001) for each suppression that hides nothing, names no rule, or is malformed.

    A suppression of a rule that did not run is left alone. Of other tools' comments the useless ones are information,
    and their rules that are none of ours their own affair.
    """
    used = {d.ignored_by for d in diagnostics if d.ignored_by}
    running = {r.id for r in ran}
    added = []
    for suppression in suppressions:
        is_ours = suppression.tool.value == "dfguard"
        severity = None if is_ours else Severity.INFO
        if suppression.malformed:
            why = f"this suppression has no effect: {suppression.malformed}"
            added.append(Finding(suppression.place, why))
            continue
        for selector, place in suppression.selectors:
            rules = find(selector)
            if not rules and is_ours:
                added.append(Finding(place, f"no rule is called {selector}"))
            elif place not in used and any(r.id in running for r in rules) and selector != "all":
                added.append(Finding(place, f"{selector} finds nothing here", severity=severity))
    return [*diagnostics, *(diagnostic(rule, f) for f in added)]


def dedupe(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """One diagnostic per rule, place and message; the surest and best explained stays."""
    best: dict[tuple[str, str, int, int, str], Diagnostic] = {}
    for d in diagnostics:
        key = (d.rule, d.finding.place.path, d.span.start, d.span.end, d.finding.message)
        if key not in best or _weight(d) > _weight(best[key]):
            best[key] = d
    return list(best.values())


def _weight(d: Diagnostic) -> tuple[bool, int]:
    return d.finding.certainty.value == "sure", len(d.finding.notes)


def sort(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """By path, place, rule and message."""
    return sorted(
        diagnostics, key=lambda d: (d.finding.place.path, d.span.start, d.span.end, d.rule, d.finding.message)
    )


def shield(diagnostics: list[Diagnostic], secrecy: Secrecy) -> list[Diagnostic]:
    """With the tokens in everything that is printed made unreadable; a fix that would write one is left out."""
    return [
        replace(d, finding=_shielded(d.finding, secrecy)) if any(map(secrecy.may_hold, _texts(d))) else d
        for d in diagnostics
    ]


def _texts(d: Diagnostic) -> Iterator[str]:
    found = d.finding
    yield found.message
    yield from (note.message for note in found.notes)
    yield from [found.advice] if found.advice else []
    if found.fix:
        yield from (found.fix.title, *(edit.text for edit in found.fix.edits))


def _shielded(found: Finding, secrecy: Secrecy) -> Finding:
    from dfguard.knowledge.shielding import shielded

    def safe(text: str) -> str:
        return shielded(text, secrecy)

    is_writing = found.fix and any(safe(edit.text) != edit.text for edit in found.fix.edits)
    return replace(
        found,
        message=safe(found.message),
        notes=tuple(replace(note, message=safe(note.message)) for note in found.notes),
        advice=safe(found.advice) if found.advice else None,
        fix=replace(found.fix, title=safe(found.fix.title)) if found.fix and not is_writing else None,
    )

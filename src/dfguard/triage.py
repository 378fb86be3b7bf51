"""Diagnostics to what is reported: named steps, each list to list; nothing vanishes uncounted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.registry import find
from dfguard.core.errors import ConfigError
from dfguard.core.findings import Diagnostic, Finding, Severity
from dfguard.core.record import replace
from dfguard.engine import diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.checks.rule import Rule
    from dfguard.config.settings import Settings
    from dfguard.core.source import Place, Source
    from dfguard.knowledge.model import Knowledge
    from dfguard.knowledge.profiles import Profile
    from dfguard.knowledge.secrecy import Secrecy
    from dfguard.syntax.comments import Suppression

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
    if settings.select:
        chosen = {r.id for s in settings.select for r in rules_of(s)}
    else:
        selectors = profile.select or (DEFAULT,)
        chosen = {r.id for r in rules if r.is_default} if DEFAULT in selectors else set()
        chosen |= {r.id for s in selectors for r in find(s) if r.is_default or r.id == s}
        chosen -= {r.id for s in profile.ignore for r in find(s)}
    chosen -= {r.id for s in settings.ignore for r in rules_of(s)}
    chosen -= {r.id for s, level in settings.severities if level == OFF for r in rules_of(s)}
    return tuple(r for r in rules if r.id in chosen)


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
    levels = {r.id: Severity(level) for s, level in severities if level != OFF for r in find(s)}
    return [replace(d, severity=levels[d.rule]) if d.rule in levels else d for d in diagnostics]


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
            names = {r.id for r in find(selector)}
            if _is_meant(found.rule, names) and any(
                suppression.covers.start <= s.start < suppression.covers.end for s in spans
            ):
                return place
    return None


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

    A suppression of a rule that did not run is left alone.
    """
    used = {d.ignored_by for d in diagnostics if d.ignored_by}
    running = {r.id for r in ran}
    added = []
    for suppression in suppressions:
        if suppression.malformed:
            added.append(
                Finding(suppression.place, f"this suppression has no effect: {suppression.malformed}")
            )
        for selector, place in suppression.selectors:
            rules = find(selector)
            if not rules:
                added.append(Finding(place, f"no rule is called {selector}"))
            elif place not in used and any(r.id in running for r in rules):
                added.append(Finding(place, f"{selector} finds nothing here"))
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

"""Diagnostics to what is reported: named steps, each list to list; nothing vanishes uncounted."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

from dfguard.checks.registry import find, is_code
from dfguard.config.selection import CODES, OFF, levels_of
from dfguard.core.findings import Certainty, Diagnostic, Finding, Severity
from dfguard.core.record import replace
from dfguard.engine import diagnostic
from dfguard.syntax.suppressions.model import Tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.checks.rule import Rule
    from dfguard.core.source import Place, Source, Span
    from dfguard.knowledge.secrecy import Secrecy
    from dfguard.syntax.suppressions.model import Suppression


def override_severities(
    diagnostics: list[Diagnostic], severities: Iterable[tuple[str, str]]
) -> list[Diagnostic]:
    """The configured severity (selector, level) instead of the rule's own; the last matching entry wins."""
    pairs = tuple(severities)
    named = tuple((s, level) for s, level in pairs if not is_code(s))
    levels: dict[str, Severity] = levels_of(named)
    if CODES in levels:
        levels |= {d.rule: levels[CODES] for d in diagnostics if d.finding.code is not None}
    levels |= {s.upper(): Severity(level) for s, level in pairs if is_code(s) and level != OFF}
    found = []
    for d in diagnostics:
        own = levels if d.finding.aliases is None else levels_of(p for p in named if _may_mean(p[0], d))
        found.append(replace(d, severity=own[d.rule]) if d.rule in own else d)
    return found


def _may_mean(selector: str, found: Diagnostic) -> bool:
    """Whether a selector that speaks of the rule speaks of this finding: an alias may mean only some of its findings."""
    wanted = selector.lower()
    others = {a.lower() for rule in find(found.rule) for a in rule.aliases} - {
        a.lower() for a in found.aliases
    }
    return wanted not in others


def suppress(
    diagnostics: list[Diagnostic], suppressions: tuple[Suppression, ...], source: Source
) -> list[Diagnostic]:
    """Mark what a suppression of the Dockerfile hides; findings in other files count by their first note in it."""
    return [
        replace(d, ignored_by=place) if (place := _hidden_by(d, suppressions, source)) else d
        for d in diagnostics
    ]


def _hidden_by(found: Diagnostic, suppressions: tuple[Suppression, ...], source: Source) -> Place | None:
    for suppression in suppressions:
        spans = _spans(found, suppression.tool, source)
        for selector, place in suppression.selectors:
            names = {r.id for r in _meant(selector, suppression)}
            if is_code(selector) and selector.lower() != "sc":
                names = {selector.upper()}
            elif CODES in names and found.finding.code is not None:
                names.add(found.rule)
            if _is_meant(found.rule, names) and any(
                suppression.covers.start <= s.start < suppression.covers.end for s in spans
            ):
                return place
    return None


def _spans(found: Diagnostic, tool: Tool, source: Source) -> list[Span]:
    """Where a finding is as far as the comments of a tool are concerned: its first place in the Dockerfile, or none."""
    places = [found.finding.place, *(note.place for note in found.finding.notes)]
    is_later = found.rule == _SUPERSEDED and tool in (Tool.HADOLINT, Tool.BUILDKIT)
    return [place.span for place in places[is_later:] if place.source is source][:1]


_SUPERSEDED = "DFG912"
"""Reported at the instruction that no longer counts; hadolint and BuildKit go by the comments of the one that does."""


def _meant(selector: str, suppression: Suppression) -> tuple[Rule, ...]:
    """The rules that a selector of a suppression means; `all` of another tool is all that it checks as well. BuildKit
    knows its own names alone; it and tally mind capitals.
    """
    if suppression.tool is Tool.BUILDKIT:
        pairs = ((r, {*filter(is_of_buildkit, r.aliases)} - suppression.spares) for r in find(selector))
        return tuple(r for r, names in pairs if (names if selector == "all" else selector in names))
    if selector != "all" or suppression.tool is Tool.DFGUARD:
        is_exact = suppression.tool is Tool.TALLY and not (is_code(selector) and selector[:2] == "SC")
        return tuple(r for r in find(selector) if not is_exact or selector in r.aliases)
    return tuple(r for r in find("ALL") if r.aliases)


def is_of_buildkit(alias: str) -> bool:
    """Whether an alias is the name of one of BuildKit's checks: words in one, without digits (`UndefinedVar`)."""
    return alias.isalpha() and alias[:1].isupper() and not alias.isupper()


def experimental(name: str) -> tuple[Rule, ...]:
    """The checks of BuildKit that are off until `# check=experimental=NAME` or `=all` asks for them."""
    off = (r for r in find("ALL") if not r.is_default and any(map(is_of_buildkit, r.aliases)))
    return tuple(r for r in off if name == "all" or name in r.aliases)


def fails_on_buildkit(diagnostics: list[Diagnostic], asked: tuple[str, ...]) -> list[Diagnostic]:
    """With BuildKit's checks as errors: what `# check=error=true` asks for. Of its experimental ones only those that are
    `asked` for run there.
    """
    run = {rule.id for name in asked for rule in experimental(name)}
    off = {rule.id for rule in experimental("all")} - run
    return [
        replace(d, severity=Severity.ERROR)
        if d.rule not in off and any(map(is_of_buildkit, d.aliases))
        else d
        for d in diagnostics
    ]


def _is_meant(rule: str, names: set[str]) -> bool:
    """Whether a suppression of these rules is one of the rule: of itself, or of one that it covers."""
    return rule in names or any(covered in names for r in find(rule) for covered in r.covers)


def without_covered(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Without those that a finding of another rule, as sure, as bad and at the same place, covers or overrules.

    Two places are the same where they share a character: a word and the command that it stands in. A finding for several
    words has notes at the others.
    """
    covering = [(d, {n for r in find(d.rule) for n in (*r.covers, *r.overrules)}) for d in diagnostics]
    names = set().union(*(covered for _, covered in covering))
    by_name = {name: _Spans(d for d, covered in covering if name in covered) for name in names}
    return [d for d in diagnostics if d.rule not in by_name or not by_name[d.rule].meet(d)]


def without_beaten_advice(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Without the information of the rules of practice (DFG9xx) where something worse is found at the same place."""
    is_worse = _Spans(d for d in diagnostics if d.severity is not Severity.INFO)
    return [
        d
        for d in diagnostics
        if d.severity is not Severity.INFO or not d.rule.startswith(_PRACTICE) or not is_worse.meet(d)
    ]


_PRACTICE = "DFG9"


class _Spans:
    """The places of diagnostics and of their notes, by path and by what they beat: certainty and severity."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        kept: dict[tuple[str, bool, int], list[tuple[int, int]]] = {}
        self._noted: set[tuple[Place, bool, int]] = set()
        for d in diagnostics:
            span = d.span.start, max(d.span.end, d.span.start + 1)
            for is_sure in {False, d.finding.certainty is Certainty.SURE}:
                for rank in range(d.severity.rank, Severity.INFO.rank + 1):
                    kept.setdefault((d.finding.place.path, is_sure, rank), []).append(span)
                    self._noted |= {(note.place, is_sure, rank) for note in d.finding.notes}
        self._starts = {key: sorted(start for start, _ in spans) for key, spans in kept.items()}
        self._ends = {
            key: list(accumulate((end for _, end in sorted(spans)), max)) for key, spans in kept.items()
        }

    def meet(self, found: Diagnostic) -> bool:
        """Whether one of them that is as sure and as bad shares a character with the finding, or notes its very place."""
        is_sure = found.finding.certainty is Certainty.SURE
        if (found.finding.place, is_sure, found.severity.rank) in self._noted:
            return True
        key = found.finding.place.path, is_sure, found.severity.rank
        before = bisect_left(self._starts.get(key, ()), max(found.span.end, found.span.start + 1))
        return before > 0 and self._ends[key][before - 1] > found.span.start


def report_unused(
    diagnostics: list[Diagnostic], suppressions: tuple[Suppression, ...], ran: Iterable[Rule], rule: Rule
) -> list[Diagnostic]:
    """Add a diagnostic of `rule` (DFG001) for each suppression that hides nothing, names no rule, or is malformed.

    A suppression of a rule that did not run is left alone. Of other tools' comments only those are reported that the tool
    itself does not understand: what it finds without them only the tool knows.
    """
    used = {d.ignored_by for d in diagnostics if d.ignored_by}
    running = {r.id for r in ran}
    added = []
    for suppression in suppressions:
        is_ours = suppression.tool is Tool.DFGUARD
        if suppression.malformed:
            why = f"this suppression has no effect: {suppression.malformed}"
            added.append(Finding(suppression.place, why))
            continue
        for selector, place in suppression.selectors:
            rules = _meant(selector, suppression)
            if not rules and is_ours:
                added.append(Finding(place, f"no rule is called {selector}"))
            elif (
                not rules
                and suppression.tool in _EXACT
                and (name := _in_capitals(selector, suppression.tool))
            ):
                why = f"{suppression.tool.value} minds capitals: the check is called {name}, not {selector}"
                added.append(Finding(place, f"this suppression has no effect: {why}"))
            elif (
                is_ours
                and place not in used
                and any(r.id in running for r in rules)
                and not _is_broad(selector)
            ):
                added.append(Finding(place, f"{selector} finds nothing here"))
    return [*diagnostics, *(diagnostic(rule, f) for f in added)]


_EXACT = (Tool.BUILDKIT, Tool.TALLY)


def _in_capitals(selector: str, tool: Tool) -> str | None:
    """The check that is called so, but for the capitals."""
    names = (n for r in find(selector) for n in r.aliases if tool is Tool.TALLY or is_of_buildkit(n))
    return next((name for name in names if name.lower() == selector.lower()), None)


def _is_broad(selector: str) -> bool:
    """Whether it means so much that finding nothing is no reason to take it away."""
    return selector == "all"


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

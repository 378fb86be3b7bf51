"""Runs checks over facts: findings become diagnostics, a crash becomes one too, and the others go on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dfguard.core.errors import DfguardError
from dfguard.core.findings import Certainty, Diagnostic, Finding
from dfguard.core.source import Place, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dfguard.checks.rule import Rule
    from dfguard.core.source import Source
    from dfguard.facts import Facts

INTERNAL_ERROR = "DFG000"
T = TypeVar("T")


class Crash(Exception):
    """A check or the analysis itself failed; `error` is what was raised."""

    def __init__(self, what: str, error: BaseException) -> None:
        """Keep what failed and the exception."""
        super().__init__(f"{what}: {type(error).__name__}: {error}")
        self.error = error

    def is_like(self, other: Crash) -> bool:
        """Whether the same thing failed: rules that need one broken fact crash alike, and one report is enough."""
        return repr(self.error) == repr(other.error)


def run(facts: Facts, rules: Iterable[Rule], internal_error: Rule) -> tuple[list[Diagnostic], list[Crash]]:
    """All diagnostics of the rules, unsorted, and the crashes behind the DFG000 among them."""
    diagnostics: list[Diagnostic] = []
    crashes: list[Crash] = []
    for rule in rules:
        if rule.check is None:
            continue
        found = contained(f"the rule {rule.id} ({rule.name})", partial(_findings, rule, facts))
        if not isinstance(found, Crash):
            diagnostics += found
        elif not any(found.is_like(crash) for crash in crashes):
            crashes.append(found)
            diagnostics.append(crash_diagnostic(facts.source, found, internal_error))
    return diagnostics, crashes


def _findings(rule: Rule, facts: Facts) -> list[Diagnostic]:
    return [diagnostic(rule, finding) for finding in rule.check(facts)] if rule.check else []


def contained(what: str, action: Callable[[], T]) -> T | Crash:
    """What the action gives, or the crash that names `what`; the user's own mistakes pass through."""
    try:
        return action()
    except DfguardError:
        raise
    except Exception as error:  # noqa: BLE001  the one place where a fault of ours must not stop the rest
        return Crash(f"{what} crashed", error)


def diagnostic(rule: Rule, finding: Finding) -> Diagnostic:
    """The finding with its rule's identity; the finding's own severity and code win over the rule's."""
    severity = finding.severity or rule.severity
    if finding.code is not None:
        return Diagnostic(finding.code, rule.name, (rule.id, *rule.aliases), severity, finding)
    aliases = rule.aliases if finding.aliases is None else finding.aliases
    return Diagnostic(rule.id, rule.name, aliases, severity, finding)


def crash_diagnostic(source: Source, crash: Crash, internal_error: Rule) -> Diagnostic:
    """DFG000 at the top of the file for a crash."""
    message = f"{crash}; please report it with the file that shows it"
    finding = Finding(Place(source, Span(0, 0)), message, certainty=Certainty.SURE)
    return diagnostic(internal_error, finding)

"""One Dockerfile and its settings to a report: the table of contents of the program."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dfguard import engine, triage
from dfguard.checks.registry import all_rules, find
from dfguard.config import selection
from dfguard.core.errors import UsageError
from dfguard.core.findings import Certainty, Diagnostic, Finding, Severity
from dfguard.core.project import Surroundings
from dfguard.core.record import Record, replace
from dfguard.facts import Facts
from dfguard.interp.build.stages import names_stage
from dfguard.interp.runtime.deployment import PLAIN, declared
from dfguard.interp.state.inputs import Conventions, World
from dfguard.knowledge.load import load_knowledge
from dfguard.syntax.dockerfile.directives import check_of
from dfguard.syntax.dockerfile.parser import parse
from dfguard.syntax.suppressions.own import suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.checks.rule import Rule
    from dfguard.config.settings import Settings
    from dfguard.discover.targets import Target
    from dfguard.inspection.records import Inspection
    from dfguard.syntax.dockerfile.document import Document
    from dfguard.syntax.shell.shellcheck import ShellText


class TargetReport(Record):
    """What is said of one target. `diagnostics` holds everything found, hidden ones included, sorted.

    `platform` is the pack's id, `platform_reason` how it was chosen (`--platform`, the config file, what the code shows).
    `failures` say, a sentence each, what was to be looked at and was not: the report is not whole.
    """

    path: str
    context: str
    context_reason: str
    platform: str
    platform_title: str
    platform_reason: str
    diagnostics: tuple[Diagnostic, ...]
    crashes: tuple[engine.Crash, ...] = ()
    failures: tuple[str, ...] = ()

    def shown(self, *, maybe: bool) -> tuple[Diagnostic, ...]:
        """What is not suppressed, and sure unless `maybe`."""
        return tuple(
            d
            for d in self.diagnostics
            if d.ignored_by is None and (maybe or d.finding.certainty is Certainty.SURE)
        )

    def fails(self, level: Severity | None, *, maybe: bool) -> bool:
        """Whether something shown is at `level` or worse; never when it is None."""
        return level is not None and any(d.severity.rank <= level.rank for d in self.shown(maybe=maybe))


def check_target(target: Target, settings: Settings) -> TargetReport:
    """Parse, play, check and sort out one Dockerfile.

    Raises ConfigError, UsageError or PackError for settings that cannot be used; a fault in dfguard itself becomes
    DFG000, whether a rule or the analysis around them fails.
    """
    return Check(target, settings).report()


class Check:
    """A check under way, for who has many Dockerfiles: ShellCheck can be asked for all of them before the rules run.

    All methods raise as `check_target`.
    """

    def __init__(self, target: Target, settings: Settings) -> None:
        """Parse."""
        self._target, self._settings = target, settings
        self._facts = engine.contained("the analysis", partial(_facts, target, settings))

    @property
    def facts(self) -> Facts | engine.Crash:
        """What the rules look at, or the crash that stands in their way."""
        return self._facts

    def shell_texts(self) -> tuple[ShellText, ...]:
        """What ShellCheck will be asked; nothing when its rule is off."""
        facts = self._facts
        if isinstance(facts, engine.Crash) or not _asks_shellcheck(facts, self._settings):
            return ()
        found = engine.contained("the analysis", lambda: facts.shell_texts)
        return () if isinstance(found, engine.Crash) else found

    def report(self) -> TargetReport:
        """Play, check and sort out."""
        target, settings, facts = self._target, self._settings, self._facts
        report = (
            facts
            if isinstance(facts, engine.Crash)
            else engine.contained("the analysis", partial(_judged, facts, target, settings))
        )
        return report if isinstance(report, TargetReport) else crashed(target, settings, report)


def _asks_shellcheck(facts: Facts, settings: Settings) -> bool:
    (rule,) = find("DFG7SC")
    profile = selection.profile_of(settings.profile, facts.knowledge)
    return rule in selection.enabled_rules(settings, profile, [rule])


def inspect_target(target: Target, settings: Settings) -> Inspection | engine.Crash:
    """Parse, play and check one Dockerfile, and tell what its image will be.

    Raises as `check_target`. A rule that crashes is a finding (DFG000); a fault in the analysis itself is given back.
    """
    return engine.contained("the analysis", partial(_inspected, target, settings))


def _inspected(target: Target, settings: Settings) -> Inspection:
    from dfguard.inspection.whole import inspect

    facts = _facts(target, settings)
    report = _judged(facts, target, settings)
    return inspect(facts, report.diagnostics, report.context_reason, report.platform_reason)


def crashed(target: Target, settings: Settings, report: engine.Crash) -> TargetReport:
    """The report of a target whose analysis failed as a whole."""
    (internal_error,) = find(engine.INTERNAL_ERROR)
    found = engine.crash_diagnostic(target.source, report, internal_error)
    name, reason = settings.platform or "", settings.platform_reason
    return TargetReport(
        target.source.path,
        target.context.name,
        target.context_reason,
        name,
        name,
        reason,
        (found,),
        (report,),
    )


def _facts(target: Target, settings: Settings) -> Facts:
    knowledge = load_knowledge(settings.packs)
    document = parse(target.source)
    _refuse_unknown_target(document, settings.target)
    world = World(
        target.context,
        knowledge,
        declared(
            settings.platform or PLAIN, settings.volume, settings.cached_models, knowledge, settings.mounts
        ),
        settings.build_arguments,
        settings.target,
        settings.builder,
        conventions=Conventions(
            settings.trusted_registries,
            settings.label_schema,
            settings.strict_labels,
            selection.profile_of(settings.profile, knowledge).imitates,
        ),
        named_contexts=settings.build_contexts,
    )
    surroundings = replace(target.surroundings, sure_errors=partial(_sure_errors, target, settings))
    return Facts(document, world, surroundings, detects_platform=settings.platform is None)


def _refuse_unknown_target(document: Document, name: str | None) -> None:
    """Raise UsageError for a target that no stage is: BuildKit stops there, and nothing would be checked as shipped."""
    if name is None or names_stage(document, name):
        return
    stages = [stage.name or str(stage.index) for stage in document.stages]
    there = f"; the stages are {', '.join(stages[:MOST_STAGES])}" if stages else ", and no stage at all"
    raise UsageError(f"there is no stage {name!r} to build{there}")


MOST_STAGES = 12
"""Named in a sentence."""


def _judged(facts: Facts, target: Target, settings: Settings) -> TargetReport:
    if not _rules(facts, settings):
        raise UsageError("no rule is left to check with: what is selected is ignored or off")
    diagnostics, crashes = _sorted_out(facts, settings)
    chosen = facts.deployment
    return TargetReport(
        target.source.path,
        target.context.name,
        target.context_reason,
        chosen.platform.id,
        chosen.platform.title,
        facts.platform_reason or settings.platform_reason,
        tuple(diagnostics),
        tuple(crashes),
        tuple(filter(None, (facts.shell_failure,))),
    )


def _sorted_out(facts: Facts, settings: Settings) -> tuple[list[Diagnostic], list[engine.Crash]]:
    """What the rules say of the facts, sorted out, and their crashes."""
    rules = _rules(facts, settings)
    checks = check_of(facts.document)
    rules += tuple(r for name in checks.experimental for r in triage.experimental(name) if r not in rules)
    (internal_error,), (unused,) = find(engine.INTERNAL_ERROR), find("DFG001")
    diagnostics, crashes = engine.run(facts, rules, internal_error)
    diagnostics += _differences(facts.document) if settings.verifies else []
    diagnostics = selection.choose_codes(diagnostics, settings)
    ours = suppressions(facts.document)
    diagnostics = triage.suppress(diagnostics, ours, facts.source)
    if unused in rules:
        diagnostics = triage.report_unused(diagnostics, ours, rules, unused)
    diagnostics = triage.without_covered(diagnostics)
    if checks.is_error:
        diagnostics = triage.fails_on_buildkit(diagnostics, checks.experimental)
    profile = selection.profile_of(settings.profile, facts.knowledge)
    diagnostics = triage.override_severities(diagnostics, (*profile.severities, *settings.severities))
    if profile.advice_gives_way and not settings.select:
        diagnostics = triage.without_beaten_advice(diagnostics)
    return triage.shield(triage.sort(triage.dedupe(diagnostics)), facts.secrecy), crashes


def _rules(facts: Facts, settings: Settings) -> tuple[Rule, ...]:
    return selection.enabled_rules(
        settings, selection.profile_of(settings.profile, facts.knowledge), all_rules()
    )


def _differences(document: Document) -> list[Diagnostic]:
    """Where the second reader disagrees (--verify), as diagnostics of DFG006."""
    from dfguard.syntax.dockerfile.cross_check import compare

    (rule,) = find("DFG006")
    return [
        engine.diagnostic(rule, Finding(d.place, f"read as {d.ours}, by dockerfile-parse as {d.theirs}"))
        for d in compare(document)
    ]


def _sure_errors(target: Target, settings: Settings, facts: Facts, path: str) -> tuple[str, ...] | None:
    """Rule ids of the sure errors of a Dockerfile of the target's repository: the target itself, of which the facts
    are, or another one, checked in the same context.
    """
    if path == target.surroundings.project.path:
        return _errors(_sorted_out(facts, _without_project(settings))[0])
    source = target.surroundings.project.source(path)
    if source is None:
        return None
    surroundings = Surroundings(has_certain_context=target.surroundings.has_certain_context)
    other = replace(_without_project(settings), target=None)
    report = check_target(replace(target, source=source, surroundings=surroundings), other)
    return _errors(report.diagnostics)


def _without_project(settings: Settings) -> Settings:
    """All rules but those about the repository, which compare its Dockerfiles."""
    return replace(settings, select=(), ignore=(*settings.ignore, "DFG6"))


def _errors(diagnostics: Iterable[Diagnostic]) -> tuple[str, ...]:
    """The rule ids of the sure errors that are not suppressed, sorted."""
    shown = (d for d in diagnostics if d.ignored_by is None and d.finding.certainty is Certainty.SURE)
    return tuple(sorted({d.rule for d in shown if d.severity is Severity.ERROR}))

"""Facts and findings of one Dockerfile to its inspection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.findings import Certainty
from dfguard.inspection.models import baked, downloads, looked_up
from dfguard.inspection.process import process_view
from dfguard.inspection.records import Disagreement, FindingRow, Inspection
from dfguard.inspection.secrets import without_secrets
from dfguard.inspection.stages import stage_views
from dfguard.inspection.telling import cut, notes, spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.findings import Diagnostic
    from dfguard.facts import Facts

MOST_CHARACTERS = 2_000_000
MOST_FAULTS = 50


def inspect(
    facts: Facts, diagnostics: Iterable[Diagnostic], context_reason: str, platform_reason: str
) -> Inspection:
    """The inspection of one Dockerfile, secrets masked. The second reader is always asked."""
    from dfguard.syntax.dockerfile.cross_check import compare

    stages = tuple(stage_views(facts))
    image = facts.target.stage.index if facts.target and facts.target.stage.index < len(stages) else None
    rows = {(stage.index, row.path): row for stage in stages for row in stage.files}
    findings = tuple(_findings(diagnostics))
    built = tuple(baked(facts, rows, findings))
    loads = tuple(looked_up(facts, facts.runtime, built)) if facts.runtime else ()
    process = None
    if facts.process is not None and facts.runtime is not None and image is not None:
        process = process_view(facts, facts.process, facts.runtime, stages[image].files)
    document = facts.document
    faults = (*document.faults, *facts.refusals)
    whole = Inspection(
        facts.source.path,
        facts.source.text[:MOST_CHARACTERS],
        facts.context.name,
        context_reason,
        facts.platform.id,
        facts.platform.title,
        platform_reason,
        image,
        stages,
        process,
        built,
        loads,
        tuple(downloads(loads)),
        findings,
        tuple(Disagreement(spot(d.place), d.ours, d.theirs) for d in compare(document)),
        len(document.instructions) + len(document.unknown),
        notes(((fault.place, fault.message) for fault in faults), MOST_FAULTS),
    )
    return without_secrets(whole, facts.secrecy)


def _findings(diagnostics: Iterable[Diagnostic]) -> Iterator[FindingRow]:
    for found in diagnostics:
        finding = found.finding
        if found.ignored_by is None and finding.certainty is Certainty.SURE:
            place = finding.place
            yield FindingRow(
                found.rule,
                found.name,
                found.severity.value,
                finding.certainty.value,
                spot(place),
                place.source.line_of(max(place.span.end - 1, place.span.start)),
                cut(finding.message),
                cut(finding.fix.title if finding.fix else finding.advice or ""),
            )

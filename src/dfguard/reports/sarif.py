"""Report to SARIF 2.1.0, with a related location for each note and the fixes as SARIF fixes.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 plus Errata 01.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dfguard import __version__
from dfguard.checks.registry import find
from dfguard.core.findings import Certainty
from dfguard.reports.log_commands import json_without_commands

if TYPE_CHECKING:
    from dfguard.core.findings import Diagnostic, Fix
    from dfguard.core.source import Place
    from dfguard.reports.report import Report

LEVELS = {"error": "error", "warning": "warning", "info": "note"}
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(report: Report) -> str:
    """The report as one SARIF log with a single run; suppressed findings are carried along as suppressed results."""
    every = [
        d
        for t in report.targets
        for d in t.diagnostics
        if d.ignored_by or d in t.shown(maybe=report.shows_maybe)
    ]
    rules = sorted({d.rule for d in every})
    run = {
        "tool": {
            "driver": {"name": "dfguard", "semanticVersion": __version__, "rules": [_rule(r) for r in rules]}
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the working directory"}}},
        "invocations": [_invocation(report)],
        "results": [_result(d, rules.index(d.rule)) for d in every],
    }
    log = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)
    return json_without_commands(log) + "\n"


def _invocation(report: Report) -> dict[str, Any]:
    messages = [{"level": "error", "message": {"text": f"{r.path}: {r.message}"}} for r in report.refusals]
    messages += [{"level": "error", "message": {"text": str(c)}} for t in report.targets for c in t.crashes]
    left_out = report.left_out_text()
    notes = [{"level": "note", "message": {"text": f"left out: {left_out}"}}] if left_out else []
    return {"executionSuccessful": not messages, "toolExecutionNotifications": [*messages, *notes]}


def _rule(identifier: str) -> dict[str, Any]:
    (rule,) = find(identifier)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.documentation.strip()},
        "defaultConfiguration": {"level": LEVELS[rule.severity.value]},
        "properties": {"tags": [rule.name, *rule.aliases]},
    }


def _result(found: Diagnostic, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": LEVELS[found.severity.value],
        "message": {"text": found.finding.message},
        "locations": [{"physicalLocation": _location(found.finding.place)}],
        "properties": {"certainty": found.finding.certainty.value},
    }
    if found.finding.certainty is Certainty.MAYBE:
        result["rank"] = 50.0
    if found.finding.notes:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _location(n.place), "message": {"text": n.message}}
            for number, n in enumerate(found.finding.notes)
        ]
    if found.finding.fix:
        result["fixes"] = [_fix(found.finding.fix)]
    if found.ignored_by:
        result["suppressions"] = [
            {"kind": "inSource", "location": {"physicalLocation": _location(found.ignored_by)}}
        ]
    return result


def _location(place: Place) -> dict[str, Any]:
    return {"artifactLocation": _artifact(place.path), "region": _region(place)}


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path.encode("utf-8", "surrogateescape")), "uriBaseId": "SRCROOT"}


def _region(place: Place) -> dict[str, int]:
    start, end = place.source.position(place.span.start), place.source.position(place.span.end)
    return {"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1]}


def _fix(fix: Fix) -> dict[str, Any]:
    changes = [
        {
            "artifactLocation": _artifact(edit.place.path),
            "replacements": [{"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.text}}],
        }
        for edit in fix.edits
    ]
    return {"description": {"text": fix.title}, "artifactChanges": changes}

"""Report to the JSON contract, `schema: 1` (its JSON Schema is `rules/schema/report.json`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dfguard import __version__
from dfguard.reports.log_commands import json_without_commands
from dfguard.reports.report import docs_path

if TYPE_CHECKING:
    from dfguard.core.findings import Diagnostic, Fix
    from dfguard.core.source import Place
    from dfguard.reports.report import Report


def render(report: Report) -> str:
    """The report as one JSON document with a final line feed. Lines and columns are 1-based, columns count
    characters, ends are exclusive.
    """
    return json_without_commands(json.dumps(document(report), indent=2, ensure_ascii=True)) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The JSON document as Python values."""
    counts = report.counts()
    targets: list[dict[str, str | None]] = [
        {
            "path": t.path,
            "context": t.context,
            "platform": t.platform,
            "status": "crashed" if t.crashes else "checked",
        }
        for t in report.targets
    ]
    targets += [
        {"path": r.path, "context": None, "platform": None, "status": f"refused: {r.message}"}
        for r in report.refusals
    ]
    return {
        "schema": 1,
        "tool": {"name": "dfguard", "version": __version__},
        "targets": targets,
        "left_out": [{"path": one.path, "reason": one.reason} for one in report.left_out],
        "findings": [_finding(d) for _, d in sorted(report.shown(), key=_order)],
        "summary": {
            **{name: counts[name] for name in ("error", "warning", "info")},
            "hidden": {"maybe": counts["maybe"], "suppressed": counts["suppressed"]},
        },
    }


def _order(pair: tuple[object, Diagnostic]) -> tuple[str, int, int, str, str]:
    found = pair[1]
    return found.finding.place.path, found.span.start, found.span.end, found.rule, found.finding.message


def _finding(found: Diagnostic) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "name": found.name,
        "aliases": list(found.aliases),
        "severity": found.severity.value,
        "certainty": found.finding.certainty.value,
        **_where(found.finding.place),
        "message": found.finding.message,
        "notes": [{**_where(note.place), "message": note.message} for note in found.finding.notes],
        "advice": found.finding.advice,
        "fix": _fix(found.finding.fix) if found.finding.fix else None,
        "docs": docs_path(found.rule),
    }


def _where(place: Place) -> dict[str, Any]:
    start, end = place.source.position(place.span.start), place.source.position(place.span.end)
    return {
        "path": place.path,
        "range": {
            "start": {"line": start[0], "column": start[1]},
            "end": {"line": end[0], "column": end[1]},
        },
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**_where(edit.place), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.is_safe, "edits": edits}

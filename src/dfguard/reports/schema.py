"""The JSON Schema of the JSON report (`schema: 1`), published as rules/schema/report.json."""

from __future__ import annotations

from typing import Any

from dfguard.reports.report import REASONS


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of what `--format json` prints."""
    position = _object({"line": _count(1), "column": _count(1)})
    where = {"path": _TEXT, "range": _object({"start": position, "end": position})}
    note = _object({**where, "message": _TEXT})
    edit = _object({**where, "text": _TEXT})
    fix = _object({"title": _TEXT, "safe": {"type": "boolean"}, "edits": _list(edit)})
    finding = _object(
        {
            "rule": {"type": "string", "pattern": "^[A-Z]+[0-9A-Z]+$"},
            "name": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
            "aliases": _list(_TEXT),
            "severity": {"enum": ["error", "warning", "info"]},
            "certainty": {"enum": ["sure", "maybe"]},
            **where,
            "message": _TEXT,
            "notes": _list(note),
            "advice": {"type": ["string", "null"]},
            "fix": {"anyOf": [{"type": "null"}, fix]},
            "docs": _TEXT,
        }
    )
    target = _object({"path": _TEXT, "context": _NULLABLE, "platform": _NULLABLE, "status": _TEXT})
    hidden = _object({"maybe": _count(0), "suppressed": _count(0)})
    summary = _object({"error": _count(0), "warning": _count(0), "info": _count(0), "hidden": hidden})
    tool = _object({"name": {"const": "dfguard"}, "version": _TEXT})
    document = _object(
        {
            "schema": {"const": 1},
            "tool": tool,
            "targets": _list(target),
            "left_out": _list(_object({"path": _TEXT, "reason": {"enum": list(REASONS)}})),
            "findings": _list(finding),
            "summary": summary,
        }
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "dfguard report", **document}


_TEXT = {"type": "string"}
_NULLABLE = {"type": ["string", "null"]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _count(least: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least}

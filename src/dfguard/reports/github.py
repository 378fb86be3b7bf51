"""Report to GitHub workflow commands: one annotation per finding; file content cannot smuggle a command in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.reports.report import printable

if TYPE_CHECKING:
    from dfguard.core.findings import Diagnostic
    from dfguard.reports.report import Report

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """One `::error file=...::message` line per finding (format: docs.github.com, workflow commands), then the refusals and
    what was left out.
    """
    lines = [_annotation(found) for _, found in report.shown()]
    first = {refusal.message: refusal.path for refusal in reversed(report.refusals)}
    said = zip(first, report.refusal_lines(), strict=True) if first else ()
    lines += [f"::error file={_property(first[message])}::{_data(line)}" for message, line in said]
    if left_out := report.left_out_text():
        lines.append(f"::notice::{_data(f'left out: {left_out}')}")
    return "".join(f"{line}\n" for line in lines)


def _annotation(found: Diagnostic) -> str:
    place = found.finding.place
    line, column = place.source.position(place.span.start)
    end_line, end_column = place.source.position(place.span.end)
    where = f"file={_property(place.path)},line={line},endLine={end_line},col={column}"
    if line == end_line:
        where += f",endColumn={max(end_column, column)}"
    title = _property(f"{found.rule} {found.name}")
    notes = "".join(f"\n{n.place.path}:{n.place.line}: {n.message}" for n in found.finding.notes)
    advice = found.finding.fix.title if found.finding.fix else found.finding.advice
    help_line = f"\nfix: {advice}" if advice else ""
    return f"::{LEVELS[found.severity.value]} {where},title={title}::{_data(found.finding.message + notes + help_line)}"


def _data(text: str) -> str:
    """Escaped as actions/toolkit's command.ts does for a message."""
    lines = (printable(line) for line in text.replace("%", "%25").split("\n"))
    return "%0A".join(lines)


def _property(text: str) -> str:
    """Escaped as actions/toolkit's command.ts does for a property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")

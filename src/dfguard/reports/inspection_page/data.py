"""The steps of all stages to the data block that the page's script steps through."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dfguard.reports.inspection_page.source import numbered
from dfguard.reports.inspection_tree import size_text
from dfguard.reports.inspection_words import told_text
from dfguard.reports.report import printable

if TYPE_CHECKING:
    from dfguard.inspection.records import Change, Inspection, StageView, StepView, Variable
    from dfguard.reports.inspection_words import Words

MOST_CHANGES = 20_000
LONGEST_VALUE = 400


def data_block(inspection: Inspection, words: Words) -> str:
    """A script element with the steps as JSON; nothing in it can end the element."""
    text = json.dumps(_document(inspection, words), ensure_ascii=True, separators=(",", ":"))
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return f'<script type="application/json" id="steps">{safe}</script>'


def _document(inspection: Inspection, words: Words) -> dict[str, Any]:
    shown = numbered(inspection)
    at = {stage.index: number for number, stage in enumerate(inspection.stages)}
    steps: list[dict[str, Any]] = []
    budget = MOST_CHANGES
    for number, stage in enumerate(inspection.stages):
        for order, step in enumerate(stage.steps):
            changes = step.changes[: max(0, budget)]
            budget -= len(step.changes)
            cut = step.changes_cut + len(step.changes) - len(changes)
            steps.append(_step(step, changes, words))
            steps[-1]["faults"] = _faults(step, inspection)
            steps[-1] |= {"stage": number, "order": order, "shown": shown[step.line], "cut": cut}
    return {
        "stages": [_stage(stage, at, words) for stage in inspection.stages],
        "steps": steps,
        "first": _first(inspection, steps),
    }


def _first(inspection: Inspection, steps: list[dict[str, Any]]) -> int:
    """The step that is chosen when the page opens: the first with an error or a warning, else the last that writes."""
    flat = [step for stage in inspection.stages for step in stage.steps]
    own = [row for row in inspection.findings if row.where.path == inspection.path]
    for severity in ("error", "warning"):
        lines = [row.where.line for row in own if row.severity == severity]
        for number, step in enumerate(flat):
            if any(step.line <= line <= step.end_line for line in lines):
                return number
    return next((n for n in reversed(range(len(steps))) if steps[n]["changes"]), 0)


def _stage(stage: StageView, at: dict[int, int], words: Words) -> dict[str, Any]:
    name = f"{stage.index} ({stage.name})" if stage.name else str(stage.index)
    return {
        "name": printable(name),
        "parent": at.get(stage.parent) if stage.parent is not None else None,
        "inherited": [_variable(variable, words) for variable in stage.inherited],
    }


def _step(step: StepView, changes: tuple[Change, ...], words: Words) -> dict[str, Any]:
    return {
        "line": step.line,
        "text": "\n".join(printable(" ".join(line.split())) for line in step.text.split("\n")),
        "user": printable(told_text(step.user)),
        "workdir": printable(told_text(step.workdir)),
        "variables": [_variable(variable, words) for variable in step.variables],
        "changes": [_change(change) for change in changes],
        "unknowns": [printable(f"{note.message} ({words.spot(note.where)})") for note in step.unknowns],
    }


def _faults(step: StepView, inspection: Inspection) -> list[str]:
    """The errors found in the instruction: what it is said to do is then in doubt."""
    return [
        printable(f"{row.severity} {row.rule} at line {row.where.line}: {row.message}")
        for row in inspection.findings
        if row.severity == "error"
        and row.where.path == inspection.path
        and step.line <= row.where.line <= step.end_line
    ]


def _variable(variable: Variable, words: Words) -> list[Any]:
    """[name, text, whether it is known, where it comes from, whether it is an ARG]."""
    text = told_text(variable.value)
    text = text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
    where = printable(words.origins(variable.value))
    return [
        printable(variable.name),
        printable(text),
        bool(variable.value.texts),
        where,
        variable.is_argument,
    ]


def _change(change: Change) -> list[Any]:
    """[path, what happened, kind of file, size, why]."""
    size = size_text(change.size)
    return [printable(change.path), change.kind.value, change.file, size, printable(change.why)]

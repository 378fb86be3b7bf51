"""The Dockerfile as a list of its instructions, to be chosen by click or keyboard, with the findings at their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.reports.inspection_page.markup import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.inspection.records import FindingRow, Inspection, StageView

MOST_LINES = 4000
LONGEST_LINE = 600
MOST_BELOW = 3


class Block(Record):
    """Lines first to last; `step` is the number of the step that can be chosen there, None between instructions."""

    first: int
    last: int
    step: int | None = None
    keyword: str = ""


def numbered(inspection: Inspection) -> dict[int, int]:
    """First line of an instruction to the number of the first step that plays it, over all stages."""
    found: dict[int, int] = {}
    number = 0
    for stage in inspection.stages:
        for step in stage.steps:
            found.setdefault(step.line, number)
            number += 1
    return found


def source_list(inspection: Inspection) -> str:
    """The list of blocks."""
    lines = inspection.text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    below = _findings_below(inspection)
    starts = {stage.where.line: stage for stage in inspection.stages}
    parts = [
        f'<ol id="lines">{"".join(_block(b, lines, below, starts) for b in _blocks(inspection, len(lines)))}</ol>'
    ]
    if len(lines) > MOST_LINES:
        parts.append(f'<p class="quiet small">{len(lines) - MOST_LINES} more lines are not shown</p>')
    return "".join(parts)


def _blocks(inspection: Inspection, count: int) -> Iterator[Block]:
    ends = {step.line: step for stage in inspection.stages for step in stage.steps}
    steps = numbered(inspection)
    at = 1
    for line in sorted(ends):
        if line < at or line > min(count, MOST_LINES):
            continue
        if line > at:
            yield Block(at, line - 1)
        last = max(line, min(ends[line].end_line, count))
        yield Block(line, last, steps[line], ends[line].keyword)
        at = last + 1
    if at <= min(count, MOST_LINES):
        yield Block(at, min(count, MOST_LINES))


def _block(
    block: Block, lines: list[str], below: dict[int, list[FindingRow]], starts: dict[int, StageView]
) -> str:
    rows = []
    for number in range(block.first, block.last + 1):
        rows.append(_line(number, lines[number - 1], block))
        rows += [_finding(found) for found in below.get(number, ())]
    kind = "block" if block.step is None else "block ins"
    title = _stage_name(starts[block.first]) if block.first in starts else ""
    name = f' id="line-{block.first}"' if block.step is not None else ""
    return f'<li class="{kind}"{name}>{title}{"".join(rows)}</li>'


def _stage_name(stage: StageView) -> str:
    name = f" {stage.name}" if stage.name else ""
    return f'<h3 class="stage-name">{shown(f"Stage {stage.index}{name}")}</h3>'


def _line(number: int, text: str, block: Block) -> str:
    text = text.rstrip("\r")
    text = text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"
    is_first = number == block.first and block.step is not None
    if is_first:
        label = shown(f"Line {number}: {block.keyword}")
        gutter = (
            f'<button class="pick" type="button" tabindex="-1" data-step="{block.step}"'
            f' aria-label="{label}">{number}</button>'
        )
    else:
        gutter = f'<span class="no" aria-hidden="true">{number}</span>'
    is_comment = text.lstrip().startswith("#")
    length = len(block.keyword) if is_first and text.upper().startswith(block.keyword) else 0
    key = f'<span class="key">{shown(text[:length])}</span>' if length else ""
    kind = "row comment" if is_comment else "row"
    return f'<div class="{kind}">{gutter}<code>{key}{shown(text[length:])}</code></div>'


def _findings_below(inspection: Inspection) -> dict[int, list[FindingRow]]:
    found: dict[int, list[FindingRow]] = {}
    for row in inspection.findings:
        if row.where.path == inspection.path:
            line = min(row.end_line, row.where.line + MOST_BELOW)
            found.setdefault(line, []).append(row)
    return found


def _finding(row: FindingRow) -> str:
    advice = f'<span class="advice">{shown(row.advice)}</span>' if row.advice else ""
    head = shown(f"{row.severity} {row.rule}")
    return f'<p class="finding {row.severity}"><b>{head}</b> {shown(row.message)}{advice}</p>'

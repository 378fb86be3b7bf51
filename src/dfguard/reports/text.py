"""Report to text for people: findings with their source lines, the path of proof, and a last line that counts.

The door to rich, which is imported only when colour is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.reports.closing import found_text, last_line
from dfguard.reports.report import printable, shown_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.findings import Diagnostic
    from dfguard.core.source import Place
    from dfguard.lint import TargetReport
    from dfguard.reports.report import Report

Piece = tuple[str, str]
WIDEST_LINE = 160
MOST_LINES = 4


def render(report: Report, *, names_refusals: bool = True) -> str:
    """The report as plain text; without `names_refusals`, what could not be checked is only counted: it is said elsewhere."""
    return "".join(text for _, text in pieces(report, names_refusals=names_refusals))


def render_colour(report: Report, width: int | None = None, *, names_refusals: bool = True) -> str:
    """The report as text with terminal colours; the words are the same as in `render`."""
    return coloured(pieces(report, names_refusals=names_refusals), width)


def coloured(found: Iterable[Piece], width: int | None = None) -> str:
    """(rich style, text) pairs as text with terminal colours."""
    import io

    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=io.StringIO(), force_terminal=True, width=width or 10_000, highlight=False, soft_wrap=True
    )
    for style, text in found:
        console.print(Text(text, style=style), end="")
    shown = console.file
    return shown.getvalue() if isinstance(shown, io.StringIO) else ""


def pieces(report: Report, *, names_refusals: bool = True) -> Iterator[Piece]:
    """(rich style, text) pairs; the texts one after the other are the whole report."""
    yield from _findings(report)
    for line in report.refusal_lines() if names_refusals else ():
        yield "bold red", "not checked: "
        yield "", f"{line}\n"
    yield from _last_lines(report)


def _findings(report: Report) -> Iterator[Piece]:
    for target, found in report.shown():
        yield from _finding(found)
        if target.path != found.finding.place.path:
            yield "dim", f"  found while checking {printable(target.path)}\n"
        yield "", "\n"


def findings_text(report: Report) -> str:
    """The first part of `render`: what was found, without the refusals and the last lines."""
    return "".join(text for _, text in _findings(report))


def target_line(target: TargetReport) -> str:
    """What one target was checked as; stands before the last line when it is the only one."""
    return (
        f"{printable(target.path)}: build context {printable(target.context)}"
        f" ({printable(target.context_reason)});"
        f" runs on {printable(target.platform_title)} ({printable(target.platform_reason)})\n"
    )


_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}


def _finding(found: Diagnostic) -> Iterator[Piece]:
    place = found.finding.place
    line, column = place.source.position(place.span.start)
    yield "bold", f"{printable(place.path)}:{line}:{column}: "
    yield _STYLES[found.severity.value], found.severity.value
    maybe = "" if found.finding.certainty.value == "sure" else " (maybe)"
    yield "", f"{maybe} {found.rule} {found.name}: {printable(found.finding.message)}\n"
    yield from _excerpt(place)
    for note in found.finding.notes:
        start = note.place.source.position(note.place.span.start)
        yield "cyan", "  note: "
        yield "", f"{printable(note.place.path)}:{start[0]}:{start[1]}: {printable(note.message)}\n"
    if found.finding.fix:
        yield "green", "  fix: " if found.finding.fix.is_safe else "  suggested fix: "
        yield "", f"{printable(found.finding.fix.title)}\n"
    elif found.finding.advice:
        yield "green", "  to fix: "
        yield "", f"{printable(found.finding.advice)}\n"


def _excerpt(place: Place) -> Iterator[Piece]:
    """The lines of the place with carets below; long lines are cut around the first caret."""
    first, start = place.source.position(place.span.start)
    last, end = place.source.position(place.span.end)
    if last > first and end == 1:
        last, end = last - 1, len(place.source.line_text(last - 1)) + 1
    for number in range(first, min(last, first + MOST_LINES - 1) + 1):
        text = shown_line(place.source, number)
        low = start if number == first else len(text) - len(text.lstrip()) + 1
        high = end if number == last else len(text) + 1
        offset = max(0, low - WIDEST_LINE // 3) if len(text) > WIDEST_LINE else 0
        visible = text[offset : offset + WIDEST_LINE]
        before = printable(visible[: low - 1 - offset])
        marked = printable(visible[low - 1 - offset : max(high - 1, low) - offset])
        yield "blue", f"  {number:>4} | "
        yield "", f"{printable(visible)}\n"
        yield "blue", "       | "
        yield "bold", f"{' ' * len(before)}{'^' * max(1, len(marked))}\n"
    if last >= first + MOST_LINES:
        yield "blue", f"       | ... to line {last}\n"


def _last_lines(report: Report) -> Iterator[Piece]:
    if len(report.targets) == 1:
        yield "dim", target_line(report.targets[0])
    if left_out := report.left_out_text():
        yield "dim", f"left out: {left_out}\n"
    counts = report.counts()
    found, rest = last_line(counts, len(report.targets))
    is_clean = not found_text(counts) and report.targets and not report.refusals
    yield "bold green" if is_clean else "bold", found
    if report.refusals:
        yield "bold red", f"; not checked: {len(report.refusals)}"
    yield "", rest

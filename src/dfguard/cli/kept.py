"""The report on one target as plain values, for the result cache, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dfguard.core.findings import Aspect, Certainty, Diagnostic, Edit, Finding, Fix, Note, Severity
from dfguard.core.record import Record
from dfguard.core.source import Place, Source, Span
from dfguard.engine import Crash
from dfguard.lint import TargetReport
from dfguard.reports import text
from dfguard.reports.report import Report

if TYPE_CHECKING:
    from dfguard.cache import Plain

_CLASSES: dict[str, Any] = {
    c.__name__: c
    for c in (Aspect, Certainty, Diagnostic, Edit, Finding, Fix, Note, Place, Severity, Span, TargetReport)
}


def plain(report: TargetReport, level: Severity | None, maybe: bool) -> Plain:  # noqa: FBT001  a setting as it is
    """What is kept of a report, or handed over by a worker: the parts of the plain text report, ready to print, and the whole in one piece.

    The order of the first ones is that of `dfguard.cli.again.Kept`.
    """
    alone = Report((report,), (), maybe)
    sources: list[Source] = []
    coded = _coded(report, sources)
    return (
        text.findings_text(alone),
        text.target_line(report),
        tuple(alone.counts().items()),
        maybe,
        level.value if level else None,
        report.fails(level, maybe=maybe),
        (tuple((s.path, s.text) for s in sources), coded),
    )


def _coded(value: Any, sources: list[Source]) -> Any:
    if isinstance(value, Record):
        return [type(value).__name__, *(_coded(v, sources) for v in value._values(value))]  # type: ignore[attr-defined]  # noqa: SLF001
    if isinstance(value, tuple):
        return tuple(_coded(v, sources) for v in value)
    if isinstance(value, Source):
        if not any(value is known for known in sources):
            sources.append(value)
        return ["Source", next(at for at, known in enumerate(sources) if known is value)]
    if isinstance(value, Crash):
        return ["Crash", str(value)]
    if value is None or isinstance(value, str | int):
        return value
    return [type(value).__name__, value.value]


def revived(kept: Any) -> tuple[TargetReport, Severity | None, bool]:
    """What `plain` was made of; of a crash only its words."""
    _, _, _, maybe, level, _, (texts, coded) = kept
    sources = [Source(path, content) for path, content in texts]

    def walk(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(walk, value))
        if not isinstance(value, list):
            return value
        name, *fields = value
        if name == "Source":
            return sources[fields[0]]
        return _crash(*fields) if name == "Crash" else _CLASSES[name](*map(walk, fields))

    return walk(coded), Severity(level) if level else None, maybe


def _crash(text: str) -> Crash:
    crash = Crash("", RuntimeError(text))
    crash.args = (text,)
    return crash

"""All that a check module may import: the rule decorator, examples, facts, findings and the data types of facts."""

from __future__ import annotations

from dfguard.checks.rule import Bad, Good, Rule, declare, rule
from dfguard.core.findings import Certainty, Edit, Finding, Fix, Note, Severity
from dfguard.core.source import Place, Span, Text
from dfguard.facts import Facts
from dfguard.interp.state import (
    CommandRun,
    CopySource,
    Entry,
    EntryKind,
    Failure,
    Load,
    Moment,
    MountKind,
    Presence,
    RunMount,
    Step,
    Write,
)
from dfguard.interp.values import Binding, Known, OneOf, Unknown, Value, described, known, texts_of
from dfguard.syntax.document import FaultKind

__all__ = [
    "Bad",
    "Binding",
    "Certainty",
    "CommandRun",
    "CopySource",
    "Edit",
    "Entry",
    "EntryKind",
    "Facts",
    "Failure",
    "FaultKind",
    "Finding",
    "Fix",
    "Good",
    "Known",
    "Load",
    "Moment",
    "MountKind",
    "Note",
    "OneOf",
    "Place",
    "Presence",
    "Rule",
    "RunMount",
    "Severity",
    "Span",
    "Step",
    "Text",
    "Unknown",
    "Value",
    "Write",
    "declare",
    "described",
    "known",
    "rule",
    "texts_of",
]

"""All that a check module may import: the rule decorator, examples, facts, findings and the data types of facts."""

from __future__ import annotations

from dfguard.analysis.arguments.undeclared import Undeclared
from dfguard.analysis.secrets.piped_code import PipedCode
from dfguard.analysis.text.outline import Section, Site
from dfguard.analysis.text.unnoticed_failures import Unnoticed
from dfguard.checks.rule import Bad, Good, Rule, declare, rule
from dfguard.core.findings import Aspect, Certainty, Edit, Finding, Fix, Note, Severity
from dfguard.core.nearest import nearest
from dfguard.core.numbers import is_index, is_number
from dfguard.core.record import Record, replace
from dfguard.core.source import Place, Span, Text
from dfguard.facts import Facts
from dfguard.interp.build.bases import PLATFORM_ARGUMENTS
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.state.model import (
    CommandRun,
    CopySource,
    Failure,
    Lack,
    Load,
    Moment,
    MountKind,
    RunMount,
    Step,
    Write,
)
from dfguard.interp.values import Binding, Known, OneOf, Unknown, Value, described, known, texts_of
from dfguard.syntax.dockerfile.document import Fault, FaultKind, Instruction, Pair
from dfguard.syntax.dockerfile.flags import mount_origins, mount_targets
from dfguard.syntax.shell.calls import Call, words_after

__all__ = [
    "PLATFORM_ARGUMENTS",
    "Aspect",
    "Bad",
    "Binding",
    "Call",
    "Certainty",
    "CommandRun",
    "CopySource",
    "Edit",
    "Entry",
    "EntryKind",
    "Facts",
    "Failure",
    "Fault",
    "FaultKind",
    "Finding",
    "Fix",
    "Good",
    "Instruction",
    "Known",
    "Lack",
    "Load",
    "Moment",
    "MountKind",
    "Note",
    "OneOf",
    "Pair",
    "PipedCode",
    "Place",
    "Presence",
    "Record",
    "Rule",
    "RunMount",
    "Section",
    "Severity",
    "Site",
    "Span",
    "Step",
    "Text",
    "Undeclared",
    "Unknown",
    "Unnoticed",
    "Value",
    "Write",
    "declare",
    "described",
    "is_index",
    "is_number",
    "known",
    "mount_origins",
    "mount_targets",
    "nearest",
    "replace",
    "rule",
    "texts_of",
    "words_after",
]

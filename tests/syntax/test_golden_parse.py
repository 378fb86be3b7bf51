"""The scanner against what BuildKit's own parser made of the same files (fixtures/golden/golden_parse.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dfguard.core.source import Source
from dfguard.syntax.dockerfile.document import KEYWORDS, Document, FaultKind, Instruction
from dfguard.syntax.dockerfile.parser import parse

GOLDEN: dict[str, dict[str, Any]] = json.loads(Path("fixtures/golden/golden_parse.json").read_text("utf-8"))


def shown(text: str) -> str:
    """As BuildKit prints it: what is not UTF-8 becomes U+FFFD."""
    return "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in text)


def arguments(instruction: Instruction) -> list[str]:
    if instruction.keyword not in KEYWORDS:
        return [""]
    if instruction.keyword in {"ENV", "LABEL"}:
        return [
            part
            for pair in instruction.pairs
            for part in (str(pair.key), str(pair.value or ""), "" if pair.is_legacy else "=")
        ]
    if instruction.keyword == "ONBUILD":
        return []
    return [shown(argument.value) for argument in instruction.arguments]


def node(instruction: Instruction, *, is_trigger: bool = False) -> dict[str, Any]:
    source = instruction.source
    heredocs = [
        {
            "Name": heredoc.name,
            "FD": heredoc.descriptor,
            "Expand": heredoc.expands,
            "Chomp": heredoc.strips_tabs,
            "Content": heredoc.body.value,
        }
        for heredoc in instruction.heredocs
    ]
    return {
        "Value": instruction.keyword_text.value,
        "Original": shown(instruction.original.value),
        "Start": 0 if is_trigger else instruction.line,
        "End": 0 if is_trigger else source.line_of(instruction.span.end),
        "Flags": [flag.text.value for flag in instruction.flags],
        "Args": arguments(instruction),
        "JSON": instruction.is_json,
        "Heredocs": [] if is_trigger else heredocs,
        "Sub": node(instruction.trigger, is_trigger=True) if instruction.trigger else None,
        "Comments": [shown(comment.text.value.strip()) for comment in instruction.comments],
    }


def golden_node(given: dict[str, Any]) -> dict[str, Any]:
    lists = {name: given[name] or [] for name in ("Flags", "Args", "Heredocs", "Comments")}
    return {**given, **lists, "Sub": golden_node(given["Sub"]) if given["Sub"] else None}


def nodes(document: Document) -> list[Instruction]:
    return sorted([*document.instructions, *document.unknown], key=lambda i: i.span.start)


@pytest.mark.parametrize("case", GOLDEN)
def test_agrees_with_buildkit_node_by_node(case: str) -> None:
    given, expected = GOLDEN[case]["dockerfile"], GOLDEN[case]["buildkit"]
    document = parse(Source.decode("Dockerfile", given.encode("utf-8", "surrogateescape")))
    stops = [fault for fault in document.faults if fault.kind is not FaultKind.UNKNOWN_INSTRUCTION]
    assert bool(stops) == bool(expected["Err"])
    if expected["Err"]:
        return
    assert document.escape == expected["Escape"]
    assert [node(i) for i in nodes(document)] == [golden_node(n) for n in expected["Nodes"]]
    assert sum(bool(i.blank_lines) for i in nodes(document)) == expected["Warnings"]


def test_holds_every_case() -> None:
    assert len(GOLDEN) == 52

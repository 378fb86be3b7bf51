"""Fixtures carry their expectations: `# expect: RULE severity, ...` above an instruction, and nothing else is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dfguard.config.settings import Settings
from dfguard.discover.targets import Found, target_of
from dfguard.lint import check_target
from dfguard.syntax.dockerfile.parser import parse

ROOT = Path(__file__).parent.parent / "fixtures"
FILES = sorted((ROOT / "origin").rglob("Dockerfile*"))
SELECTED = ("DFG0", "DFG1", "DFG2", "DFG3", "DFG4", "DFG5", "DFG6")


def _expected(path: Path) -> set[tuple[str, str, int]]:
    document = parse(target_of(Found(str(path), str(path)), Settings()).source)
    expected = set()
    for instruction in document.instructions:
        for comment in instruction.comments:
            text = comment.text.value.strip()
            for rule, severity in re.findall(r"(DFG\d+) (\w+)", text) if text.startswith("expect:") else ():
                expected.add((rule, severity, instruction.line))
    return expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_fixture_gives_exactly_what_it_expects(path: Path) -> None:
    target = target_of(Found(str(path), str(path)), Settings())
    report = check_target(target, Settings(select=SELECTED))
    lines = {i.line: i for i in parse(target.source).instructions}
    found = set()
    for diagnostic in report.shown(maybe=False):
        span = diagnostic.span
        line = next(n for n, i in lines.items() if i.span.start <= span.start < i.span.end)
        found.add((diagnostic.rule, diagnostic.severity.value, line))
    assert found == _expected(path)

"""A simple text leads through few modules: each is one that a reader has to open."""

from __future__ import annotations

from dfguard.checks.registry import find
from dfguard.testing import findings
from walks import HANDLER, SERVED, handler, mkdir

MOST_FOR_MKDIR = 70
MOST_FOR_A_HANDLER = 29


def test_from_and_run_mkdir_with_one_rule() -> None:
    found = mkdir()
    assert "interp/shell/commands/files/making.py" in found
    assert len(found) <= MOST_FOR_MKDIR, sorted(found)


def test_a_handler_of_eight_lines_to_its_finding() -> None:
    found = handler()
    assert {
        "syntax/python/reader.py",
        "interp/loads/python_calls.py",
        "checks/models/load_in_handler.py",
    } <= found
    assert len(found) <= MOST_FOR_A_HANDLER, sorted(found)


def test_the_handler_has_the_finding() -> None:
    (rule,) = find("DFG304")
    (found,) = findings(rule, SERVED, {"handler.py": HANDLER}, "Dockerfile", {})
    assert found.finding.place.path == "handler.py"

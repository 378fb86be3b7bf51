"""Formats: contracts, schemas, and nothing from a file reaches a terminal or a workflow raw."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from dfguard.core.findings import Certainty, Diagnostic, Edit, Finding, Fix, Note, Severity
from dfguard.core.source import Place, Source, Span
from dfguard.lint import TargetReport
from dfguard.reports import github, json_report, sarif, text
from dfguard.reports.report import LeftOut, Refusal, Report, printable
from dfguard.reports.schema import report_schema

SOURCE = Source("docker/Dockerfile", 'FROM a\nRUN echo "x" \\\n  && false\nCMD ["\x1b[31m::error::"]\n')
OTHER = Source("handler.py", "import runpod\n")


def _diagnostic(span: tuple[int, int], message: str = "it is so", **changes: object) -> Diagnostic:
    finding = Finding(
        Place(SOURCE, Span(*span)),
        message,
        notes=(Note(Place(OTHER, Span(0, 6)), "loaded here"),),
        fix=Fix("drop it", (Edit(Place(SOURCE, Span(0, 4)), "from"),), is_safe=True),
    )
    kwargs: dict[str, object] = {
        "rule": "DFG101",
        "name": "flattened-compound-statement",
        "aliases": (),
        "severity": Severity.ERROR,
        "finding": finding,
    }
    return Diagnostic(**{**kwargs, **changes})  # type: ignore[arg-type]


def _report(*diagnostics: Diagnostic, maybe: bool = False) -> Report:
    target = TargetReport(
        "docker/Dockerfile", "docker", "its folder", "docker", "Docker", "--platform", diagnostics
    )
    return Report((target,), (Refusal("gone", "no such file"),), maybe)


HOSTILE = _diagnostic((40, 48), "a\x1b]0;title\x07\u202eb\n::set-output name=x::y%0A\ud800")


def test_json_follows_its_schema_and_counts_what_is_hidden() -> None:
    unsure = _diagnostic(
        (0, 4), finding=Finding(Place(SOURCE, Span(0, 4)), "perhaps", certainty=Certainty.MAYBE)
    )
    ignored = _diagnostic((0, 4), ignored_by=Place(SOURCE, Span(0, 1)))
    document = json.loads(json_report.render(_report(_diagnostic((11, 25)), unsure, ignored, HOSTILE)))
    jsonschema.validate(document, report_schema())
    assert document["summary"] == {
        "error": 2,
        "warning": 0,
        "info": 0,
        "hidden": {"maybe": 1, "suppressed": 1},
    }
    first = document["findings"][0]
    assert first["range"] == {"start": {"line": 2, "column": 5}, "end": {"line": 3, "column": 4}}
    assert first["notes"][0]["path"] == "handler.py"
    assert first["fix"] == {
        "title": "drop it",
        "safe": True,
        "edits": [
            {
                "path": "docker/Dockerfile",
                "range": {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 5}},
                "text": "from",
            }
        ],
    }


@pytest.mark.parametrize("render", [text.render, text.render_colour], ids=["plain", "colour"])
def test_text_never_passes_control_characters_on(render: object) -> None:
    assert callable(render)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", render(_report(HOSTILE, _diagnostic((36, 60)))))
    assert not set(shown) & set("\x1b\x07\u202e\ud800")
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_text_marks_the_lines_and_counts() -> None:
    shown = text.render(_report(_diagnostic((11, 34))))
    assert "docker/Dockerfile:2:5: error DFG101 flattened-compound-statement: it is so" in shown
    assert '     2 | RUN echo "x" \\\n       |     ^^^^^^^^^^' in shown
    assert "  note: handler.py:1:1: loaded here" in shown
    assert shown.endswith("1 error in 1 file; not checked: 1\n")
    assert shown.count("not checked: ") == 2
    elsewhere = text.render(_report(_diagnostic((11, 34))), names_refusals=False)
    assert elsewhere.count("not checked: ") == 1


def test_a_reason_is_said_once_and_what_was_left_out_is_counted() -> None:
    refusals = (
        *(Refusal(f"{n}/Dockerfile", "there is no stage 'x'") for n in range(5)),
        Refusal("b", "gone"),
    )
    left_out = (LeftOut("a", "template"), LeftOut("b", "link"), LeftOut("c", "template"))
    report = Report((), refusals, left_out=left_out)
    assert list(report.refusal_lines()) == [
        "0/Dockerfile, 1/Dockerfile, 2/Dockerfile and 2 more: there is no stage 'x'",
        "b: gone",
    ]
    assert text.render(report).endswith(
        "left out: 2 templates, 1 link\nno file was checked; not checked: 6\n"
    )
    assert json.loads(json_report.render(report))["left_out"][1] == {"path": "b", "reason": "link"}
    (note,) = [
        n
        for n in json.loads(sarif.render(report))["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        if n["level"] == "note"
    ]
    assert note["message"]["text"] == "left out: 2 templates, 1 link"
    assert github.render(report).endswith("::notice::left out: 2 templates, 1 link\n")


def test_annotations_are_one_command_a_finding_whatever_the_file_says() -> None:
    lines = github.render(_report(HOSTILE, _diagnostic((11, 25)))).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("::error file=") for line in lines)
    assert "%0A" in lines[0]
    assert "%250A" in lines[0]
    assert "\n::set-output" not in lines[0]
    assert not set(lines[0]) & set("\x1b\x07\u202e")


def test_sarif_has_related_locations_fixes_and_suppressions() -> None:
    log = json.loads(
        sarif.render(
            _report(_diagnostic((11, 25)), _diagnostic((0, 4), ignored_by=Place(SOURCE, Span(0, 1))))
        )
    )
    first, second = log["runs"][0]["results"]
    assert first["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "handler.py"
    assert first["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 5,
        "endLine": 3,
        "endColumn": 4,
    }
    assert first["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "from"}
    assert second["suppressions"][0]["kind"] == "inSource"
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("plain é", "plain é", id="printable"),
        pytest.param("a\tb", "a b", id="tab"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="escape"),
        pytest.param("\u2028\u202e", "\\u2028\\u202e", id="line separator and override"),
        pytest.param("\udcff", "\\udcff", id="undecodable byte"),
    ],
)
def test_printable(raw: str, shown: str) -> None:
    assert printable(raw) == shown

"""The scanner: faults at their places, and what is read all the same."""

from __future__ import annotations

import pytest

from dfguard.core.source import Source, Span
from dfguard.syntax.dockerfile.document import Document, FaultKind
from dfguard.syntax.dockerfile.parser import parse
from dfguard.testing import unmark


def read(text: str) -> Document:
    return parse(Source("Dockerfile", text))


def spans(document: Document) -> list[tuple[int, int]]:
    return [(fault.place.span.start, fault.place.span.end) for fault in document.faults]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        pytest.param(
            "FROM a\n«RNU» x\n", FaultKind.UNKNOWN_INSTRUCTION, "RNU is no instruction", id="misspelt"
        ),
        pytest.param(
            "FROM a\nCOPY «--chmood=7» a b\n", FaultKind.UNKNOWN_FLAG, "COPY has no flag --chmood", id="flag"
        ),
        pytest.param(
            "FROM a\nCMD «--help»\n",
            FaultKind.UNKNOWN_FLAG,
            "CMD has no flag --help",
            id="program's own flag",
        ),
        pytest.param(
            "FROM a\nCOPY «--from» a b\n", FaultKind.PARSE, "--from needs a value", id="flag without value"
        ),
        pytest.param(
            "FROM a\nCOPY --link «--link=false» a b\n",
            FaultKind.PARSE,
            "--link is given twice",
            id="flag twice",
        ),
        pytest.param(
            "FROM a\nCOPY «--link=yes» a b\n",
            FaultKind.PARSE,
            "--link is true or false, not yes",
            id="boolean flag",
        ),
        pytest.param(
            "FROM a\nRUN «--network=hots» x\n",
            FaultKind.PARSE,
            "--network is one of default, none, host, not hots",
            id="flag with choices",
        ),
        pytest.param(
            "FROM a\nHEALTHCHECK --interval=«5» CMD x\n",
            FaultKind.PARSE,
            "--interval is a duration like 30s or 1m30s, not 5",
            id="duration without unit",
        ),
        pytest.param(
            "FROM a\nHEALTHCHECK --timeout=«10us» CMD x\n",
            FaultKind.PARSE,
            "--timeout is at least 1ms, not 10us",
            id="duration too short",
        ),
        pytest.param("FROM a\n«ENV»\n", FaultKind.PARSE, "ENV needs at least one argument", id="no argument"),
        pytest.param(
            "FROM a\nENV «A»\n", FaultKind.PARSE, "ENV needs a name and a value", id="env without value"
        ),
        pytest.param(
            "FROM a\nENV A=1 «B» C=2\n",
            FaultKind.PARSE,
            "B has no = and is neither a name nor a value",
            id="env word",
        ),
        pytest.param("FROM a\nENV «=x»\n", FaultKind.PARSE, "a name of ENV is empty", id="env without name"),
        pytest.param(
            "FROM a\nARG A «=x»\n", FaultKind.PARSE, "a name of ARG is empty", id="arg without name"
        ),
        pytest.param(
            "FROM a\nCOPY «x»\n", FaultKind.PARSE, "COPY needs a source and a destination", id="copy of one"
        ),
        pytest.param(
            "FROM a\n«COPY»\n", FaultKind.PARSE, "COPY needs a source and a destination", id="copy of none"
        ),
        pytest.param(
            "FROM a\nCOPY x «<<EOF»\nEOF\n",
            FaultKind.PARSE,
            "the destination of COPY cannot be a heredoc",
            id="copy to",
        ),
        pytest.param(
            "FROM «a b»\n",
            FaultKind.PARSE,
            "FROM takes an image, or an image, AS and a name",
            id="from two words",
        ),
        pytest.param(
            "FROM a AS «1x»\n",
            FaultKind.PARSE,
            "1x is no stage name: letters, digits, - _ and . with a letter first",
            id="stage name",
        ),
        pytest.param(
            'FROM a\nCMD «["a", 1]»\n', FaultKind.PARSE, "the JSON form holds strings only", id="json number"
        ),
        pytest.param(
            "FROM a\nSHELL «bash -c»\n",
            FaultKind.PARSE,
            'SHELL is written in the JSON form, like ["/bin/bash", "-c"]',
            id="shell not json",
        ),
        pytest.param(
            "FROM a\nHEALTHCHECK «CURL» x\n",
            FaultKind.PARSE,
            "HEALTHCHECK takes CMD or NONE, not CURL",
            id="health",
        ),
        pytest.param(
            "FROM a\nONBUILD «FROM» x\n",
            FaultKind.PARSE,
            "FROM cannot be an ONBUILD trigger",
            id="trigger FROM",
        ),
        pytest.param(
            "FROM a\nRUN cat «<<EOF»\nx\n",
            FaultKind.PARSE,
            "the heredoc EOF is not terminated",
            id="open heredoc",
        ),
        pytest.param(
            "# escape=/\n".replace("/", "«/»") + "FROM a\n",
            FaultKind.PARSE,
            "the escape character can be \\ or `, not /",
            id="escape directive",
        ),
        pytest.param(
            "# escape=`\n«# escape=\\»\nFROM a\n",
            FaultKind.PARSE,
            "only one escape parser directive can be used",
            id="directive twice",
        ),
        pytest.param(
            "# check=«skop=all»\nFROM a\n",
            FaultKind.PARSE,
            "unknown check option skop: skip, error and experimental exist",
            id="check option",
        ),
        pytest.param("«»", FaultKind.PARSE, "the file has no instructions", id="empty file"),
        pytest.param(
            "«»\n# only a comment\n", FaultKind.PARSE, "the file has no instructions", id="comments alone"
        ),
        pytest.param("«RUN» x\nRUN y\n", FaultKind.NO_STAGE, "the file has no FROM", id="fragment"),
        pytest.param(
            "ARG A\n«RUN» x\nFROM a\n", FaultKind.PARSE, "RUN stands before the first FROM", id="stray"
        ),
    ],
)
def test_fault_stands_where_it_is(text: str, kind: FaultKind, message: str) -> None:
    source, marks = unmark(text)
    document = read(source)
    assert [(fault.kind, fault.message) for fault in document.faults] == [(kind, message)]
    assert spans(document) == list(marks)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("FROM a\nRUN\n", id="RUN of nothing runs the shell on nothing"),
        pytest.param("FROM a\nCMD []\n", id="CMD of nothing"),
        pytest.param("FROM a\nCMD ['x']\n", id="JSON with single quotes is shell form"),
        pytest.param('FROM a\nCMD ["a", $B]\n', id="JSON with a variable is shell form"),
        pytest.param("FROM a\nHEALTHCHECK --interval=5 NONE\n", id="flags of NONE are not read"),
        pytest.param("FROM a\nARG --x A\n", id="flags of ARG are not read"),
        pytest.param("FROM a\nONBUILD COPY --bad a b\n", id="a trigger is read by the build that runs it"),
        pytest.param("FROM a\nONBUILD NOPE\n", id="an unknown trigger, too"),
        pytest.param("ARG A\nFROM a\n", id="ARG before FROM"),
        pytest.param("FROM a\nRUN a && \\\n", id="continuation at the end"),
        pytest.param("FROM a\nRUN echo $((1<<2)) <<<x\n", id="shifts and here-strings are no heredocs"),
        pytest.param(
            "FROM a\nRUN echo ${x^^} <<EOF\nRUN y\n", id="what BuildKit's lexer refuses has no heredocs"
        ),
        pytest.param(
            "FROM a\nRUN echo don't\nRUN y\n", id="an open quote before a real instruction is the shell's"
        ),
        pytest.param("from a\nrun echo don't\nrun y\n", id="and in lower case"),
    ],
)
def test_what_buildkit_reads_has_no_fault(text: str) -> None:
    assert read(text).faults == ()


def test_reads_on_after_every_fault() -> None:
    document = read("FROM a\nRNU x\nCOPY x\nCMD [1]\nRUN y\n")
    assert [i.keyword for i in document.instructions] == ["FROM", "COPY", "CMD", "RUN"]
    assert [i.keyword for i in document.unknown] == ["RNU"]
    assert [bool(i.faults) for i in document.instructions] == [False, True, True, False]
    assert document.faults[0].suggestion == "RUN"


def test_unterminated_heredoc_ends_where_it_was_probably_meant_to() -> None:
    document = read("FROM a\nRUN cat <<EOF\nx\n  EOF\nRUN y\n")
    (fault,) = document.faults
    assert fault.extent is not None
    assert fault.extent.text == "  EOF"
    assert [i.rest.value for i in document.instructions] == ["a", "cat <<EOF", "y"]
    assert document.instructions[1].heredocs[0].body.value == "x\n"
    cut = read("FROM a\nRUN cat <<EOF\nx\nRUN y\n")
    assert [i.rest.value for i in cut.instructions] == ["a", "cat <<EOF", "y"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(
            "# syntax=a\n# escape=`\n# check=skip=all\nFROM a\n", ["syntax", "escape", "check"], id="all"
        ),
        pytest.param("#  SYNTAX = a b \nFROM a\n", ["syntax"], id="case and blanks"),
        pytest.param("# hello\n# syntax=a\nFROM a\n", [], id="not after a comment"),
        pytest.param("\n# syntax=a\nFROM a\n", [], id="not after a blank line"),
        pytest.param("#!/bin/x\n# syntax=a\n# escape=`\nFROM a\n", ["syntax"], id="after a shebang"),
        pytest.param("\ufeff# syntax=a\nFROM a\n", ["syntax"], id="after a byte order mark"),
        pytest.param('{"syntax": "a"}', ["syntax"], id="JSON"),
    ],
)
def test_directives(text: str, names: list[str]) -> None:
    assert [directive.name for directive in read(text).directives] == names


def test_directive_value_has_its_place() -> None:
    text, (mark,) = unmark("\ufeff#  syntax = «a b» \nFROM a\n")
    (directive,) = read(text).directives
    assert directive.value.value == "a b"
    assert directive.value.span() == Span(*mark)


def test_flags_lose_quotes_and_escapes_but_not_their_place() -> None:
    text, (mark,) = unmark('FROM a\nCOPY --chown="a b":c\\ d «--from=x» -- --y /z\n')
    copy = read(text).instructions[1]
    assert [(f.name, f.value and f.value.value) for f in copy.flags] == [("chown", "a b:c d"), ("from", "x")]
    assert copy.flags[1].text.span() == Span(*mark)
    assert [a.value for a in copy.arguments] == ["--y", "/z"]


def test_json_strings_are_cooked_and_keep_their_place() -> None:
    text, (mark,) = unmark('FROM a\nCMD ["a", "«\\u00e9\\ud83d\\ude00»", "\\"c\\n"]\n')
    command = read(text).instructions[1]
    assert [a.value for a in command.arguments] == ["a", "é\U0001f600", '"c\n']
    assert command.is_json
    first = command.arguments[1].span(0, 1)
    assert first.start == mark[0]


def test_stages_and_preamble() -> None:
    document = read("ARG V=1\nFROM a:$V AS One\nRUN x\nFROM one\nFROM\n")
    assert [i.keyword for i in document.preamble] == ["ARG"]
    assert [(s.index, s.name, s.base.value, len(s.instructions)) for s in document.stages] == [
        (0, "one", "a:$V", 2),
        (1, None, "one", 1),
        (2, None, "", 1),
    ]


def test_comments_above_reach_over_blank_lines_and_stop_at_an_empty_one() -> None:
    document = read("# a\n#\n# b\n\n  # c\nFROM a\nRUN x \\\n # in\n y\n")
    assert [c.text.value.strip() for c in document.instructions[0].comments] == ["b", "c"]
    assert [c.text.value.strip() for c in document.comments] == ["a", "", "b", "c", "in"]

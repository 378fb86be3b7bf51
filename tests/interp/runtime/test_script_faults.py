"""Scripts of the image to what keeps them from running."""

import pytest

from dfguard.core.source import Source, Span
from dfguard.interp.runtime.script_faults import dialect_of_content, escaped_quotes, lost_lines, syntax_faults
from dfguard.syntax.shell.nodes import Dialect


def faults(text: str, dialect: Dialect = Dialect.BASH) -> list[tuple[str, str]]:
    """(what stands at the place, the message behind the colon) of each fault."""
    source = Source("start.sh", text)
    found = syntax_faults(source.text_of(Span(0, len(text))), dialect)
    return [(fault.place.text, fault.message.rpartition(": ")[2]) for fault in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "set -e\nif true; then\n  echo a\n", [("if", "this `if` has no `fi`")], id="if without fi"
        ),
        pytest.param("for a in 1; do echo; fi\n", [("for", "this `for` has no `done`")], id="crossed"),
        pytest.param("echo a\nfi\n", [("fi", "`fi` closes nothing")], id="fi alone"),
        pytest.param("echo 'a\n", [("'", "a single quote is not closed")], id="open quote"),
        pytest.param("echo a $(ls\n", [("$", "a $( is not closed")], id="open substitution"),
    ],
)
def test_what_no_shell_reads_is_found_at_its_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert faults(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("if [[ ! ( -v A || -v B )]]; then echo; fi\n", id="brackets that touch"),
        pytest.param("echo if for case fi\n", id="words that are arguments"),
        pytest.param("cat <<EOF\nif 'open\nEOF\n", id="text of a here-document"),
        pytest.param("case $1 in a) echo ;; *) exit ;; esac\n", id="patterns"),
        pytest.param("f() { echo it\\'s; }\n# don't\nf\n", id="a quote in a comment"),
        pytest.param("echo hi\r\n# then\r\n", id="carriage returns without compound commands"),
        pytest.param("", id="nothing"),
    ],
)
def test_legal_scripts_are_left_alone(text: str) -> None:
    assert faults(text) == []


def test_windows_line_endings_hide_reserved_words() -> None:
    found = faults("#!/bin/bash\r\nif true\r\nthen\r\n  echo\r\nfi\r\n")
    assert [place for place, _ in found] == ["\r"]
    assert "carriage return" in found[0][1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param('[ -d \\"/x\\" ] && cd \\"/y\\"\n', ['\\"/x\\"', '\\"/y\\"'], id="test and path"),
        pytest.param('A=\\"b\\"\n', ['\\"b\\"'], id="assignment"),
        pytest.param('echo \\"hello\\"\n', [], id="echo may print quotes"),
        pytest.param('cd "\\"/x\\""\n', [], id="inside quotes"),
        pytest.param('[ -d "/x" ]\n', [], id="plain quotes"),
        pytest.param('curl -d \\"{}\\" http://x\n', [], id="another program may want them"),
    ],
)
def test_quotes_that_were_escaped_once_too_often(text: str, words: list[str]) -> None:
    source = Source("start.sh", text)
    found = escaped_quotes(source.text_of(Span(0, len(text))), Dialect.POSIX)
    assert [fault.place.text for fault in found] == words


@pytest.mark.parametrize(
    ("text", "program", "dialect"),
    [
        pytest.param("#!/bin/bash\n", "", Dialect.BASH, id="shebang"),
        pytest.param("#!/usr/bin/env python3\n", "", Dialect.OTHER, id="not a shell"),
        pytest.param("echo\n", "", Dialect.POSIX, id="none"),
        pytest.param("#!/bin/bash\n", "sh", Dialect.POSIX, id="the shell that is named wins"),
    ],
)
def test_who_reads_the_script(text: str, program: str, dialect: Dialect) -> None:
    source = Source("start.sh", text)
    assert dialect_of_content(source.text_of(Span(0, len(text))), program) is dialect


def test_a_line_that_lost_its_redirection() -> None:
    place = Source("Dockerfile", "x").text_of(Span(0, 1)).place()
    chain = [
        ("/s", "set -e", place, "echo"),
        ("", "python3 /setup.py", place, "echo"),
        ("/s", "fi", place, "echo"),
    ]
    message = [chain[0], ("", "Setting up things", place, "echo"), chain[2]]
    other = [chain[0], chain[1], ("/t", "fi", place, "echo")]
    assert list(lost_lines(chain)) == [place]
    assert list(lost_lines(message)) == []
    assert list(lost_lines(other)) == []

"""Instructions to the scripts a shell is given for them."""

from __future__ import annotations

import pytest

from dfguard.core.source import Source
from dfguard.syntax import shell
from dfguard.syntax.dockerfile import parser
from dfguard.syntax.shell.nodes import Dialect
from outlines import outline

SH = ("/bin/sh", "-c")
BASH = ("/bin/bash", "-o", "pipefail", "-c")


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        pytest.param("RUN a && \\\n # x\n b", SH, "{(&& [a] [b])}", id="shell form"),
        pytest.param("RUN --mount=type=cache,target=/x a", SH, "{[a]}", id="flags are not of the script"),
        pytest.param('RUN ["a", "$B", "c;d"]', SH, "{[a $B c;d]}", id="exec form"),
        pytest.param('RUN ["a", $B]', SH, '{[["a", $B]]}', id="an exec form that is none"),
        pytest.param("CMD []", SH, "{}", id="empty exec form"),
        pytest.param("CMD a {b,c}", BASH, "{[a {b,c} {b,c}]}", id="CMD in bash"),
        pytest.param("ENTRYPOINT exec a", SH, "{[exec a]}", id="ENTRYPOINT"),
        pytest.param("HEALTHCHECK --timeout=1s CMD a || b", SH, "{(|| [a] [b])}", id="HEALTHCHECK"),
        pytest.param('HEALTHCHECK CMD ["a", "b"]', SH, "{[a b]}", id="HEALTHCHECK in exec form"),
        pytest.param("HEALTHCHECK NONE", SH, None, id="no HEALTHCHECK"),
        pytest.param("ONBUILD RUN a; b", SH, "{[a] [b]}", id="ONBUILD"),
        pytest.param("RUN <<EOF\na\nb\nEOF", SH, "{[a] [b]}", id="a here-document alone"),
        pytest.param("RUN <<-'EOF'\n\ta $B\n\tEOF", SH, "{[a $B]}", id="quotes mean nothing then"),
        pytest.param("RUN <<EOF\n#!/bin/bash -e\na {b,c}\nEOF", SH, "{[a {b,c} {b,c}]}", id="with a #! line of bash"),
        pytest.param("RUN a <<EOF && b\nc\nEOF", SH, "{(&& [a <<EOF'c\\n'] [b])}", id="a here-document in a command"),
        pytest.param('RUN <<A cat >x && <<-"B" b\na\nA\n\tc\n\tB', SH, "{(&& [cat <<A'a\\n' >x] [b <<-\"B\"'c\\n'])}", id="two of them"),
        pytest.param("ONBUILD RUN <<EOF\na\nEOF", SH, "{[a]}", id="a here-document of ONBUILD"),
        pytest.param("COPY a b", SH, None, id="COPY runs nothing"),
        pytest.param("ENV a=b", SH, None, id="ENV runs nothing"),
    ],
)  # fmt: skip
def test_an_instruction_has_the_script_that_is_run(
    text: str, words: tuple[str, ...], expected: str | None
) -> None:
    (instruction,) = parser.parse(Source("Dockerfile", text)).instructions
    script = shell.run_script(instruction, words)
    assert (script and outline(script.body)) == expected


@pytest.mark.parametrize(
    ("text", "words", "interpreter"),
    [
        pytest.param("RUN a", ("powershell", "-Command"), "powershell", id="PowerShell"),
        pytest.param("RUN a", ("cmd", "/S", "/C"), "cmd", id="cmd"),
        pytest.param("RUN a", ("/usr/bin/python3", "-u", "-c"), "/usr/bin/python3", id="Python"),
        pytest.param("RUN <<EOF\n#!/usr/bin/env -S python3 -u\na\nEOF", SH, "python3", id="a #! line"),
    ],
)
def test_a_script_for_another_program_names_it(text: str, words: tuple[str, ...], interpreter: str) -> None:
    (instruction,) = parser.parse(Source("Dockerfile", text)).instructions
    script = shell.run_script(instruction, words)
    assert script is not None
    assert script.dialect is Dialect.OTHER
    assert script.interpreter == interpreter


def test_the_dialect_can_be_overruled() -> None:
    (instruction,) = parser.parse(Source("Dockerfile", "RUN a {b,c}")).instructions
    script = shell.run_script(instruction, SH, dialect=Dialect.BASH)
    assert script is not None
    assert outline(script.body) == "{[a {b,c} {b,c}]}"

"""The laws of the scanner, on any text, and its time and limits."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.core.source import Source
from dfguard.syntax.dockerfile.document import KEYWORDS, Document
from dfguard.syntax.dockerfile.lines import SPACE
from dfguard.syntax.dockerfile.parser import parse


def read(text: str) -> Document:
    return parse(Source("Dockerfile", text))


def test_line_over_the_limit_is_a_fault_and_the_rest_is_read() -> None:
    start = time.process_time()
    document = read(f"FROM a\nRUN {'x' * 10_000_000}\nRUN y\n")
    assert [f.message for f in document.faults] == [
        "the line is longer than the 65,535 bytes that BuildKit reads"
    ]
    assert [i.rest.value for i in document.instructions] == ["a", "y"]
    assert read(f"FROM a\nRUN {'x' * (65_535 - 4)}\n").faults == ()
    assert read(f"FROM a\nRUN {'é' * 33_000}\n").faults != ()
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("RUN a\\\n" * 100_000, id="one instruction of 100,000 lines"),
        pytest.param("FROM a\n" + "RUN cat <<A\n" * 10_000, id="open heredocs"),
        pytest.param("FROM a\n" + 'RUN "\nx\n' * 10_000, id="open quotes"),
        pytest.param("ONBUILD " * 8_000, id="nested triggers"),
        pytest.param("FROM a\nENV " + "A=1\\\n " * 20_000, id="many pairs"),
        pytest.param("FROM a\nCMD [" + '"a",' * 10_000 + "]", id="many strings"),
        pytest.param("FROM a\nRUN <<X " + "${A:-" * 10_000, id="nested variables"),
        pytest.param("\r" * 60_000 + "\n" * 60_000, id="line ends"),
    ],
)
def test_time_grows_with_the_length_alone(text: str) -> None:
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 8


ALPHABET = st.sampled_from(
    [
        *KEYWORDS,
        *(
            "run",
            "RNU",
            "FROM a\n",
            "ONBUILD ",
            " ",
            "\t",
            "\n",
            "\r\n",
            "\\\n",
            "`\n",
            "\\",
            "#",
            "# escape=`\n",
        ),
        *(
            "<<EOF",
            "<<-'E'",
            "\nEOF\n",
            "--x=y",
            "--",
            '"',
            "'",
            "[",
            "]",
            '["a"]',
            ",",
            "=",
            "$X",
            "${",
            "}",
        ),
        *("\ufeff", "é", "\udce9", "\x85", "\u2028", "\0", "import os", "a"),
    ]
)
TEXT = st.one_of(st.text(), st.lists(ALPHABET, max_size=40).map("".join))


@given(TEXT)
def test_laws(text: str) -> None:
    document = read(text)
    end = 0
    for instruction in sorted([*document.instructions, *document.unknown], key=lambda i: i.span.start):
        assert end <= instruction.span.start <= instruction.keyword_span.start
        assert instruction.keyword_span.end <= instruction.span.end <= len(text)
        end = instruction.span.end
        written = instruction.keyword_text.value
        if "\n" not in written:
            assert written.upper() == instruction.keyword or written == instruction.keyword
        assert instruction.original.value.lstrip(SPACE).upper().startswith(instruction.keyword.upper())
        for run in instruction.original.runs:
            piece = instruction.original.value[run.at : run.at + run.length]
            assert piece == text[run.origin : run.origin + run.length]
        for heredoc in instruction.heredocs:
            assert heredoc.body.value == text[heredoc.body.span().start : heredoc.body.span().end]
    assert [i.index for i in document.instructions] == list(range(len(document.instructions)))
    assert [*document.preamble, *(i for stage in document.stages for i in stage.instructions)] == [
        *document.instructions
    ]
    for fault in document.faults:
        assert 0 <= fault.place.span.start <= fault.place.span.end <= len(text)
    for comment in document.comments:
        assert text[comment.span.start] == "#"
        assert "\n" not in text[comment.span.start : comment.span.end]


@given(
    st.lists(
        st.sampled_from(["RUN a", "ENV A=b", "COPY a b", "USER x", 'CMD ["a"]', "RUN a \\\n  b"]), max_size=8
    )
)
def test_carriage_returns_and_byte_order_marks_change_no_instruction(lines: list[str]) -> None:
    plain = "\n".join(["FROM a", *lines, ""])
    other = "\ufeff" + plain.replace("\n", "\r\n")
    assert [(i.keyword, i.original.value) for i in read(plain).instructions] == [
        (i.keyword, i.original.value) for i in read(other).instructions
    ]

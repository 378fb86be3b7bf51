"""dockerfile-parse behind the masked feed: it agrees on ordinary files, and where it does not we know why."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.compat import as_dockerfile_parser
from dfguard.core.source import Source
from dfguard.syntax.dockerfile.cross_check import Difference, compare
from dfguard.syntax.dockerfile.parser import parse


def differences(text: str) -> tuple[Difference, ...]:
    return compare(parse(Source("Dockerfile", text)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("FROM a\nRUN <<EOF\nFROM b\n\nEOF\nRUN x\n", id="heredoc"),
        pytest.param(
            "FROM a\nRUN <<A cat && <<B cat \\\n  x\na\nA\nB\nCMD z\n", id="heredocs behind a continuation"
        ),
        pytest.param("FROM a\nRUN a \\\n\n  # c\n  b\n", id="blank line in a continuation"),
        pytest.param("\ufeffFROM a\r\nRUN a \\\r\n\r\n b\r\n", id="byte order mark and carriage returns"),
        pytest.param("# escape=`\nFROM a\nRUN a `\n b\n", id="escape directive"),
        pytest.param(
            'FROM a\nRUN python -c "\nimport os\nfrom a import b\n"\nUSER x\n', id="quote over raw newlines"
        ),
        pytest.param("FROM a\nRNU x\n", id="unknown instruction"),
        pytest.param("FROM a\nLABEL a=\udce9\n", id="not UTF-8"),
        pytest.param("FROM a\nONBUILD RUN <<E\nx\nE\nRUN y\n", id="trigger with heredoc"),
    ],
)
def test_readers_agree(text: str) -> None:
    assert differences(text) == ()


@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [
        pytest.param("FROM a\nRUN", "RUN on line 2", "nothing", id="it sees no keyword alone at the end"),
        pytest.param(
            "FROM a\nRUN x\\\\\nUSER y\n",
            "RUN on line 2: x\\\\",
            "RUN on lines 2 to 3: x\\USER y",
            id="it takes a doubled escape for a continuation",
        ),
        pytest.param(
            "FROM a\nRUN x \\", "RUN on line 2: x", "nothing", id="it drops a continuation at the end"
        ),
    ],
)
def test_known_differences(text: str, ours: str, theirs: str) -> None:
    first = differences(text)[0]
    assert (first.ours, first.theirs) == (ours, theirs)
    assert first.place.line == 2


LINES = st.sampled_from(
    [
        "RUN a && b",
        "RUN a && \\\n    b",
        "RUN a \\\n# c\n    b \\\n\n  c",
        "COPY --from=x a b",
        'CMD ["a", "b c"]',
        "ENV A=1 B='x y'",
        "RUN <<EOF\nFROM x\n\n# y\nEOF",
        "COPY <<-'E' /x\n\tRUN y\n\tE",
        "# comment",
        "",
        "  run indented",
    ]
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_readers_agree_on_ordinary_files(lines: list[str], ending: str) -> None:
    assert differences("\n".join(["FROM a", *lines, ""]).replace("\n", ending)) == ()


def test_bridge_reads_right_and_refuses_to_write() -> None:
    text = "ARG V=1\nFROM a:$V AS b\nENV X=y\nRUN <<EOF\nFROM no\nEOF\nFROM b\nLABEL k=v\n"
    document = parse(Source("Dockerfile", text))
    parser = as_dockerfile_parser(document)
    assert parser.parent_images == ["a:1", "b"]
    assert parser.labels == {"k": "v"}
    seen = [(i["instruction"], i["startline"] + 1) for i in parser.structure if i["instruction"] != "COMMENT"]
    assert seen == [(i.keyword, i.line) for i in document.instructions]
    with pytest.raises(io.UnsupportedOperation):
        parser.baseimage = "other"
    assert as_dockerfile_parser(document).structure == parser.structure

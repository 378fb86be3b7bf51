"""Quotes over raw newlines: one finding at the opening quote, and the lines behind it are not taken for instructions."""

from __future__ import annotations

import pytest

from dfguard.core.source import Source
from dfguard.syntax.dockerfile.document import Document, FaultKind
from dfguard.syntax.dockerfile.parser import parse
from dfguard.testing import unmark


def read(text: str) -> Document:
    return parse(Source("Dockerfile", text))


RAW_NEWLINE = """\
FROM a
RUN pip install x && python -c «"»
# comment's
import os
from os import path
print(path.join('a', 'b'))
" && echo done
USER app
"""


def test_quote_over_raw_newlines_is_one_fault_and_one_instruction() -> None:
    text, marks = unmark(RAW_NEWLINE)
    document = read(text)
    (fault,) = document.faults
    assert fault.kind is FaultKind.RAW_NEWLINE
    assert [(fault.place.span.start, fault.place.span.end)] == list(marks)
    assert fault.extent is not None
    assert fault.extent.text == text[marks[0][0] : text.index("\nUSER")]
    assert [i.keyword for i in document.instructions] == ["FROM", "RUN", "USER"]
    assert document.unknown == ()
    run = document.instructions[1]
    assert run.rest.value.endswith('" && echo done')
    assert "\nimport os\nfrom os import path\n" in run.rest.value
    at = run.rest.value.index("import os")
    assert run.rest.place(at, at + 9).text == "import os"


@pytest.mark.parametrize(
    ("text", "keywords", "unknown"),
    [
        pytest.param(
            "FROM a\nRUN x '\nfrom m import n\n'\nRUN y\n", "FROM RUN RUN", "", id="looks like FROM"
        ),
        pytest.param(
            'FROM a\nRUN x "\nprint("a")\n"\nRUN y\n', "FROM RUN RUN", "", id="quotes inside toggle"
        ),
        pytest.param(
            'FROM a\nRUN x "\nprint(1)\nRUN y\n', "FROM RUN RUN", "", id="never closed: the next one counts"
        ),
        pytest.param('FROM a\nLABEL d="one\n two"\nRUN y\n', "FROM LABEL RUN", "", id="label"),
        pytest.param("FROM a\nRUN x # it's\ny\nRUN z\n", "FROM RUN RUN", "y", id="quote in a shell comment"),
        pytest.param("FROM a\nRUN x \\'\ny\n", "FROM RUN", "y", id="escaped quote"),
        pytest.param('FROM a\nRUN x "$(echo "y")"\nz\n', "FROM RUN", "z", id="quotes closed"),
        pytest.param('from a\nrun x "\nimport os\n"\nrun y\n', "FROM RUN RUN", "", id="lower case"),
        pytest.param(
            "FROM a\nRUN x '\nenv = 1\nlabel = 2'\nRUN y\n", "FROM RUN RUN", "", id="Python like keywords"
        ),
    ],
)
def test_lines_in_an_open_quote(text: str, keywords: str, unknown: str) -> None:
    document = read(text)
    assert " ".join(i.keyword for i in document.instructions) == keywords
    assert " ".join(i.keyword for i in document.unknown) == unknown

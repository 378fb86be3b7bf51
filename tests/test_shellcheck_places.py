"""The places of ShellCheck's findings, held against the words it speaks of, written down by hand."""

from __future__ import annotations

import pytest

from dfguard.config.settings import Settings
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.testing import unmark

BASH = 'FROM a\nSHELL ["/bin/bash", "-c"]\n'

CASES = [
    pytest.param("FROM a\nRUN rm «$HOME»\n", "SC2086", id="one line"),
    pytest.param("FROM a\nRUN   rm   -r   «$HOME»/x\n", "SC2086", id="many blanks"),
    pytest.param("FROM a\nRUN\trm\t«$HOME»\n", "SC2086", id="tabs between words"),
    pytest.param("FROM a\nRUN a && \\\n\t\trm «$HOME»\n", "SC2086", id="tabs before a continued line"),
    pytest.param("FROM a\nRUN a \\\n && b \\\n && rm «$HOME» \\\n && c\n", "SC2086", id="third line of four"),
    pytest.param("FROM a\nRUN a \\  \n && rm «$HOME»\n", "SC2086", id="blanks behind the escape"),
    pytest.param("FROM a\nRUN a && \\\n# a comment\n  rm «$HOME»\n", "SC2086", id="comment between"),
    pytest.param("FROM a\nRUN a && \\\n\n  rm «$HOME»\n", "SC2086", id="empty line between"),
    pytest.param("FROM a\nRUN rm /x«$HO\\\nME»/y\n", "SC2086", id="a word over two lines"),
    pytest.param("# escape=`\nFROM debian:12\nRUN a && `\n  rm «$HOME»\n", "SC2086", id="another escape"),
    pytest.param("FROM a\r\nRUN a && \\\r\n  rm «$HOME»\r\n", "SC2086", id="CRLF"),
    pytest.param("\ufeffFROM a\nRUN rm «$HOME»\n", "SC2086", id="BOM"),
    pytest.param('FROM a\nRUN echo "äöü €" && rm «$HOME»\n', "SC2086", id="two and three bytes"),
    pytest.param('FROM a\nRUN echo "😀😀" && rm «$HOME»\n', "SC2086", id="four bytes"),
    pytest.param('FROM a\nRUN echo "e\u0301" && rm «$HOME»\n', "SC2086", id="a combining accent"),
    pytest.param("FROM a\nRUN rm «$HOME»", "SC2086", id="end of the file"),
    pytest.param("FROM a\nrun rm «$HOME»\n", "SC2086", id="lower case"),
    pytest.param("RUN rm «$HOME»\n", "SC2086", id="no FROM"),
    pytest.param("FROM a\nONBUILD RUN a && rm «$HOME»\n", "SC2086", id="ONBUILD"),
    pytest.param(
        "FROM a\nRUN --mount=type=cache,target=/c --network=none \\\n  rm «$HOME»\n", "SC2086", id="flags"
    ),
    pytest.param("FROM a\nCMD exec rm «$HOME»\n", "SC2086", id="CMD"),
    pytest.param("FROM a\nENTRYPOINT exec rm «$HOME»\n", "SC2086", id="ENTRYPOINT"),
    pytest.param("FROM a\nHEALTHCHECK --retries=3 \\\n  CMD rm «$HOME»\n", "SC2086", id="HEALTHCHECK"),
    pytest.param('FROM a\nRUN ["sh", "-c", "rm «$HOME» && b"]\n', "SC2086", id="exec form"),
    pytest.param('FROM a\nRUN ["sh", "-c", "echo \\"a\\" && rm «$HOME»"]\n', "SC2086", id="JSON escapes"),
    pytest.param(
        'FROM a\nRUN ["sh", "-c", "\\u0061 \\u00e9 && rm «$HOME»"]\n', "SC2086", id="JSON code points"
    ),
    pytest.param(
        'FROM a\nCMD ["bash", "-c", "a && \\\n  rm «$HOME»"]\n', "SC2086", id="exec form over two lines"
    ),
    pytest.param("FROM a\nRUN bash -c 'a && rm «$HOME»'\n", "SC2086", id="a shell in quotes"),
    pytest.param('FROM a\nRUN bash -c "a && rm \\«$HOME»"\n', "SC2086", id="a shell in double quotes"),
    pytest.param("FROM a\nRUN <<EOF\na\nrm «$HOME»\nEOF\n", "SC2086", id="heredoc"),
    pytest.param("FROM a\nRUN <<-EOF\n\ta\n\t\trm «$HOME»\n\tEOF\n", "SC2086", id="heredoc without tabs"),
    pytest.param("FROM a\nRUN <<'EOF'\n# é\nrm «$HOME»\nEOF\n", "SC2086", id="quoted heredoc"),
    pytest.param("FROM a\nRUN <<EOF\n#!/bin/sh\nrm «$HOME»\nEOF\n", "SC2086", id="heredoc with a shebang"),
    pytest.param("FROM a\nRUN <<'EOF' bash\nrm «$HOME»\nEOF\n", "SC2086", id="heredoc to a shell behind it"),
    pytest.param("FROM a\nRUN bash -e <<'EOF' && b\nrm «$HOME»\nEOF\n", "SC2086", id="heredoc to a shell"),
    pytest.param(
        "FROM a\nRUN cat > /x <<EOF && rm «$HOME»\ny\nEOF\n", "SC2086", id="command line of a heredoc"
    ),
    pytest.param(
        "FROM a\nRUN <<A cat > /x && sh <<'B'\ny\nA\nrm «$HOME»\nB\n",
        "SC2086",
        id="the second of two heredocs",
    ),
    pytest.param('FROM a\nRUN for f in «$(ls)»; do rm "$f"; done\n', "SC2045", id="a substitution"),
    pytest.param("FROM a\nRUN echo «`date`»\n", "SC2005+SC2006+SC2046", id="backticks"),
    pytest.param("FROM a\nRUN [ a «=» b ] && c\n", "SC2050", id="a constant"),
    pytest.param("FROM a\nRUN «[[ -e /x ]]» && c\n", "SC3010", id="a test of bash"),
    pytest.param('FROM a\nRUN [ a «==» "$B" ] && c\n', "SC3014", id="an operator"),
    pytest.param(f"{BASH}RUN a && \\\n  «cd /x»\n", "SC2164", id="a whole command"),
    pytest.param(f'{BASH}RUN a && \\\n  «read» x && b "$x"\n', "SC2162", id="a name of a command"),
    pytest.param("FROM a\nRUN echo «'$HOME'»\n", "SC2016", id="single quotes"),
    pytest.param("FROM a\nRUN a && rm «*».py\n", "SC2035", id="a pattern"),
    pytest.param("FROM a\nRUN «x»=1 && y\n", "SC2034", id="an unused variable"),
    pytest.param("FROM a\nRUN a && \\\n    b >/x && c > /y && d >> /y\n", "", id="nothing"),
]


@pytest.mark.parametrize(("text", "codes"), CASES)
def test_places_are_those_of_the_words(text: str, codes: str) -> None:
    plain, spans = unmark(text)
    source = Source("Dockerfile", plain)
    report = check_target(
        Target(source, InMemoryContext({})), Settings(platform="docker", select=("DFG7SC",))
    )
    found = sorted((d.rule, (d.span.start, d.span.end)) for d in report.diagnostics)
    assert found == [(code, span) for code in codes.split("+") for span in spans], [
        (d.rule, d.finding.place.text, d.finding.message) for d in report.diagnostics
    ]

"""DFG103: a RUN that ends inside an open quote, so that the next lines are read as instructions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, FaultKind, Finding, Good, Severity, rule


@rule(
    "DFG103",
    "raw-newline-in-quotes",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "moby/buildkit frontend/dockerfile/parser/parser.go@73ed6825",
        "https://docs.docker.com/reference/dockerfile/#here-documents",
    ),
    bad=(
        Bad(
            'FROM python:3.11\nRUN python -c «"»\nimport torch\nprint(torch.__version__)\n"\nRUN echo next\n'
        ),
        Bad("FROM python:3.11\nRUN python3 -c «'»from x import y\nfrom a import b\nb(y)'\n"),
        Bad("FROM debian\nRUN echo «'»#!/bin/sh\necho hi\n' > /start.sh\n"),
    ),
    good=(
        Good('FROM python:3.11\nRUN python -c "\\\nimport torch; \\\nprint(1)"\n', why="continued lines"),
        Good('FROM python:3.11\nRUN <<EOF\npython -c "\nprint(1)\n"\nEOF\n', why="a heredoc body is raw"),
        Good('FROM python:3.11\nRUN echo it\\\'s\nRUN echo "a"\n'),
        Good(
            "FROM python:3.11\nRUN echo don't worry \\\n && echo it's fine\n",
            why="the quotes close each other",
        ),
        Good('FROM python:3.11\nLABEL a="\nRUN echo b\n', why="another fault: no shell text"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN ends inside an open quote, and the lines after it are read as instructions.

    Docker ends an instruction at the line end unless a backslash stands there; quotes do not count. The text that
    was meant as the rest of the string becomes instructions (`import`, `try:`), or even a FROM when a line begins with `from`. One finding
    stands for the whole stretch. A heredoc takes several lines as they are.
    """
    for fault in facts.faults(FaultKind.RAW_NEWLINE):
        yield Finding(
            fault.place,
            fault.message,
            advice="use a heredoc (RUN python - <<'PY'), or end each line with a backslash",
        )

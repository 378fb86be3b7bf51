"""DFG509: a failing command in the middle of a RUN heredoc goes unnoticed."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG509",
    "heredoc-without-errexit",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/dockerfile/#here-documents",
        "moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go@73ed6825",
    ),
    bad=(
        Bad("FROM python:3.11\nRUN <<EOF\n«pip install torch»\necho done\nEOF\n", message="pip"),
        Bad(
            "FROM debian\nRUN <<EOF\n«apt-get update»\napt-get install -y curl\nrm -rf /var/lib/apt/lists/*\nEOF\n"
        ),
        Bad("FROM debian\nRUN <<-EOF\n\tcd /src\n\t«make -j4»\n\tmake install\nEOF\n"),
    ),
    good=(
        Good("FROM python:3.11\nRUN <<EOF\nset -e\npip install torch\necho done\nEOF\n"),
        Good("FROM python:3.11\nRUN <<EOF\n#!/bin/bash -eux\npip install torch\necho done\nEOF\n"),
        Good(
            'FROM python:3.11\nSHELL ["/bin/bash", "-euo", "pipefail", "-c"]\nRUN <<EOF\npip install torch\necho done\nEOF\n'
        ),
        Good(
            "FROM python:3.11\nRUN <<EOF\necho start\npip install torch\nEOF\n",
            why="the last command decides",
        ),
        Good("FROM python:3.11\nRUN <<EOF\npip install torch || exit 1\necho done\nEOF\n"),
        Good(
            "FROM python:3.11\nRUN <<EOF\npip install torch\n[ -d /x ] || exit 1\nEOF\n",
            why="it is looked at afterwards",
        ),
        Good(
            "FROM python:3.11\nRUN cat <<EOF > /x\npip install torch\necho done\nEOF\n",
            why="the text of a file",
        ),
        Good("FROM python:3.11\nRUN <<EOF python3\nprint(1)\nprint(2)\nEOF\n"),
        Good("FROM python:3.11\nRUN <<EOF\npip --version\necho done\nEOF\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN heredoc runs several commands without `set -e`.

    The shell goes on behind a failing command, and the step succeeds when the last one does: a failed download, install or build in the middle
    is found at run time only. The first such command is named.
    """
    for step in facts.instructions("RUN"):
        found = facts.swallowed_command(step)
        if found is None:
            continue
        place, name, last = found
        yield Finding(
            place,
            f"a failure of {name} goes unnoticed: only the last command of this heredoc decides whether the step fails",
            notes=(Note(last, "the last command"),),
            advice="begin the heredoc with set -e",
        )

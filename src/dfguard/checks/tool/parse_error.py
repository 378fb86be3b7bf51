"""DFG002: a part that BuildKit's parser refuses."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, FaultKind, Finding, Good, Severity, rule


@rule(
    "DFG002",
    "parse-error",
    Severity.ERROR,
    since="0.1.0",
    overrules=("DFG906", "DFG907", "DFG921"),
    sources=(
        "https://docs.docker.com/reference/dockerfile/",
        "moby/buildkit frontend/dockerfile/parser/parser.go@73ed6825",
    ),
    bad=(
        Bad("FROM x\nRUN «<<EOF»\necho never closed\n", message="EOF"),
        Bad('FROM x\n«ENV»\nRUN echo "still read"\n'),
        Bad("FROM x\nSHELL «/bin/bash -c»\n", message="JSON"),
        Bad("FROM x\nONBUILD «FROM» y\n"),
    ),
    good=(
        Good("FROM x\nRUN <<EOF\necho closed\nEOF\n"),
        Good('FROM x\nCMD ["a", $B]\n', why="broken JSON silently becomes the shell form"),
        Good("# fragment without FROM\nRUN echo hi\n", why="a fragment is linted as far as it goes"),
        Good("FROM x\nRUN a \\\n", why="the end of the file ends a continuation"),
        Good("\ufeffFROM x\r\nRUN a \\\r\n  b\r\n", why="byte order mark and carriage returns"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A part of the Dockerfile that the parser refuses.

    BuildKit stops at the first such part; dfguard reports each one at its place and goes on behind it, so that the
    rest of the file is still checked.
    """
    for fault in (*facts.faults(FaultKind.PARSE), *facts.refusals):
        yield Finding(fault.place, fault.message)

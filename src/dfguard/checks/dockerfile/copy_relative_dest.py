"""DFG942: COPY to a place that depends on the base image."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, known, rule


@rule(
    "DFG942",
    "copy-relative-dest",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3045",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3045",),
    differs="a destination that begins with a variable is judged when its value is known; in a file without FROM, which something may include below a WORKDIR, it is possible only.",
    bad=(
        Bad("FROM debian:12\nCOPY a «app/»\n", files={"a": ""}),
        Bad("FROM debian:12 AS b\nWORKDIR /x\nFROM debian:12\nCOPY --from=b /x/a «.»\n"),
        Bad(
            "FROM debian:12\nCOPY «./x»\n".replace("COPY «./x»", "COPY a «./x»") + "WORKDIR /late\n",
            files={"a": ""},
        ),
        Bad("COPY a «.»\n", files={"a": ""}, certainty_is_maybe=True),
    ),
    good=(
        Good("FROM debian:12\nWORKDIR /app\nCOPY a .\n", files={"a": ""}),
        Good("FROM debian:12\nCOPY a /app/\n", files={"a": ""}),
        Good("FROM debian:12 AS base\nWORKDIR /app\nFROM base\nCOPY a .\n", files={"a": ""}, why="set below"),
        Good("FROM debian:12\nARG TO\nCOPY a $TO\n", files={"a": ""}, why="nobody can tell"),
        Good('FROM debian:12\nCOPY a "/x"\n', files={"a": ""}),
        Good("FROM mcr.microsoft.com/windows/nanoserver:1809\nCOPY a c:/app\n", files={"a": ""}),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """COPY to a relative destination before any WORKDIR.

    The files land below the working directory of the base image, which can change with its next version. In a file
    without FROM this is only possible: what includes it may set a WORKDIR.
    """
    placed: set[int] = set()
    for site in facts.outline.of("WORKDIR", "COPY"):
        if site.instruction.keyword == "WORKDIR":
            placed.add(id(site.section))
            continue
        arguments = site.instruction.arguments
        if len(arguments) < 2 or placed & {id(section) for section in site.section.chain}:
            continue
        target = (known(facts.outline.value(site, arguments[-1])) or "/").strip("\"'")
        if not target.startswith(("/", "\\")) and target[1:2] != ":":
            yield Finding(
                arguments[-1].place(),
                f"{target} is relative, and no WORKDIR stands before it",
                advice="set a WORKDIR first, or copy to an absolute path",
                certainty=Certainty.SURE if site.section.stage else Certainty.MAYBE,
            )

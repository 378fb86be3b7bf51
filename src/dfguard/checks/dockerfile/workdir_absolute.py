"""DFG901: a WORKDIR that depends on the base image's."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, known, rule


@rule(
    "DFG901",
    "workdir-absolute",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3000", "WorkdirRelativePath"),
    sources=(
        "https://docs.docker.com/reference/build-checks/workdir-relative-path/",
        "https://github.com/hadolint/hadolint/wiki/DL3000",
    ),
    differs=(
        "hadolint reports every relative WORKDIR; one below an absolute WORKDIR of the same chain of stages is safe, and "
        "BuildKit and dfguard leave it alone. A variable is replaced before the path is judged."
    ),
    bad=(
        Bad("FROM debian:12\nWORKDIR «app»\n"),
        Bad('FROM debian:12\nWORKDIR «"app/src"»\nWORKDIR sub\n'),
        Bad("FROM debian:12\nARG PLACE=srv\nWORKDIR «$PLACE/app»\n"),
    ),
    good=(
        Good("FROM debian:12\nWORKDIR /app\nWORKDIR src\n", why="relative to a known directory"),
        Good(
            "FROM debian:12 AS base\nWORKDIR /app\nFROM base\nWORKDIR src\n", why="known from the stage below"
        ),
        Good(
            "FROM debian:12 AS base\nONBUILD WORKDIR /app\nFROM base\nWORKDIR src\n",
            why="the ONBUILD sets it",
        ),
        Good("FROM debian:12\nENV HOME=/srv\nWORKDIR ${HOME}/x\n"),
        Good("FROM debian:12\nARG PLACE\nWORKDIR $PLACE\n", why="nobody can tell"),
        Good(
            "FROM mcr.microsoft.com/windows/nanoserver:1809\nWORKDIR C:\\\\app\n", why="absolute on Windows"
        ),
        Good("FROM debian:12\nWORKDIR '/app'\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A relative WORKDIR without an absolute one before it.

    It is taken below the working directory of the base image, which can change with the next version of that image.
    The first WORKDIR of a chain of stages should be absolute; those after it may be relative.
    """
    known_chains: set[int] = set()
    triggering = {id(s.section) for s in facts.outline.of("WORKDIR", with_triggers=True) if s.is_trigger}
    for site in facts.outline.of("WORKDIR"):
        chain = {id(section) for section in site.section.chain}
        if chain & known_chains or any(id(section.parent) in triggering for section in site.section.chain):
            continue
        known_chains.add(id(site.section))
        path = known(facts.outline.value(site, site.instruction.rest))
        if path is None or path.startswith(("/", "\\")) or path[1:2] == ":":
            continue
        yield Finding(
            site.instruction.rest.place(),
            f"the working directory {path or 'without a name'} is relative to the one of the base image",
            advice="begin the path with a slash",
        )

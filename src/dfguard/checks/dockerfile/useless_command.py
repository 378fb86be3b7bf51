"""DFG902: a command that makes no sense while an image is built."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule

USELESS = ("free", "kill", "mount", "ps", "service", "shutdown", "ssh", "top", "vim")


@rule(
    "DFG902",
    "useless-command",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3001",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3001",),
    bad=(
        Bad("FROM debian:12\nRUN apt-get update && «service» nginx start\n"),
        Bad("FROM debian:12\nRUN sudo «/bin/mount» -a; «ps» aux | «top»\n"),
        Bad('FROM debian:12\nRUN ["«ssh»", "host"]\n'),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get install -y vim ssh\n", why="their names as words"),
        Good("FROM debian:12\nRUN --mount=type=cache,target=/c true\n"),
        Good('FROM debian:12\nCMD ["top"]\n', why="the container may run it"),
        Good("FROM debian:12\nRUN systemctl enable nginx\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN starts a program that only makes sense on a running system.

    Services that are started, processes and mounts are gone when the RUN ends; nobody is there to use an editor.
    """
    for _, call in facts.outline.calls(*USELESS):
        yield Finding(call.place, f"{call.name} makes no sense while an image is built")

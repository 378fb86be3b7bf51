"""DFG911: an EXPOSE port that no network has."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, is_number, known, rule

LARGEST = 65535


@rule(
    "DFG911",
    "port-range",
    Severity.ERROR,
    since="0.1.0",
    covers=("DFG002",),
    aliases=("DL3011",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3011",
        "moby/buildkit frontend/dockerfile/dockerfile2llb/convert_expose.go@73ed6825",
    ),
    bad=(
        Bad("FROM debian:12\nEXPOSE 80 «80000»\n", message="80000"),
        Bad("FROM debian:12\nARG PORT=70000\nEXPOSE «$PORT/tcp»\n", message="70000"),
        Bad("FROM debian:12\nEXPOSE «40000-80000/udp»\n"),
    ),
    good=(
        Good("FROM debian:12\nEXPOSE 0 65535 8080/udp\n"),
        Good("FROM debian:12\nEXPOSE 60000-65535\n"),
        Good("FROM debian:12\nARG PORT\nEXPOSE $PORT\n", why="nobody can tell"),
        Good("FROM debian:12\nEXPOSE 127.0.0.1:8080:80\n", why="another mistake"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """EXPOSE names a port above 65535.

    Ports end at 65535; BuildKit refuses the instruction.
    """
    for site in facts.outline.of("EXPOSE"):
        for argument in site.instruction.arguments:
            text = known(facts.outline.value(site, argument)) or ""
            ports = text.rpartition(":")[2].partition("/")[0].split("-")
            too_large = [port for port in ports if is_number(port) and int(port[:9]) > LARGEST]
            if too_large:
                yield Finding(argument.place(), f"there is no port {too_large[0]}: ports end at {LARGEST}")

"""DFG981: EXPOSE with an address or a port of the host."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Severity, known, rule


@rule(
    "DFG981",
    "expose-format",
    Severity.WARNING,
    since="0.1.0",
    aliases=("ExposeInvalidFormat",),
    sources=(
        "https://docs.docker.com/reference/build-checks/expose-invalid-format/",
        "moby/buildkit frontend/dockerfile/dockerfile2llb/convert_expose.go@73ed6825",
    ),
    differs="BuildKit reports what ONBUILD holds at the FROM that runs it; dfguard reports it where it stands.",
    bad=(
        Bad("FROM debian:12\nEXPOSE «8080:80»\n", fixed="FROM debian:12\nEXPOSE 80\n"),
        Bad("FROM debian:12\nEXPOSE 1 «127.0.0.1:8080:80/tcp»\n", fixed="FROM debian:12\nEXPOSE 1 80/tcp\n"),
    ),
    good=(
        Good("FROM debian:12\nEXPOSE 80 8000-8010/udp\n"),
        Good("FROM debian:12\nARG P\nEXPOSE $P\n", why="nobody can tell"),
        Good("FROM debian:12\nEXPOSE :80\n", why="nothing before the colon"),
        Good("FROM debian:12\nENV P=80\nEXPOSE ${P:-81}\n", why="the colon is an operator"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """EXPOSE names an address or a port of the host.

    It only documents the container's ports; who runs the container decides about the host's. BuildKit will refuse this.
    """
    for site in facts.outline.of("EXPOSE", with_triggers=True):
        for argument in site.instruction.arguments:
            text = known(facts.outline.value(site, argument)) or ""
            if not text.rpartition(":")[0].strip(":"):
                continue
            place = argument.place()
            port = text.rpartition(":")[2]
            fix = (
                Fix(f"write {port}", (Edit(place, port),), is_safe=False, changes=(Aspect.PORTS,))
                if place.text == text and port
                else None
            )
            yield Finding(place, f"{text} is more than a port of the container", fix=fix)

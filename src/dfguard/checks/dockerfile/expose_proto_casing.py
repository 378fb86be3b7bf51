"""DFG980: EXPOSE with a protocol in capitals."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Severity, known, rule


@rule(
    "DFG980",
    "expose-proto-casing",
    Severity.INFO,
    since="0.1.0",
    aliases=("ExposeProtoCasing",),
    sources=("https://docs.docker.com/reference/build-checks/expose-proto-casing/",),
    differs="BuildKit reports what ONBUILD holds at the FROM that runs it; dfguard reports it where it stands.",
    bad=(
        Bad("FROM debian:12\nEXPOSE «80/TCP» 53/udp\n", fixed="FROM debian:12\nEXPOSE 80/tcp 53/udp\n"),
        Bad("FROM debian:12\nONBUILD EXPOSE «80/TCP»\n", fixed="FROM debian:12\nONBUILD EXPOSE 80/tcp\n"),
        Bad("FROM debian:12\nENV P=80/Tcp\nEXPOSE «$P»\n"),
    ),
    good=(
        Good("FROM debian:12\nEXPOSE 80/tcp 53/udp 8080\n"),
        Good("FROM debian:12\nARG PROTO\nEXPOSE 80/$PROTO\n", why="nobody can tell"),
        Good("FROM debian:12\nENV P=TCP\nEXPOSE 80\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """EXPOSE writes a protocol with capital letters.

    Docker lower-cases it, other tools that read the image may not.
    """
    for site in facts.outline.of("EXPOSE", with_triggers=True):
        for argument in site.instruction.arguments:
            protocol = (known(facts.outline.value(site, argument)) or "").rpartition("/")[2]
            if protocol == protocol.lower() or protocol.lower() not in {"tcp", "udp", "sctp"}:
                continue
            place = argument.place()
            fix = Fix("write it in lower case", (Edit(place, place.text.lower()),), is_safe=True)
            yield Finding(
                place, f"the protocol {protocol} is in capitals", fix=None if "$" in place.text else fix
            )

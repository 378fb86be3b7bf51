"""DFG810: a door for SSH."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, known, rule

SSH = "22"


@rule(
    "DFG810",
    "expose-ssh",
    Severity.WARNING,
    since="0.1.0",
    is_default=False,
    aliases=("CKV_DOCKER_1", "AVD-DS-0004"),
    sources=(
        "https://www.checkov.io/5.Policy%20Index/dockerfile.html",
        "https://avd.aquasec.com/misconfig/ds004",
    ),
    bad=(
        Bad("FROM debian:12\nEXPOSE 80 «22»\n", message="port 22"),
        Bad("FROM debian:12\nARG P=22\nEXPOSE «$P/tcp»\n"),
    ),
    good=(
        Good("FROM debian:12\nEXPOSE 80 2222 22/udp\n"),
        Good("FROM debian:12\nARG P\nEXPOSE $P 8022\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """EXPOSE names the port of SSH.

    A server for logins is one more program with passwords and keys in the container; `docker exec` does the same. On RunPod
    Pods and the like SSH is how one gets in, so this is off by default and part of the profile `security`.
    """
    for site in facts.outline.of("EXPOSE"):
        for argument in site.instruction.arguments:
            text = known(facts.outline.value(site, argument)) or ""
            port, _, protocol = text.rpartition(":")[2].partition("/")
            if port == SSH and protocol.lower() in {"", "tcp"}:
                yield Finding(
                    argument.place(),
                    "port 22 is for logins by SSH",
                    advice="use docker exec, and leave SSH out of the image",
                )

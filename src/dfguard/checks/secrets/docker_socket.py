"""DFG812: the socket of the Docker daemon in a container."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Place, Severity, known, rule

SOCKET = "docker.sock"


@rule(
    "DFG812",
    "docker-socket",
    Severity.WARNING,
    since="0.1.0",
    is_default=False,
    sources=(
        "https://docs.docker.com/engine/security/#docker-daemon-attack-surface",
        "CIS Docker Benchmark 5.32: the Docker socket is not mounted inside containers",
    ),
    bad=(
        Bad("FROM debian:12\nVOLUME «/var/run/docker.sock»\n", message="docker.sock"),
        Bad("FROM debian:12\nRUN touch «/var/run/docker.sock» && chmod 666 «/run/docker.sock»\n"),
        Bad(
            "FROM debian:12\nENV «DOCKER_HOST»=tcp://host.docker.internal:2375\n",
            message="without encryption",
        ),
    ),
    good=(
        Good("FROM debian:12\nVOLUME /var/run/app.sock\n"),
        Good("FROM debian:12\nRUN echo 'mount /var/run/docker.sock'\n", why="only said"),
        Good("FROM debian:12\nENV DOCKER_HOST=ssh://me@host\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The image works with the socket of the Docker daemon.

    Who can talk to the daemon is root on the host: a container with the socket has no walls. Off by default; part of the
    profile `security`.
    """
    for site in facts.outline.of("VOLUME"):
        for argument in site.instruction.arguments:
            if argument.value.endswith(SOCKET):
                yield _found(argument.place())
    for site in facts.outline.of("RUN"):
        for call in facts.outline.calls_in(site):
            if call.name not in {"echo", "printf"}:
                yield from (
                    _found(place)
                    for word, place in call.operands()
                    if word.endswith(f"/{SOCKET}") and not call.is_wrapped
                )
    for site in facts.outline.of("ENV"):
        for pair in site.instruction.pairs:
            value = known(facts.outline.value(site, pair.value)) if pair.value else None
            if (
                pair.key.value == "DOCKER_HOST"
                and value
                and value.startswith("tcp://")
                and value.endswith(":2375")
            ):
                yield Finding(
                    pair.key.place(),
                    "DOCKER_HOST reaches the daemon without encryption",
                    advice="use ssh:// or TLS",
                )


def _found(place: Place) -> Finding:
    return Finding(
        place,
        "who can use docker.sock is root on the host",
        advice="use a builder that needs no daemon, or a remote one with TLS",
    )

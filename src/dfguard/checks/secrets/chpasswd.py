"""DFG811: a password that is part of the image."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Call, Facts, Finding, Good, Severity, rule


@rule(
    "DFG811",
    "chpasswd",
    Severity.WARNING,
    since="0.1.0",
    aliases=("CKV2_DOCKER_17",),
    sources=(
        "https://www.checkov.io/5.Policy%20Index/dockerfile.html",
        "https://man7.org/linux/man-pages/man8/chpasswd.8.html",
    ),
    bad=(
        Bad("FROM debian:12\nRUN echo 'root:root' | «chpasswd»\n", message="chpasswd"),
        Bad("FROM debian:12\nRUN useradd -m «-p» x app && usermod «--password=x» app\n"),
        Bad("FROM debian:12\nRUN echo x | «passwd --stdin root»\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN passwd -d root && passwd -l app\n", why="no password, locked"),
        Good(
            "FROM debian:12\nRUN useradd -m -s /bin/sh app && usermod -L app && usermod -p '*' app\n",
            why="locked",
        ),
        Good("FROM debian:12\nRUN echo chpasswd\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A user of the image gets a password.

    All containers of the image share it, and who has the image can read its hash (and mostly the password itself, in the
    history). Log in with keys that are given at the start, or not at all.
    """
    for _, call in facts.outline.calls("chpasswd"):
        yield Finding(call.place, "chpasswd gives a user a password that all containers share", advice=ADVICE)
    for _, call in facts.outline.calls("passwd"):
        if call.has("--stdin"):
            yield Finding(
                call.whole, "passwd gives a user a password that all containers share", advice=ADVICE
            )
    for _, call in facts.outline.calls("useradd", "usermod"):
        yield from _of_option(call)


ADVICE = "set it when the container starts, or use keys"
LOCKED = frozenset(["*", "!", "!!", "x*", "", "*NP*"])


def _of_option(call: Call) -> Iterator[Finding]:
    given = call.option("-p", "--password") if call.has("-p", "--password") else call.option("--password")
    if given is None or given in LOCKED or given.startswith("!"):
        return
    for word, place in zip(call.arguments, call.places[1:], strict=True):
        if word in {"-p", "--password"} or word.startswith("--password="):
            yield Finding(
                place, f"{call.name} gives a user a password that all containers share", advice=ADVICE
            )

"""DFG926: apt in RUN."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Severity, rule

SAME = frozenset({"install", "update", "upgrade", "remove", "purge", "autoremove", "clean", "autoclean"})
"""Verbs that mean the same to apt-get."""


@rule(
    "DFG926",
    "apt-enduser",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3027",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3027",
        "https://manpages.debian.org/bookworm/apt/apt.8.en.html",
    ),
    bad=(
        Bad(
            "FROM debian:12\nRUN «apt» update && «apt» install -y git\n",
            fixed="FROM debian:12\nRUN apt-get update && apt-get install -y git\n",
        ),
        Bad("FROM debian:12\nRUN «apt» list --installed\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get update\n"),
        Good("FROM debian:12\nRUN apt-cache policy git && apt-mark hold git\n"),
        Good("FROM debian:12\nRUN cat /etc/apt/sources.list && echo apt\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Apt is made for people at a terminal.

    Its options and output may change between versions, and it warns about that itself. Scripts use apt-get and apt-cache.
    """
    for _, call in facts.outline.calls("apt"):
        verb = next((word for word, _ in call.operands()), "")
        is_same = verb in SAME and call.place.text == "apt"
        fix = (
            Fix("use apt-get", (Edit(call.place, "apt-get"),), is_safe=True, changes=(Aspect.COMMANDS,))
            if is_same
            else None
        )
        yield Finding(call.place, "apt is not made for scripts", fix=fix, advice="use apt-get or apt-cache")

"""DFG926: apt in RUN."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Severity, rule

SAME = frozenset(
    [
        *(
            "install",
            "reinstall",
            "update",
            "upgrade",
            "remove",
            "purge",
            "autoremove",
            "autopurge",
            "clean",
            "autoclean",
        ),
        *(
            "dist-upgrade",
            "build-dep",
            "satisfy",
            "source",
            "download",
            "changelog",
            "distclean",
            "dist-clean",
        ),
    ]
)
"""Verbs that mean the same to apt-get."""
OTHERWISE = {
    "full-upgrade": "apt-get dist-upgrade",
    "list": "dpkg-query -W, or apt-cache pkgnames",
    "search": "apt-cache search",
    "show": "apt-cache show",
    "showsrc": "apt-cache showsrc",
    "policy": "apt-cache policy",
    "depends": "apt-cache depends",
    "rdepends": "apt-cache rdepends",
}
"""Verbs that another program has."""
WITH_VALUE = frozenset(["-o", "--option", "-c", "--config-file", "-t", "--target-release", "-a"])


@rule(
    "DFG926",
    "apt-enduser",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3027",),
    differs="what only apt can do (`apt modernize-sources`) has no counterpart: the profile hadolint reports it all the same.",
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3027",
        "https://manpages.debian.org/bookworm/apt/apt.8.en.html",
    ),
    bad=(
        Bad(
            "FROM debian:12\nRUN «apt» update && «apt» install -y git\n",
            fixed="FROM debian:12\nRUN apt-get update && apt-get install -y git\n",
        ),
        Bad("FROM debian:12\nRUN «apt» list --installed\n", advice="dpkg-query -W"),
        Bad("FROM debian:12\nRUN «apt» show git\n", advice="apt-cache show"),
        Bad("FROM debian:12\nRUN «apt» modernize-sources -y\n", options={"profile": "hadolint"}),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get update\n"),
        Good("FROM debian:13\nRUN apt modernize-sources --assume-yes\n", why="apt alone has it"),
        Good("FROM debian:13\nRUN apt history-list && apt edit-sources\n", why="apt alone has it"),
        Good("FROM debian:12\nRUN apt --version\n", why="only says what it is"),
        Good("FROM debian:12\nRUN apt-cache policy git && apt-mark hold git\n"),
        Good("FROM debian:12\nRUN cat /etc/apt/sources.list && echo apt\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Apt is made for people at a terminal.

    Its options and output may change between versions, and it warns about that itself. Scripts use apt-get and apt-cache.
    """
    for _, call in facts.outline.calls("apt"):
        verb = next((word for word, _ in call.operands(WITH_VALUE)), "")
        if verb not in SAME and verb not in OTHERWISE and "$" not in verb and not facts.imitates("hadolint"):
            continue
        is_same = verb in SAME and call.place.text == "apt"
        fix = (
            Fix("use apt-get", (Edit(call.place, "apt-get"),), is_safe=True, changes=(Aspect.COMMANDS,))
            if is_same
            else None
        )
        advice = f"use {OTHERWISE.get(verb, 'apt-get')}"
        yield Finding(call.place, "apt is not made for scripts", fix=fix, advice=advice)

"""DFG933: an upgrade of the whole distribution."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG933",
    "pm-upgrade",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3035",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3035",),
    differs="besides zypper's, the commands of apt, dnf and yum that do the same are reported.",
    bad=(
        Bad("FROM opensuse/leap:15.6\nRUN «zypper dup -y»\n"),
        Bad("FROM debian:12\nRUN apt-get update && «apt-get dist-upgrade -y»\n"),
    ),
    good=(
        Good("FROM opensuse/leap:15.6\nRUN zypper update -y\n"),
        Good("FROM debian:12\nRUN apt-get upgrade -y\n"),
        Good("FROM debian:12\nRUN apt-get install -y dist-upgrade-tool\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN upgrades the whole distribution.

    The base image is replaced package by package: the layer is large, and every build gives another one. Take a newer base
    image instead.
    """
    for row in facts.knowledge.package_managers.upgrades:
        for _, call in facts.outline.calls(*row.commands):
            if call.has(*row.verbs):
                yield Finding(
                    call.whole,
                    f"{call.name} upgrades the whole distribution",
                    advice="use a newer base image",
                )

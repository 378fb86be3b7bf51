"""DFG905: sudo in RUN."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG905",
    "sudo",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3004",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3004",
        "https://docs.docker.com/build/building/best-practices/#user",
    ),
    differs="the text of a further shell (`bash -c`, `bash <<EOF`) is read as well; hadolint looks at the RUN's own text.",
    bad=(
        Bad("FROM debian:12\nRUN «sudo» apt-get update\n"),
        Bad("FROM debian:12\nRUN a && «sudo» -u app b | «/usr/bin/sudo» tee /x\n"),
        Bad("FROM debian:12\nONBUILD RUN «sudo» make\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get install -y sudo\n"),
        Good("FROM debian:12\nUSER root\nRUN make\nUSER app\n"),
        Good("FROM debian:12\nRUN echo 'app ALL=NOPASSWD: ALL' > /etc/sudoers.d/app\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN uses sudo.

    It opens a session of its own, passes signals and variables on in ways of its own, and is not needed: USER says
    who runs the next instructions.
    """
    for _, call in facts.outline.calls("sudo"):
        yield Finding(call.place, "sudo instead of USER", advice="switch with USER root and back")

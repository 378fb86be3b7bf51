"""DFG967: /bin/sh is replaced by a link."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG967",
    "shell-instruction",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL4005",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL4005",
        "https://docs.docker.com/reference/dockerfile/#shell",
    ),
    bad=(
        Bad("FROM debian:12\nRUN «ln -sf /bin/bash /bin/sh»\n"),
        Bad("FROM debian:12\nRUN rm /bin/sh && «ln -s /bin/bash /bin/sh»\n"),
    ),
    good=(
        Good('FROM debian:12\nSHELL ["/bin/bash", "-c"]\n'),
        Good("FROM debian:12\nRUN ln -s /bin/bash /usr/local/bin/sh\n"),
        Good("FROM debian:12\nRUN echo ln /bin/sh\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """/bin/sh is linked to another shell.

    Everything in the image that expects the distribution's /bin/sh now gets the other one. SHELL changes it for the
    RUN instructions only.
    """
    for _, call in facts.outline.calls("ln"):
        if call.has("/bin/sh"):
            yield Finding(call.whole, "ln replaces /bin/sh for everything in the image", advice="use SHELL")

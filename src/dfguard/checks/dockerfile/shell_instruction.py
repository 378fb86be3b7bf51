"""DFG967: /bin/sh is replaced by a link."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Call, Facts, Finding, Good, Presence, Severity, Site, rule


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
    differs="where no /bin/sh is, `ln` makes one and replaces nothing: the profile hadolint reports it all the same.",
    bad=(
        Bad("FROM debian:12\nRUN «ln -sfn bash /bin/sh»\n"),
        Bad("FROM debian:12\nRUN mv /bin/sh /bin/sh.old && «ln -s /bin/bash /bin/sh»\n"),
        Bad("FROM fedora:42\nRUN «ln -s -T -f /bin/zsh /bin/sh»\n"),
        Bad(
            'FROM gcr.io/distroless/base-debian12:debug\nSHELL ["/busybox/sh", "-c"]\nRUN «ln -s /busybox/sh /bin/sh»\n',
            options={"profile": "hadolint"},
        ),
        Bad("FROM debian:12\nRUN «ln -sf /bin/bash /bin/sh»\n"),
        Bad("FROM debian:12\nRUN rm /bin/sh && «ln -s /bin/bash /bin/sh»\n"),
    ),
    good=(
        Good('FROM debian:12\nSHELL ["/bin/bash", "-c"]\n'),
        Good(
            'FROM gcr.io/distroless/base-debian12:debug\nSHELL ["/busybox/sh", "-c"]\nRUN ln -s /busybox/sh /bin/sh\n',
            why="ln without -f replaces nothing: there is none",
        ),
        Good(
            'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "ln", "-sf", "/bin/busybox", "/bin/sh"]\n',
            files={"busybox": ""},
            why="there is none",
        ),
        Good("FROM debian:12\nRUN ln -s /bin/sh /usr/local/bin/mysh\n", why="the link is another one"),
        Good("FROM debian:12\nRUN ln -sf bash /rootfs/bin/sh\n", why="another file system"),
        Good("FROM debian:12\nRUN ln -s /bin/bash /usr/local/bin/sh\n"),
        Good("FROM debian:12\nRUN echo ln /bin/sh\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """/bin/sh is linked to another shell.

    Everything in the image that expects the distribution's /bin/sh now gets the other one. SHELL changes it for the
    RUN instructions only.
    """
    for site, call in facts.outline.calls("ln"):
        if call.has("/bin/sh") and (facts.imitates("hadolint") or _replaces(facts, site, call)):
            yield Finding(call.whole, "ln replaces /bin/sh for everything in the image", advice="use SHELL")


def _replaces(facts: Facts, site: Site, call: Call) -> bool:
    """Whether /bin/sh becomes the link, and not what it points to, in place of a shell that is or may be there: `ln` without
    `-f` fails where one is, unless the same RUN takes it away.
    """
    operands = [word for word, _ in call.operands(frozenset(["-t", "--target-directory", "-S", "--suffix"]))]
    if len(operands) > 1 and operands[-1] != "/bin/sh":
        return False
    step = facts.step_of(site.outer)
    if step is not None and step.before.files.resolve("/bin/sh").presence is Presence.ABSENT:
        return False
    if call.has_flag("f", "force"):
        return True
    return any(
        other.name in {"rm", "mv", "unlink", "dpkg-divert"} and other.has("/bin/sh")
        for other in facts.outline.calls_in(site)
    )

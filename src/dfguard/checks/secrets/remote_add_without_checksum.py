"""DFG807: a file of the network without a checksum."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, known, rule

ADDRESSES = ("http://", "https://")
CURRENT = "/git/refs/"
"""Part of addresses that are asked only so that the layers below are built anew when a branch moves on."""


@rule(
    "DFG807",
    "remote-add-without-checksum",
    Severity.WARNING,
    since="0.1.0",
    is_default=False,
    sources=("https://docs.docker.com/reference/dockerfile/#add---checksum",),
    bad=(
        Bad("FROM debian:12\nADD «https://x.org/a.tar.gz» /a.tar.gz\n", message="a.tar.gz"),
        Bad("FROM debian:12\nARG V=1\nADD --chown=1 «http://x.org/a-$V.tgz» https://x.org/b.git#v1 /a/\n"),
    ),
    good=(
        Good(
            "FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://x.org/a /a\n"
        ),
        Good(
            "FROM debian:12\nADD https://github.com/a/b.git#3f2a1c9 /b\nADD git@github.com:a/b.git /b\n",
            why="a repository has a commit",
        ),
        Good(
            "FROM debian:12\nADD https://api.github.com/repos/a/b/git/refs/heads/main /v.json\n",
            why="it is meant to change",
        ),
        Good("FROM debian:12\nADD a.tar.gz /a/\n", why="a local file"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """ADD brings a file of the network whose content nobody checks.

    The server decides what is in the image, today and at the next build. BuildKit checks `--checksum=sha256:...` and
    takes the file from its cache as long as it fits. Off by default; part of the profile `security`.
    """
    for site in facts.outline.of("ADD"):
        if site.instruction.flag("checksum"):
            continue
        for source in site.instruction.arguments[:-1]:
            address = known(facts.outline.value(site, source)) or source.value
            is_repository = address.partition("#")[0].endswith(".git") or CURRENT in address
            if address.startswith(ADDRESSES) and not is_repository:
                yield Finding(
                    source.place(),
                    f"nobody checks what {address.rpartition('/')[2] or address} is when it is downloaded",
                    advice="add --checksum=sha256:...",
                )

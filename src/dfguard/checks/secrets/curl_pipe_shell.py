"""DFG808: a download that is run unseen."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG808",
    "curl-pipe-shell",
    Severity.WARNING,
    since="0.1.0",
    is_default=False,
    sources=(
        "https://www.idontplaydarts.com/2016/04/detecting-curl-pipe-bash-server-side/",
        "https://docs.docker.com/build/building/best-practices/#using-pipes",
    ),
    bad=(
        Bad(
            "FROM debian:12\nRUN «curl -fsSL https://x.org/install.sh | sh»\n",
            message="sh runs what https://x.org/install.sh",
        ),
        Bad("FROM debian:12\nRUN «wget -qO- https://x.org/i | sudo -E bash -s -- --yes» && make\n"),
        Bad('FROM debian:12\nRUN «bash -c "$(curl -fsSL https://x.org/i)"»\n'),
        Bad('FROM debian:12\nSHELL ["/bin/bash", "-c"]\nRUN «bash <(curl -s https://x.org/i)»\n'),
        Bad("FROM debian:12\nRUN «curl https://x.org/get-pip.py | python3 -»\n"),
    ),
    good=(
        Good(
            "FROM debian:12\nRUN curl -fsSL https://x.org/i -o i.sh && echo 'abc  i.sh' | sha256sum -c && sh i.sh\n"
        ),
        Good("FROM debian:12\nRUN curl -fsSL https://x.org/a.tgz | tar xz\n", why="unpacked, not run"),
        Good(
            "FROM debian:12\nRUN curl -s https://x.org/a.json | python3 -c 'import json'\n",
            why="the program is here",
        ),
        Good(
            "FROM debian:12\nRUN curl -s https://x.org/a.json | python3 read.py\n",
            why="the program is a file",
        ),
        Good("FROM debian:12\nRUN V=$(curl -s https://x.org/v) && sh build.sh $V\n"),
        Good("FROM debian:12\nRUN echo 'curl x | sh'\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A download is run as it comes.

    Whoever controls the server (or the way to it) runs commands as root in the build, and what they do may differ from build
    to build. A download that breaks off in the middle is run as far as it got. Save it, check its checksum, run it. Many
    installers are offered this way only; so this is off by default and part of the profile `security`.
    """
    for found in facts.piped_code:
        yield Finding(
            found.place,
            f"{found.runner} runs what {found.address or 'the server'} answers",
            advice="save it, compare its checksum, then run it",
        )

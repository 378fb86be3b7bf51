"""DFG968: a pipe whose first commands may fail without anybody noticing."""

from collections.abc import Iterator
from itertools import pairwise

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, Site, rule

KNOWING = frozenset(["ash", "bash", "ksh", "zsh"])
"""Shells that know the option in all of their versions in use."""


@rule(
    "DFG968",
    "pipefail",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL4006",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL4006",
        "https://docs.docker.com/build/building/best-practices/#using-pipes",
    ),
    differs=(
        "`set -o pipefail` in the RUN itself, a shell given in the JSON form and a SHELL inherited from the stage below "
        "count as well. What cannot fail (`echo`, `printf`, and `yes`, which pipefail would break) may stand before a pipe. "
        "A SHELL of /bin/sh with pipefail is believed, since the sh of Alpine and of newer Debian and Ubuntu knows it; "
        "hadolint wants bash, zsh or ash."
    ),
    bad=(
        Bad("FROM debian:12\nRUN wget -O - https://example.org «|» wc -l > /n\n"),
        Bad("FROM debian:12\nRUN a=$(curl x «|» sh) && b | c\n"),
        Bad("FROM debian:12\nRUN echo a | b && c «|» d\n"),
        Bad("FROM debian:12\nRUN echo a «|» b | c\n"),
        Bad("FROM debian:12\nRUN cut -f1 /x «|» sort\n"),
        Bad(
            'FROM debian:12\nSHELL ["/bin/bash", "-c"]\nRUN a «|» b\n',
            advice="start the RUN with set -o pipefail",
        ),
        Bad("FROM debian:12\nRUN a «|» b\n", advice='SHELL ["/bin/bash", "-o", "pipefail", "-c"]'),
        Bad("FROM alpine:3.22\nRUN a «|» b\n", advice="start the RUN with set -o pipefail"),
        Bad('FROM alpine:3.22\nSHELL ["/bin/ash", "-e", "-c"]\nRUN a «|» b\n', advice="start the RUN with"),
        Bad("FROM python:3.13-slim-trixie\nRUN a «|» b\n", advice="start the RUN with set -o pipefail"),
        Bad("FROM ubuntu:24.04\nRUN a «|» b\n", advice='SHELL ["/bin/bash"'),
        Bad("FROM nobody/knows:1\nRUN a «|» b\n", advice="to a shell of the image"),
    ),
    good=(
        Good('FROM debian:12\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b\n'),
        Good('FROM alpine:3.20\nSHELL ["/bin/ash", "-eo", "pipefail", "-c"]\nRUN a | b\n'),
        Good("FROM debian:12\nRUN set -o pipefail && a | b\n", why="set in the script"),
        Good("FROM debian:12\nRUN bash -euo pipefail -c 'a | b'\n", why="set by the inner shell"),
        Good(
            'FROM debian:12 AS a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nFROM a\nRUN a | b\n',
            why="inherited",
        ),
        Good(
            'FROM debian:12\nSHELL ["pwsh", "-Command"]\nRUN Get-Item x | Remove-Item\n', why="no POSIX shell"
        ),
        Good("FROM debian:12\nRUN echo 'x y' | sha256sum -c\n", why="echo does not fail"),
        Good(
            "FROM debian:12\nRUN v=$(echo $V | cut -d. -f1,2 | tr -d .) && a $v\n",
            why="words that are filtered",
        ),
        Good("FROM debian:12\nRUN /usr/bin/yes | unminimize\n", why="with pipefail yes would fail"),
        Good("FROM debian:12\nRUN a || b\nRUN echo 'a | b'\n", why="no pipes"),
        Good("FROM alpine:3.22\nRUN set -o pipefail && a | b\n", why="what is advised there"),
        Good("FROM debian:13\nRUN set -euo pipefail; a | b\n", why="what is advised there"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN has a pipe, and its shell does not fail when the first part of it fails.

    The exit code of a pipe is that of its last command: a download that fails goes unnoticed. Set
    `SHELL ["/bin/bash", "-o", "pipefail", "-c"]` before it. An image without bash (Alpine) has `/bin/ash`, and where
    /bin/sh knows the option (Alpine, Debian 13, Ubuntu 25.04 and newer) `set -o pipefail &&` at the start of the RUN does.
    """
    for site in facts.outline.of("RUN"):
        if "pipefail" in site.shell or any(_asks(call.arguments) for call in facts.outline.calls_in(site)):
            continue
        place = facts.outline.first_pipe(site)
        if place:
            yield Finding(
                place,
                "when the command before this pipe fails, the RUN does not",
                advice=_advice(facts, site),
            )


def _advice(facts: Facts, site: Site) -> str:
    """What the image of the RUN can do: its /bin/sh may know the option, and not every image has bash."""
    step = facts.step_of(site.outer)
    name = site.shell[0].rpartition("/")[2].removesuffix(".exe") if site.shell else "sh"
    if name in KNOWING or (name == "sh" and facts.knows_pipefail(step)):
        return "start the RUN with set -o pipefail &&"
    shell = facts.shell_with_pipefail(step)
    if shell:
        return f'set SHELL ["{shell}", "-o", "pipefail", "-c"] before it'
    return "set SHELL before it to a shell of the image, with -o pipefail: bash, on Alpine ash"


def _asks(arguments: tuple[str, ...]) -> bool:
    """`set -o pipefail`, `set -euo pipefail`, `bash -o pipefail -c ...`."""
    return any(
        word == "pipefail" and before.startswith("-") and before.endswith("o")
        for before, word in pairwise(arguments)
    )

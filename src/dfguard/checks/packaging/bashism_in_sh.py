"""DFG707: bash's language for a shell that is not bash."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG707",
    "bashism-in-sh",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://wiki.ubuntu.com/DashAsBinSh",
        "https://bugs.debian.org/1071238",
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html",
    ),
    bad=(
        Bad(
            "FROM debian:12\nRUN «source» /opt/venv/bin/activate && make\n",
            message="source: in dash it is not found",
        ),
        Bad('FROM ubuntu:24.04\nARG A\nRUN if «[[ "$A" == x ]]»; then make; fi\n', message="always false"),
        Bad("FROM debian:12\nARG A\nRUN mkdir -p «/data/{in,out}» && echo «${A:0:3}» && cat «<<< x»\n"),
        Bad("FROM debian:12\nRUN set -o «pipefail» && a | b && «x=(1 2)» && c «&> /dev/null»\n"),
        Bad("FROM python:3.12-slim-bookworm\nRUN set -eo «pipefail»; a | b\n", message="illegal option"),
        Bad("FROM ubuntu:24.04\nRUN set -euo «pipefail» && a | b\n"),
        Bad("FROM debian:12.5-slim\nRUN set -o «pipefail» && a | b\n"),
        Bad(
            "FROM debian:12\nRUN echo «-e» 'a\\nb' > /etc/a && [ a «==» b ] || diff «<(a)» b\n",
            message="in dash",
        ),
        Bad(
            "FROM ubuntu:22.04\nRUN . ./setup.sh «--basic» --nvdiffrast\n",
            message="is not passed to the script",
        ),
        Bad("FROM debian:12\nRUN . activate «tools» && make\n", message="argument of `.`"),
    ),
    good=(
        Good(
            'FROM debian:12\nSHELL ["/bin/bash", "-c"]\nRUN source a && [[ a == b ]]\n', why="bash reads it"
        ),
        Good("FROM alpine:3.20\nRUN [[ a == b ]] && source a\n", why="busybox knows these"),
        Good("FROM debian:13\nRUN set -eo pipefail; a | b\n", why="its dash knows the option"),
        Good("FROM python:3.14-slim-trixie\nRUN set -o pipefail && a | b\n", why="Debian 13"),
        Good("FROM ubuntu:25.04\nRUN set -o pipefail && a | b\n"),
        Good("FROM ubuntu:26.04\nRUN set -o pipefail && a | b\n"),
        Good("FROM python:3.12-slim\nRUN set -o pipefail && a | b\n", why="which release is not said"),
        Good("FROM node:24\nRUN set -o pipefail && a | b\n", why="which release is not said"),
        Good("FROM fedora:42\nRUN source a\n", why="sh is bash there"),
        Good("FROM debian:12\nRUN bash -c 'source a && [[ a == b ]]'\n"),
        Good("FROM debian:12\nRUN <<EOF\n#!/bin/bash\nsource a\nEOF\n", why="its own shebang"),
        Good("FROM debian:12\nRUN ln -sf /bin/bash /bin/sh\nRUN source a\n", why="sh was replaced"),
        Good(
            "FROM ubuntu:22.04\nRUN bash ./setup.sh --basic && . /opt/venv/bin/activate 2> /dev/null && make\n"
        ),
        Good(
            'FROM ubuntu:22.04\nSHELL ["/bin/bash", "-c"]\nRUN . ./setup.sh --basic\n', why="bash passes them"
        ),
        Good(
            "FROM debian:12\nRUN set -- --basic && . ./setup.sh\n", why="it sees the arguments of its caller"
        ),
        Good(
            "FROM debian:12\nARG A\nRUN . a && echo ${A:-x} ${A#y} '{a,b}' \"{a,b}\" && find . -exec rm {} + && echo -e a\n"
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN uses bash's language, and /bin/sh is dash.

    On Debian and Ubuntu (and the Python, CUDA and Node images made of them) RUN is read by dash. `source` is not found;
    `[[` neither, so that the condition is silently false; `{a,b}` makes one folder of that name; `&>` starts the
    command in the background; `. script --option` runs the script without the option. Write `SHELL ["/bin/bash", "-c"]`, or the POSIX form (`.`, `[ a = b ]`).
    `set -o pipefail` is POSIX since 2024: dash knows it from Debian 13 and Ubuntu 25.04 on.
    """
    for found in facts.bashisms:
        yield Finding(
            found.place,
            f"{found.what}: in dash it {found.consequence}",
            severity=None if found.is_fatal else Severity.WARNING,
            advice='write SHELL ["/bin/bash", "-c"] above, or the POSIX form',
        )

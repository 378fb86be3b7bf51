"""DFG509: a failing command in the middle of a RUN goes unnoticed."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, Unnoticed, rule

GET = "wget https://example.com/tool.tgz https://example.com/tool.tgz.sig"


@rule(
    "DFG509",
    "unnoticed-failure",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/dockerfile/#here-documents",
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html (2.9.3 Lists, 2.15 set)",
        "moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go@73ed6825",
    ),
    bad=(
        Bad("FROM python:3.11\nRUN <<EOF\n«pip install torch»\necho done\nEOF\n", message="pip"),
        Bad(
            "FROM debian\nRUN <<EOF\napt-get update\n«apt-get install -y curl»\nrm -rf /var/lib/apt/lists/*\nEOF\n"
        ),
        Bad("FROM debian\nRUN <<-EOF\n\tcd /src\n\t«make -j4»\n\tmake install\nEOF\n"),
        Bad(
            f"FROM debian\nRUN {GET}; «gpgv tool.tgz.sig tool.tgz»; tar xf tool.tgz\n",
            message="gpgv",
            advice="&&",
        ),
        Bad(
            f"FROM debian\nRUN {GET} && \\\n    echo 'abc  tool.tgz' | «sha256sum -c -»; \\\n    tar xf tool.tgz\n"
        ),
        Bad(
            f"FROM debian\nRUN set -e; {GET}; «sha256sum --check sums» && echo verified; tar xf tool.tgz\n",
            message="sha256sum",
            advice="of its own",
        ),
        Bad(
            "FROM debian\nRUN apt-get update; «apt-get install -y curl»; rm -rf /var/lib/apt/lists/*\n",
            message="apt-get",
        ),
        Bad(
            "FROM node:22\nWORKDIR /src\nCOPY . .\nRUN «npm ci» && npm run build; npm cache clean --force\n",
        ),
        Bad("FROM alpine:3.22\nRUN «apk add curl»; mkdir -p /srv/data; ln -s /srv/data /etc/data\n"),
        Bad(
            'FROM debian\nARG WITH_A\nRUN if [ -n "$WITH_A" ]; then wget https://example.com/a.zip; «sha512sum -c a.sum»; unzip a.zip; fi\n',
            certainty_is_maybe=True,
        ),
        Bad("FROM python:3.11\nRUN «pip install torch»; pip install --no-cache-dir einops\n"),
    ),
    good=(
        Good("FROM python:3.11\nRUN <<EOF\nset -e\npip install torch\necho done\nEOF\n"),
        Good("FROM python:3.11\nRUN <<EOF\n#!/bin/bash -eux\npip install torch\necho done\nEOF\n"),
        Good(
            'FROM python:3.11\nSHELL ["/bin/bash", "-euo", "pipefail", "-c"]\nRUN <<EOF\npip install torch\necho done\nEOF\n'
        ),
        Good(
            "FROM python:3.11\nRUN <<EOF\necho start\npip install torch\nEOF\n",
            why="the last command decides",
        ),
        Good("FROM python:3.11\nRUN <<EOF\npip install torch || exit 1\necho done\nEOF\n"),
        Good(
            "FROM python:3.11\nRUN <<EOF\npip install torch\n[ -d /x ] || exit 1\nEOF\n",
            why="it is looked at afterwards",
        ),
        Good(
            "FROM python:3.11\nRUN cat <<EOF > /x\npip install torch\necho done\nEOF\n",
            why="the text of a file",
        ),
        Good("FROM python:3.11\nRUN <<EOF python3\nprint(1)\nprint(2)\nEOF\n"),
        Good("FROM python:3.11\nRUN <<EOF\npip --version\necho done\nEOF\n"),
        Good(f"FROM debian\nRUN {GET}; gpgv tool.tgz.sig tool.tgz && tar xf tool.tgz\n"),
        Good(f"FROM debian\nRUN {GET}; tar xf tool.tgz\n", why="tar shows that the download failed"),
        Good(f"FROM debian\nRUN {GET}; gpgv tool.tgz.sig tool.tgz; if [ $? -ne 0 ]; then exit 1; fi; ls\n"),
        Good(f"FROM debian\nRUN {GET}; gpgv tool.tgz.sig tool.tgz || exit 1; tar xf tool.tgz\n"),
        Good(f"FROM debian\nRUN set -eux; {GET}; gpgv tool.tgz.sig tool.tgz; tar xf tool.tgz\n"),
        Good(f"FROM debian\nRUN bash -ec '{GET}; gpgv tool.tgz.sig tool.tgz; tar xf tool.tgz'\n"),
        Good(
            f'FROM debian\nSHELL ["/bin/bash", "-e", "-c"]\nRUN {GET}; gpgv tool.tgz.sig tool.tgz; tar xf tool.tgz\n'
        ),
        Good(
            f"FROM debian\nRUN {GET}; gpgv tool.tgz.sig tool.tgz > result 2>&1; grep -q Good result\n",
            why="something else reads what it says",
        ),
        Good("FROM debian\nRUN apt-get update; apt-get install -y curl\n", why="without lists it fails"),
        Good("FROM debian\nRUN apt-get install -y curl; curl -fO https://example.com/x\n", why="needs curl"),
        Good("FROM python:3.11\nRUN pip install torch; python -c 'import torch'\n"),
        Good(
            "FROM python:3.11\nRUN pip install --upgrade torch; pip install flash-attn --no-build-isolation\n"
        ),
        Good("FROM debian\nRUN wget https://example.com/x.tgz; tar xf x.tgz; rm x.tgz\n", why="rm says it"),
        Good("FROM debian\nRUN cd /src; ./configure; make; make install\n"),
        Good("FROM debian\nRUN apt-get purge -y git; rm -rf /var/lib/apt/lists/*\n", why="brings nothing"),
        Good("FROM debian\nRUN pip install torch; true\n", why="meant to succeed whatever happens"),
        Good("FROM debian\nRUN apt-get install -y curl; rm -rf /x || exit 1\n"),
        Good(
            "FROM debian\nRUN (apt-get install -y curl; rm -rf /var/lib/apt/lists/*) && curl --version\n",
            why="what follows shows it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN goes on behind a command that failed, and ends well all the same.

    Behind `;` and a line feed the shell runs the next command whatever the last one did, and the step succeeds when the last
    command does: a file whose signature or checksum is wrong is used, and a failed download, install or build in the middle is
    found at run time only. Commands whose failure a later one shows (`tar` of what was not downloaded) are left alone, except
    in a heredoc. In the middle of an `&&` list not even `set -e` stops at a failure.
    """
    for step in facts.instructions("RUN"):
        found = facts.unnoticed_failure(step)
        if found is None:
            continue
        yield Finding(
            found.place,
            f"a failure of {found.name} goes unnoticed: the shell goes on, and a later command decides whether the step fails",
            notes=(
                Note(found.operator, "goes on whatever happened"),
                Note(found.last, "decides whether the step fails"),
            ),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=_advice(found),
        )


def _advice(found: Unnoticed) -> str:
    if found.is_strict:
        return "make it a command of its own: set -e does not look at the middle of a list"
    return (
        "begin the heredoc with set -e"
        if found.is_heredoc
        else "join the commands with && or begin with set -e"
    )

"""DFG720: a user or group is named that does not exist."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule


@rule(
    "DFG720",
    "unknown-account",
    Severity.ERROR,
    since="0.1.0",
    overrules=("DFG217",),
    sources=(
        "https://github.com/opencontainers/runc/blob/main/libcontainer/user/user.go",
        "https://github.com/moby/buildkit/blob/master/solver/llbsolver/file/user_linux.go",
        "https://manpages.debian.org/bookworm/adduser/adduser.8.en.html",
    ),
    bad=(
        Bad('FROM python:3.12-slim\nUSER «web»\nCMD ["python"]\n', message="no user web"),
        Bad(
            "FROM debian:12\nRUN adduser --system svc\nRUN mkdir /data && «chown svc:svc /data»\n",
            message="no group svc",
        ),
        Bad("FROM ubuntu:24.04\nRUN mkdir /data && «chown -R deploy /data»\n"),
        Bad(
            "FROM python:3.12-slim\nCOPY --chown=«web:web» a.py /\n",
            files={"a.py": ""},
            severity=Severity.WARNING,
            message="belongs to root",
        ),
        Bad("FROM node:20-bookworm-slim\nUSER «node:staff2»\n", message="no group staff2"),
        Bad(
            "FROM debian:12 AS a\nRUN useradd web\nFROM debian:12\nUSER «web»\n",
            message="no user web",
        ),
    ),
    good=(
        Good("FROM python:3.12-slim\nRUN useradd web\nUSER web\n"),
        Good("FROM debian:12\nRUN adduser --system --group svc && mkdir /data && chown svc:svc /data\n"),
        Good("FROM debian:12\nRUN mkdir /data && chown www-data:www-data /data\nUSER nobody\n"),
        Good("FROM ubuntu:24.04\nUSER ubuntu\n"),
        Good("FROM node:20-slim\nCOPY --chown=node:node a.js /\nUSER node\n", files={"a.js": ""}),
        Good("FROM some/base\nUSER web\n", why="the base image may know it"),
        Good(
            "FROM debian:12\nUSER 1000:1000\nCOPY --chown=1001 a /\n",
            files={"a": ""},
            why="numbers need no entry",
        ),
        Good(
            "FROM debian:12\nRUN apt-get update && apt-get install -y postgresql && chown postgres /srv\n",
            why="a package makes it",
        ),
        Good(
            "FROM debian:12\nCOPY passwd /etc/passwd\nUSER web\n", files={"passwd": "web:x:7:7::/:/bin/sh\n"}
        ),
        Good("FROM debian:12\nRUN echo 'web:x:7:7::/:/bin/sh' >> /etc/passwd\nUSER web\n"),
        Good("FROM debian:12\nUSER web\nUSER root\nRUN useradd web\n", why="it is there in the end"),
        Good("FROM debian:12\nARG WHO\nUSER $WHO\n"),
        Good(
            "FROM debian:12 AS a\nRUN echo 1 > /x\nUSER web\nFROM debian:12\nCOPY --from=a /x /x\n",
            why="nothing runs as the user",
        ),
        Good(
            "FROM debian:12 AS a\nRUN useradd web\nFROM scratch\nCOPY --from=a /etc/passwd /etc/passwd\nUSER web\n",
        ),
        Good(
            "FROM debian:12 AS a\nRUN useradd web\nFROM scratch\nCOPY --from=a /etc/passwd /etc/group /etc/\nUSER web:web\n",
        ),
        Good("FROM debian:12 AS a\nRUN useradd web\nFROM scratch\nCOPY --from=a / /\nUSER web\n"),
        Good("FROM some/base AS a\nFROM debian:12\nCOPY --from=a /etc /etc\nUSER web\n"),
        Good(
            "FROM python:3.12\nCOPY setup.sh /\nRUN sh /setup.sh\nUSER web\n",
            files={"setup.sh": "curl https://example.com/x | sh\n"},
        ),
        Good("FROM debian:12\nRUN mkdir /a && chown svc /a || true\n", why="its failure is accepted"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """USER, chown or --chown name a user or group that is neither in the base image nor made by a step.

    The build or the container stops with `unable to find user`; chown says `invalid user`. COPY --chown does not fail: BuildKit
    then gives the files to root. Debian's `adduser --system NAME` makes no group of that name, only with `--group`.
    """
    for found in facts.unknown_accounts:
        is_copy = found.keyword in ("COPY", "ADD")
        message = found.why or f"there is no {found.kind} {found.name}"
        if is_copy:
            message += ": what is copied belongs to root"
        elif found.keyword == "USER":
            message += ": no command runs as one that does not exist"
        yield Finding(
            found.place,
            message,
            severity=Severity.WARNING if is_copy else Severity.ERROR,
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice="make it first (useradd, groupadd), or write the number",
        )

"""DFG805: downloads from whoever answers."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG805",
    "tls-verification-off",
    Severity.WARNING,
    since="0.1.0",
    aliases=(
        "CKV2_DOCKER_2",
        "CKV2_DOCKER_3",
        "CKV2_DOCKER_4",
        "CKV2_DOCKER_5",
        "CKV2_DOCKER_6",
        "CKV2_DOCKER_12",
        "CKV2_DOCKER_13",
        "CKV2_DOCKER_14",
        "CKV2_DOCKER_15",
        "CKV2_DOCKER_16",
    ),
    sources=(
        "https://www.checkov.io/5.Policy%20Index/dockerfile.html",
        "https://curl.se/docs/sslcerts.html",
    ),
    differs=(
        "checkov has one policy per program; the programs and options are a table here. A download whose checksum or signature "
        "the same RUN verifies, and one from localhost, are left alone."
    ),
    bad=(
        Bad("FROM debian:12\nRUN curl «-fsSLk» https://x.org/a -o /a\n", message="whom curl downloads from"),
        Bad("FROM debian:12\nRUN wget «--no-check-certificate» https://x.org/a\n"),
        Bad(
            "FROM python:3.12\nRUN pip install «--trusted-host» pypi.org a && python3 -m pip install «--trusted-host=x.org» b\n"
        ),
        Bad("FROM node:22\nENV «NODE_TLS_REJECT_UNAUTHORIZED»=0\nRUN npm config set «strict-ssl» false\n"),
        Bad(
            "FROM debian:12\nRUN git config --global «http.sslVerify» false && git -c «http.sslVerify=false» clone x\n"
        ),
        Bad(
            "FROM debian:12\nRUN «GIT_SSL_NO_VERIFY=1» git clone https://x.org/a && export «PYTHONHTTPSVERIFY=0»\n"
        ),
        Bad("FROM debian:12\nRUN apt-get -o «Acquire::https::Verify-Peer=false» update\n"),
        Bad(
            "FROM debian:12\nRUN echo «'Acquire::https { Verify-Peer \"false\"; };'» > /etc/apt/apt.conf.d/99x\n"
        ),
        Bad("FROM fedora:42\nRUN dnf install -y «--setopt=sslverify=false» a\n"),
    ),
    good=(
        Good(
            "FROM debian:12\nRUN curl -fsSL https://x.org/a -okernel -K /c -HAccept:kk\n",
            why="k is in a value",
        ),
        Good(
            "FROM debian:12\nRUN curl -k https://x.org/a -o /a && echo 'abc  /a' | sha256sum -c -\n",
            why="the checksum is verified",
        ),
        Good("FROM debian:12\nRUN curl -k https://localhost:8443/ready\n", why="this machine"),
        Good(
            "FROM node:22\nENV NODE_TLS_REJECT_UNAUTHORIZED=1 GIT_SSL_NO_VERIFY=false\nRUN npm config set strict-ssl true\n"
        ),
        Good(
            "FROM debian:12\nRUN git config --global http.sslVerify true && git config core.autocrlf false\n"
        ),
        Good("FROM debian:12\nRUN echo wget --no-check-certificate\n"),
        Good(
            "FROM debian:12\nRUN wget --no-check-certificate https://x.org/a && gpg --verify a.asc a\n",
            why="the signature is verified",
        ),
        Good(
            "FROM python:3.12\nRUN pip install --index-url https://x.org/simple a && pip config set global.timeout 60\n"
        ),
        Good(
            "FROM debian:12\nRUN apt-get -o Acquire::https::Timeout=10 update && dnf --setopt=install_weak_deps=false install a\n"
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The certificate of the server is not checked.

    Whoever sits between the build and the server can put anything into the image, and it runs as root. Mostly a missing
    package is the cause: install `ca-certificates`, or copy the certificate of the company's proxy into the image and run
    `update-ca-certificates`.
    """
    for found in facts.switched_off("tls"):
        yield Finding(
            found.place,
            f"{found.place.text} means that nobody checks {found.switch.what}",
            advice="install ca-certificates, or add the missing certificate",
        )

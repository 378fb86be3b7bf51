"""DFG806: packages from whoever signed them."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG806",
    "signature-check-off",
    Severity.WARNING,
    since="0.1.0",
    aliases=("CKV2_DOCKER_7", "CKV2_DOCKER_8", "CKV2_DOCKER_9", "CKV2_DOCKER_10", "CKV2_DOCKER_11"),
    sources=(
        "https://www.checkov.io/5.Policy%20Index/dockerfile.html",
        "https://manpages.debian.org/bookworm/apt/apt-secure.8.en.html",
    ),
    differs="checkov has one policy per program; the programs and options are a table here.",
    bad=(
        Bad(
            "FROM debian:12\nRUN apt-get install -y «--allow-unauthenticated» a\n",
            message="who signed the packages",
        ),
        Bad("FROM debian:12\nRUN apt-get «--force-yes» -y install a\n"),
        Bad("FROM alpine:3.20\nRUN curl -fO https://x.org/a.apk && apk add «--allow-untrusted» a.apk\n"),
        Bad(
            "FROM alpine:3.20\nCOPY a.apk /\nRUN apk add «--allow-untrusted» /a.apk git\n",
            files={"a.apk": ""},
        ),
        Bad(
            "FROM fedora:42\nRUN dnf -y install «--nogpgcheck» a && rpm -i «--nosignature» https://x.org/b.rpm\n"
        ),
        Bad(
            'FROM debian:12\nRUN echo «"deb [trusted=yes] https://x.org/apt ./"» > /etc/apt/sources.list.d/x.list\n'
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get install -y --allow-downgrades a\n"),
        Good(
            "FROM debian:12\nRUN echo 'deb [signed-by=/k.gpg] https://x.org/apt ./' > /etc/apt/sources.list.d/x.list\n"
        ),
        Good("FROM alpine:3.20\nRUN apk add --no-cache a\n"),
        Good(
            "FROM alpine:3.20\nCOPY a.apk /\nRUN apk add --allow-untrusted /a.apk\n",
            files={"a.apk": ""},
            why="a file of our own",
        ),
        Good(
            "FROM fedora:42\nCOPY b.rpm /\nRUN rpm -i --nosignature /b.rpm\n",
            files={"b.rpm": ""},
            why="a file of our own",
        ),
        Good(
            "FROM alpine:3.20\nRUN curl -fO https://x.org/a.apk && echo '0123  a.apk' | sha256sum -c && apk add --allow-untrusted a.apk\n",
            why="verified otherwise",
        ),
        Good(
            "FROM alpine:3.20\nRUN curl -fO https://x.org/a.apk -O https://x.org/a.sig && gpg --verify a.sig a.apk && apk add --allow-untrusted a.apk\n",
            why="verified otherwise",
        ),
        Good(
            "FROM alpine:3.20\nRUN apk index --allow-untrusted -o APKINDEX.tar.gz *.apk\n",
            why="installs nothing",
        ),
        Good(
            "FROM debian:12\nRUN apt-get purge -y --force-yes a && apt-get -y --force-yes autoremove\n",
            why="installs nothing",
        ),
        Good(
            "FROM debian:12\nRUN echo 'deb [trusted=yes] file:/opt/archive ./' > /etc/apt/sources.list.d/x.list\n",
            why="made by the build itself",
        ),
        Good("FROM fedora:42\nRUN rpm --import https://x.org/key && dnf -y install a\n"),
        Good("FROM golang:1.24\nENV GOSUMDB=sum.golang.org GONOSUMDB=\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The signature of packages is not checked.

    Whoever can answer for the archive can install anything as root. Import the key of the archive instead
    (`signed-by=` for apt, `rpm --import`, a key in /etc/apk/keys).
    """
    for found in facts.switched_off("signature"):
        shown = found.place.text if found.place.text.startswith("-") else "this"
        yield Finding(
            found.place,
            f"{shown} means that nobody checks {found.switch.what}",
            advice="import the key of the archive instead",
        )

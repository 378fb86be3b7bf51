"""DFG715: a command asks, and a RUN has nobody to answer."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, PipedCode, Severity, rule
from dfguard.checks.packages._answers import asking


@rule(
    "DFG715",
    "unanswered-question",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/dockerfile/#run",
        "https://pip.pypa.io/en/stable/cli/pip_uninstall/",
        "https://manpages.debian.org/bookworm/apt/apt-get.8.en.html",
        "https://rust-lang.github.io/rustup/installation/other.html",
    ),
    bad=(
        Bad(
            "FROM python:3.12\nRUN pip install polars numpy\nRUN pip «uninstall» numpy\n",
            fixed="FROM python:3.12\nRUN pip install polars numpy\nRUN pip uninstall -y numpy\n",
            message="removes what is installed",
        ),
        Bad(
            "FROM python:3.12\nRUN python3 -m pip «uninstall» --break-system-packages numpy\n",
            fixed="FROM python:3.12\nRUN python3 -m pip uninstall -y --break-system-packages numpy\n",
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get install -y git make && make -C /src && apt-get «purge» make\n",
            fixed="FROM debian:12\nRUN apt-get update && apt-get install -y git make && make -C /src && apt-get purge -y make\n",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get «remove» python-pip\n",
            fixed="FROM debian:12\nRUN apt-get remove -y python-pip\n",
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get «upgrade» && rm -rf /var/lib/apt/lists/*\n",
            fixed="FROM debian:12\nRUN apt-get update && apt-get upgrade -y && rm -rf /var/lib/apt/lists/*\n",
        ),
        Bad(
            "FROM debian:12\nRUN apt «install» git\n",
            fixed="FROM debian:12\nRUN apt install -y git\n",
            message="more packages than it names",
        ),
        Bad(
            "FROM rockylinux:9\nRUN dnf «update»\n",
            fixed="FROM rockylinux:9\nRUN dnf update -y\n",
        ),
        Bad(
            "FROM archlinux\nRUN pacman «-Syu» git\n",
            fixed="FROM archlinux\nRUN pacman -Syu --noconfirm git\n",
        ),
        Bad(
            "FROM eclipse-temurin:21\nRUN keytool «-importcert» -alias ours -file ours.crt -cacerts\n",
            fixed="FROM eclipse-temurin:21\nRUN keytool -importcert -noprompt -alias ours -file ours.crt -cacerts\n",
            message="not added",
        ),
        Bad("FROM node:22\nRUN npm «init»\n", fixed="FROM node:22\nRUN npm init -y\n"),
        Bad("FROM debian:12\nRUN gpg «--gen-key»\n"),
        Bad(
            "FROM debian:12\nRUN «curl --proto '=https' -sSf https://sh.rustup.rs | sh -s -- --profile minimal»\n",
            advice="-y",
        ),
    ),
    good=(
        Good("FROM python:3.12\nRUN pip uninstall -y numpy && pip3 uninstall numpy --yes\n"),
        Good("FROM python:3.12\nENV PIP_YES=1\nRUN pip uninstall numpy\n"),
        Good("FROM python:3.12\nRUN PIP_YES=1 pip uninstall numpy\n"),
        Good("FROM python:3.12\nRUN yes | pip uninstall numpy\n"),
        Good("FROM python:3.12\nRUN uv pip uninstall numpy\n", why="uv does not ask"),
        Good("FROM python:3.12\nRUN pip install uninstall-helper\n"),
        Good("FROM debian:12\nRUN apt-get update && apt-get -qq dist-upgrade && apt-get -y autoremove\n"),
        Good("FROM debian:12\nRUN apt-get upgrade --dry-run && apt-get purge -yq git\n"),
        Good(
            "FROM debian:12\nRUN echo 'APT::Get::Assume-Yes \"true\";' > /etc/apt/apt.conf.d/90yes\nRUN apt-get upgrade\n"
        ),
        Good("FROM rockylinux:9\nRUN dnf -y update && yum upgrade --assumeyes && dnf check-update\n"),
        Good("FROM rockylinux:9\nRUN echo 'assumeyes=1' >> /etc/dnf/dnf.conf\nRUN dnf update\n"),
        Good("FROM rockylinux:9\nRUN microdnf update\n", why="never asks"),
        Good("FROM alpine:3.22\nRUN apk upgrade && apk del git\n", why="never asks"),
        Good("FROM opensuse/leap\nRUN zypper --non-interactive update && zypper -n dup\n"),
        Good("FROM archlinux\nRUN pacman -Syu --noconfirm git && pacman -Q && pacman -Sp git\n"),
        Good(
            "FROM eclipse-temurin:21\nRUN keytool -importcert -noprompt -file ours.crt -cacerts && keytool -list\n"
        ),
        Good("FROM eclipse-temurin:21\nRUN echo yes | keytool -importcert -file ours.crt -cacerts\n"),
        Good(
            "FROM node:22\nRUN npm init -y && npm init --yes && npm init vite@latest app -- --template vue\n"
        ),
        Good("FROM debian:12\nRUN gpg --batch --gen-key params && gpg --verify a.asc a\n"),
        Good("FROM debian:12\nRUN curl -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal\n"),
        Good(
            "FROM debian:12\nRUN curl -sSf https://example.com/install.sh | sh\n",
            why="of others nothing is known",
        ),
        Good("FROM debian:12\nRUN apt-get install git\n", why="DFG914 says that"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A command stops and asks, and nobody is there to answer.

    The standard input of a RUN is empty and it has no terminal. Most programs take that for a no, or fail: `apt-get upgrade`
    says "Abort.", `pip uninstall` "EOFError", the installer of Rust "Unable to run interactively". `keytool` goes on without what it
    was called for. The installs of apt-get, yum, dnf and zypper have rules of their own. What is
    removed may not be there: then nothing is asked, and the finding is uncertain.
    """
    for row in facts.knowledge.package_managers.questions:
        yield from asking(facts, row)
    for piped in facts.piped_code:
        if _asks(facts, piped):
            yield Finding(
                piped.place,
                "the installer asks before it goes on, and fails without a terminal",
                advice="give it -y: sh -s -- -y",
            )


def _asks(facts: Facts, piped: PipedCode) -> bool:
    rows = facts.knowledge.package_managers.installers
    row = next((row for row in rows if any(part in piped.address for part in row.addresses)), None)
    if row is None:
        return False
    readers = (
        call
        for _, call in facts.outline.calls(piped.runner)
        if call.place.source is piped.place.source and piped.place.span.holds(call.place.span)
    )
    return not any(call.has(*row.words) for call in readers)

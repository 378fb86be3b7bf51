"""DFG716: the mirror that apt or yum asks has the release of the distribution no longer."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG716",
    "archived-release",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://www.debian.org/releases/",
        "https://help.ubuntu.com/community/EOLUpgrades",
        "https://www.centos.org/centos-linux-eol/",
    ),
    bad=(
        Bad(
            "FROM debian:buster-slim\nRUN «apt-get update» && apt-get install -y curl\n",
            message="Debian's mirror no longer has",
            advice="archive.debian.org",
        ),
        Bad("FROM ruby:2.5-stretch\nRUN set -ex; «apt-get -q update»; apt-get install -y git\n"),
        Bad(
            "FROM node:16-buster-slim AS base\nFROM base\nENV A=1\nRUN pip install a; «apt update»; apt install -y git\n"
        ),
        Bad("FROM ubuntu:23.10\nRUN «apt-get update»\n", message="Ubuntu's mirror no longer has"),
        Bad(
            "FROM centos:7\nRUN «yum -y install git» && yum clean all\nRUN yum install -y make\n",
            advice="vault.centos.org",
        ),
        Bad("FROM centos\nRUN «dnf update -y»\n"),
        Bad(
            'FROM debian:9\nARG TOOLS\nRUN if [ -n "$TOOLS" ]; then «apt-get update»; fi\n',
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good("FROM debian:bullseye\nRUN apt-get update\n"),
        Good("FROM debian:12-slim\nRUN apt-get update\n"),
        Good("FROM ubuntu:16.04\nRUN apt-get update\n", why="releases with long support stay"),
        Good("FROM ubuntu:24.04\nRUN apt-get update\n"),
        Good("FROM ubuntu\nRUN apt-get update\n"),
        Good("FROM quay.io/centos/centos:stream9\nRUN dnf install -y git\n"),
        Good(
            "FROM example/python:3-buster\nRUN apt-get update\n",
            why="somebody else may have changed the sources",
        ),
        Good(
            "FROM debian:buster\nRUN sed -i s/deb.debian/archive.debian/g /etc/apt/sources.list && apt-get update\n"
        ),
        Good("FROM debian:buster\nCOPY sources.list /etc/apt/\nRUN apt-get update\n"),
        Good(
            "FROM debian:buster\nRUN echo 'deb http://archive.debian.org/debian buster main' > /etc/apt/sources.list\nRUN apt-get update\n"
        ),
        Good(
            "FROM debian:buster\nCOPY mirrors.sh /\nRUN sh /mirrors.sh && apt-get update\n",
            why="nobody knows",
        ),
        Good(
            "FROM debian:buster\nRUN --mount=type=bind,source=sources.list,target=/etc/apt/sources.list apt-get update\n"
        ),
        Good("FROM debian:buster\nRUN apt-get update || true\n", why="it may fail"),
        Good("FROM debian:buster\nRUN apt-cache policy && dpkg -l\n", why="asks no mirror"),
        Good(
            "FROM centos:7\nRUN sed -i -e s/mirrorlist=/#mirrorlist=/ -e s/mirror.centos/vault.centos/ /etc/yum.repos.d/*.repo && yum install -y git\n"
        ),
        Good("FROM centos:7\nRUN yum --disablerepo='*' install -y /tmp/a.rpm && yum clean all\n"),
        Good(
            "FROM debian:buster AS old\nRUN apt-get update\nFROM debian:12\nRUN apt-get update\n",
            why="not built",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Apt or yum asks a mirror for a release of the distribution that is only in the archive any more.

    When a release comes to its end the mirrors drop it, and its images still ask them: `apt-get update` ends with "404 Not
    Found" or "does not have a Release file", `yum install` with "Could not resolve host: mirrorlist.centos.org". Take a
    release that is kept up; where that cannot be, write the archive into the sources first.
    """
    for found in facts.lost_mirrors:
        release = found.release
        yield Finding(
            found.run.place,
            f"{release.mirror} no longer has the {release.title} of {found.base.text}, and the command fails",
            notes=(Note(found.base, "chooses the release"),),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=f"take a newer release, or point {release.folder} to {release.archive} first",
        )

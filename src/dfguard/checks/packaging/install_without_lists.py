"""DFG719: apt-get installs where no package lists are."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Failure, Finding, Good, Lack, Severity, rule


@rule(
    "DFG719",
    "install-without-lists",
    Severity.ERROR,
    since="0.1.0",
    overrules=("DFG217",),
    sources=(
        "https://manpages.debian.org/bookworm/apt/apt-get.8.en.html",
        "https://docs.docker.com/build/building/best-practices/#apt-get",
    ),
    bad=(
        Bad(
            "FROM ubuntu:22.04\nRUN «apt-get install -y --no-install-recommends make»\n",
            message="make is not found",
            advice="apt-get update",
        ),
        Bad(
            "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\nRUN «apt-get install -y ffmpeg»\n"
        ),
        Bad("FROM node:22-slim\nUSER root\nRUN «apt install -y python3 make g++»\n"),
        Bad(
            "FROM debian:12 AS a\nRUN apt-get update\nFROM debian:12\nRUN «apt-get install -y tini»\n",
            message="tini",
        ),
        Bad(
            "FROM debian:12\nRUN --mount=type=cache,target=/var/lib/apt apt-get update\nRUN «apt-get install -y jq»\n",
            message="jq",
        ),
        Bad("FROM debian:12\nRUN «apt-get install -y g++»\n", message="g++"),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get update && apt-get install -y curl\n"),
        Good(
            "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n",
            why="the lists stay in the layer",
        ),
        Good("FROM debian:12\nRUN apt-get -qq update; apt-get -y install curl\n"),
        Good("FROM debian:12\nRUN apt-get install -y bash passwd\n", why="they are there"),
        Good(
            "FROM debian:12\nRUN apt-get update && apt-get install -y build-essential && rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y gcc\n",
            why="it came along",
        ),
        Good("FROM example/base\nRUN apt-get install -y curl\n", why="the base image may have lists"),
        Good(
            "FROM runpod/pytorch:2.1.0-py3.10-cuda11.8.0-devel-ubuntu22.04\nRUN apt-get install -y curl\n",
            why="it may have lists",
        ),
        Good("FROM debian:12\nCOPY a.deb /\nRUN apt-get install -y /a.deb\n", files={"a.deb": ""}),
        Good(
            "FROM debian:12\nCOPY lists/ /var/lib/apt/lists/\nRUN apt-get install -y curl\n",
            files={"lists/x": ""},
        ),
        Good(
            "FROM debian:12\nRUN --mount=type=cache,target=/var/lib/apt apt-get install -y curl\n",
            why="the cache may hold them",
        ),
        Good(
            "FROM debian:12\nCOPY setup.sh /\nRUN sh /setup.sh && apt-get install -y curl\n",
            files={"setup.sh": "apt-get update\n"},
        ),
        Good("FROM debian:12\nRUN apt-get install -y curl || (apt-get update && apt-get install -y curl)\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """`apt-get install` of a package that is not there yet, where the image has no package lists.

    The images of Debian and Ubuntu, and those made from them, are shipped without lists, and a step that ended with
    `rm -rf /var/lib/apt/lists/*` took them away again: apt says `Unable to locate package` and ends with 100. Write
    `apt-get update && apt-get install` into one RUN.
    """
    for _, run in facts.commands:
        if run.lacks is Lack.LISTS and run.failure is Failure.FATAL:
            yield Finding(
                run.place,
                f"{run.name} fails here: {run.fails_because}",
                certainty=Certainty.SURE if run.is_certain else Certainty.MAYBE,
                advice="run apt-get update before it, in the same RUN",
            )

"""DFG718: a command's program is not in the image."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule


@rule(
    "DFG718",
    "program-missing",
    Severity.ERROR,
    since="0.1.0",
    overrules=("DFG217",),
    sources=(
        "https://www.debian.org/distrib/packages#search_contents",
        "https://github.com/docker-library/repo-info",
        "https://manpages.debian.org/bookworm/dash/sh.1.en.html#Exit_Status",
    ),
    bad=(
        Bad(
            "FROM python:3.11-slim\nRUN «curl -fsSLO https://example.com/a.tgz» && tar -xzf a.tgz\n",
            message="there is no curl: python has none and nothing installs it",
            advice="install curl",
        ),
        Bad(
            "FROM node:20-bookworm-slim\nRUN «git clone https://example.com/a /a»\n",
            message="git",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl\nRUN curl -fO https://example.com/a.zip && «unzip a.zip»\n",
            message="unzip",
        ),
        Bad(
            "FROM python:3.12-slim\nRUN «curl -fsSL https://example.com/install.sh» | sh\n",
            severity=Severity.WARNING,
            message="nobody notices",
        ),
        Bad("FROM debian:13\nRUN «adduser --system app»\n", advice="install adduser"),
        Bad("FROM ubuntu:24.04\nRUN «adduser app»\n"),
        Bad(
            'FROM python:3.12-slim\nCOPY a.py /\nHEALTHCHECK CMD «curl -f http://localhost:8000/» || exit 1\nCMD ["python", "/a.py"]\n',
            files={"a.py": ""},
        ),
        Bad(
            'FROM python:3.12-slim\nRUN pip install requests\nCMD ["«ffmpeg", "-i", "/in.mp4", "/out.mp3»"]\n',
        ),
        Bad(
            "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN «wget -q https://example.com/a»\n",
        ),
        Bad(
            "FROM golang:1.24-bookworm AS build\nRUN go build -o /a .\nFROM debian:12-slim\nCOPY --from=build /a /usr/local/bin/a\nRUN «jq . /b»\n",
            message="jq",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get install -y g++ && g++ --version && «jq --version»\n"
        ),
    ),
    good=(
        Good(
            "FROM debian:12\nRUN sed -i s/bookworm/trixie/ /etc/apt/sources.list.d/debian.sources && apt-get update && apt-get install -y git\nRUN jq --version\n",
            why="another release may need other packages",
        ),
        Good("FROM python:3.11\nRUN curl -fsSLO https://example.com/a.tgz\n"),
        Good(
            "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y curl && curl -fO https://example.com/a\n"
        ),
        Good(
            "FROM debian:12\nRUN apt-get update && apt-get install -y build-essential && gcc --version && make --version && c++ --version\n",
            why="a metapackage brings them",
        ),
        Good(
            "FROM debian:12\nRUN apt-get update && apt-get install -y vim-tiny && vi --version\n",
            why="an alternative",
        ),
        Good(
            "FROM debian:12\nRUN apt-get update && apt-get install -y default-jre-headless && java -version\n"
        ),
        Good("FROM ubuntu:24.04\nRUN ps aux\n", why="Ubuntu's image has procps"),
        Good("FROM debian:12\nCOPY --from=mikefarah/yq /usr/bin/yq /usr/bin/yq\nRUN yq --version\n"),
        Good("FROM python:3.12-slim\nCOPY --from=ghcr.io/astral-sh/uv /uv /uvx /bin/\nRUN uv --version\n"),
        Good(
            "FROM python:3.12-slim\nRUN pip install cmake ninja && cmake --version\n", why="a wheel brings it"
        ),
        Good(
            "FROM python:3.12-slim\nRUN pip install dumb-init yt-dlp && dumb-init yt-dlp --version\n",
            why="wheels bring them",
        ),
        Good("FROM node:20-slim\nRUN npm install -g serve && serve --version\n"),
        Good("FROM debian:12\nRUN curl -f https://example.com/a || true\n", why="its failure is accepted"),
        Good(
            "FROM debian:12\nRUN command -v curl || (apt-get update && apt-get install -y curl)\nRUN curl --version\n"
        ),
        Good("FROM debian:12\nRUN if command -v git; then git --version; fi\n"),
        Good("FROM some/base\nRUN curl --version\n", why="the base image is not known"),
        Good(
            "FROM debian:12\nRUN echo 'deb http://example.com/ a b' > /etc/apt/sources.list.d/a.list && apt-get update && apt-get install -y whatever\nRUN jq --version\n",
            why="packages of others may bring anything",
        ),
        Good(
            "FROM debian:12\nARG TOOLS\nRUN apt-get update && apt-get install -y $TOOLS\nRUN jq --version\n"
        ),
        Good(
            "FROM python:3.12\nCOPY . /src\nRUN /src/setup.sh && jq --version\n",
            files={"setup.sh": "#!/bin/sh\ncurl -fsSL https://example.com/i.sh | sh\n"},
        ),
        Good(
            "FROM debian:12\nCOPY curl /usr/bin/\nRUN chmod +x /usr/bin/curl && curl --version\n",
            files={"curl": ""},
        ),
        Good(
            "FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nCMD nvidia-smi\n",
            why="the driver brings it at run time",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A command runs a program that is not in the image: the shell says `not found` and 127.

    The slim images have neither curl, wget, git, ps nor a compiler; debian:13 and ubuntu:24.04 have no adduser. It is said where all
    is known that the image holds and every step so far is known to bring no program of that name: packages of the distribution with all
    they need, what was copied, what a package manager of a language may bring. In front of a pipe or a `;` nobody notices that the program
    never ran: a warning.
    """
    for found in facts.missing_programs:
        run = found.run
        why = f"there is no {run.name}: {found.image or 'the base image'} has none and nothing installs it"
        where = f" ({found.origin})" if found.origin else ""
        yield Finding(
            run.place,
            f"{why}{where}" if found.stops else f"{why}, and nobody notices{where}",
            severity=Severity.ERROR if found.stops else Severity.WARNING,
            certainty=Certainty.SURE if run.is_certain else Certainty.MAYBE,
            advice=f"install {found.package}" if found.package else "bring it into the image",
        )

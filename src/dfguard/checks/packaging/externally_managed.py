"""DFG704: a Python that pip may not change."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule

PLAIN = frozenset(["pip", "pip3", "python3", "python"])
ELSEWHERE = tuple(
    """
    --target -t --prefix --root --dry-run --break-system-packages --python --system -p
    """.split()
)
MARK = "EXTERNALLY-MANAGED"


@rule(
    "DFG704",
    "externally-managed",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://peps.python.org/pep-0668/", "https://docs.astral.sh/uv/pip/environments/"),
    bad=(
        Bad(
            "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y python3 python3-pip\nRUN «pip3» install runpod\n",
            message="externally-managed-environment",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get install -y python3-pip && «python3» -m pip install a\n"
        ),
        Bad(
            "FROM python:3.12-slim\nRUN pip install uv && «uv» pip install runpod\n",
            message="no virtual environment",
        ),
        Bad(
            "FROM python:3.12-slim\nWORKDIR /app\nRUN pip install uv && uv venv\nWORKDIR /srv/b\nRUN «uv» pip install a\n",
            message="no virtual environment",
        ),
    ),
    good=(
        Good(
            "FROM python:3.12-slim\nWORKDIR /usr/src\nRUN pip install uv && uv venv && uv pip install a\n",
            why="made here, or above where the base image may hold a project",
        ),
        Good(
            "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y python3-pip && pip3 install --break-system-packages a\n"
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3-pip && pip3 install a\n",
            why="an older release",
        ),
        Good(
            "FROM python:3.12-slim-bookworm\nRUN apt-get update && apt-get install -y python3-pip && pip install a\n",
            why="the image's own Python comes first",
        ),
        Good(
            "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y python3-pip python3-venv && python3 -m venv /v && /v/bin/pip install a\nENV PATH=/v/bin:$PATH\nRUN pip install b\n"
        ),
        Good(
            "FROM ubuntu:24.04\nENV PIP_BREAK_SYSTEM_PACKAGES=1\nRUN apt-get update && apt-get install -y python3-pip && pip install a\n"
        ),
        Good(
            "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y python3-pip && rm /usr/lib/python3*/EXTERNALLY-MANAGED && pip install a\n"
        ),
        Good(
            "FROM python:3.12-slim\nRUN pip install uv && uv pip install --system runpod\nENV UV_SYSTEM_PYTHON=1\nRUN uv pip install b\n"
        ),
        Good(
            "FROM python:3.12-slim\nWORKDIR /app\nCOPY pyproject.toml .\nRUN pip install uv && uv sync\nRUN uv pip install a\n",
            files={"pyproject.toml": "[project]\nname = 'a'\n"},
            why="uv sync makes .venv",
        ),
        Good(
            "FROM python:3.12-slim AS base\nWORKDIR /app\nRUN pip install uv && uv venv\nFROM base\nRUN uv pip install a\n",
            why="the parent stage made it",
        ),
        Good(
            "FROM python:3.12-slim\nWORKDIR /app\nRUN pip install uv && uv venv\nWORKDIR /app/sub\nRUN uv pip install a\n",
            why="uv looks in the folders above, too",
        ),
        Good("FROM python:3.12-slim\nRUN pip install uv && uv venv && uv pip install runpod\n"),
        Good(
            "FROM debian:12\nRUN apt-get update && apt-get install -y python3-pip\nRUN pip install a || pip install --break-system-packages a\n",
            why="there is a second try",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The install is refused: the system's Python may not be changed, or uv finds no environment.

    From Debian 12 and Ubuntu 23.04 on pip stops with "externally-managed-environment" when it would install into the Python
    of the system; `uv pip install` stops when there is no virtual environment. Make one, or say that the system is meant
    (`--break-system-packages` for pip, `--system` for uv): in an image that is all right.
    """
    unmarked = any(
        MARK in word
        for site in facts.outline.of("RUN")
        for c in facts.outline.calls_in(site)
        for word in c.arguments
    )
    for found in facts.pip_calls:
        if (
            found.has_option(*ELSEWHERE)
            or facts.is_swallowed(found.step, found.call.place)
            or facts.may_have_environment(found)
        ):
            continue
        if found.is_uv:
            if not found.may_be_set("UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES"):
                yield Finding(
                    found.call.place,
                    "uv pip install stops: there is no virtual environment",
                    advice="add --system, or make one with uv venv",
                )
            continue
        release, base = facts.release_of(found.step), found.step.before.base
        pip = next(
            (p for p in found.earlier if p.manager == "apt" and p.name in {"python3-pip", "python3-full"}),
            None,
        )
        if (
            release is None
            or not release.is_managed
            or base is None
            or base.pythons
            or pip is None
            or unmarked
        ):
            continue
        if found.call.name in PLAIN and not found.may_be_set(
            "PIP_BREAK_SYSTEM_PACKAGES", "PIP_CONFIG_FILE", "PIP_TARGET", "PIP_PREFIX"
        ):
            yield Finding(
                found.call.place,
                f"pip stops with externally-managed-environment on {base.system}",
                notes=(Note(pip.place, "this is the system's pip"),),
                advice="make a virtual environment, or add --break-system-packages",
            )

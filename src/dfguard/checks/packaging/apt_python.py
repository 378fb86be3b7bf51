"""DFG708: packages that the archive does not have."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, Step, is_number, rule

FIRST_WITHOUT_DISTUTILS = 12


@rule(
    "DFG708",
    "apt-python",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://packages.ubuntu.com/",
        "https://packages.debian.org/",
        "https://launchpad.net/~deadsnakes/+archive/ubuntu/ppa (python3.X, -dev, -venv, -distutils; no -pip)",
    ),
    bad=(
        Bad(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 «python3.11-pip»\n",
            message="python3.11-pip does not exist",
        ),
        Bad(
            "FROM ubuntu:22.04\nRUN add-apt-repository ppa:deadsnakes/ppa && apt-get install -y python3.12 «python3.12-distutils»\n",
            message="python3.12-distutils",
        ),
        Bad(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y «python3.12»\n",
            message="has Python 2.7, 3.10, 3.11",
        ),
        Bad(
            "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y «libgl1-mesa-glx»\n",
            message="libgl1",
        ),
    ),
    good=(
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.10 python3.11-venv python3-pip python3.10-distutils\n"
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y software-properties-common && add-apt-repository -y ppa:deadsnakes/ppa && apt-get install -y python3.12 python3.12-venv\n",
            why="another archive",
        ),
        Good(
            "FROM ubuntu:22.04\nRUN echo 'deb x' > /etc/apt/sources.list.d/x.list && apt-get update && apt-get install -y python3.12\n"
        ),
        Good(
            "FROM python:3.12-slim-bookworm\nRUN apt-get update && apt-get install -y libgl1-mesa-glx\n",
            why="an older release",
        ),
        Good("FROM unknown/image:1\nRUN apt-get update && apt-get install -y python3.12 libgl1-mesa-glx\n"),
        Good(
            "FROM ubuntu:24.04\nRUN apt-get install -y libgl1-mesa-glx || apt-get install -y libgl1\n",
            why="there is a second try",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Apt-get is asked for a package that the release does not have: "Unable to locate package".

    No archive has a python3.X-pip (it is `python3-pip`, or `python3.X -m ensurepip`); distutils ended with Python 3.11; every
    release has its own versions of Python, others come from deadsnakes or from uv. Base images without a release in
    their tag move on: python:3.12-slim is Debian 13 since August 2025, which has no libgl1-mesa-glx.
    """
    for step, package in facts.installed:
        if package.manager != "apt" or not package.is_certain or facts.is_swallowed(step, package.place):
            continue
        reason = _never(package.name) or _not_here(facts, step, package.name)
        if reason:
            yield Finding(package.place, reason)


def _never(name: str) -> str:
    version, _, kind = name.removeprefix("python3.").partition("-")
    if not name.startswith("python3.") or not is_number(version):
        return ""
    if kind == "pip":
        return f"{name} does not exist in any archive: pip is python3-pip, or python3.{version} -m ensurepip"
    if kind == "distutils" and int(version) >= FIRST_WITHOUT_DISTUTILS:
        return f"{name} does not exist: Python has no distutils from 3.12 on"
    return ""


def _not_here(facts: Facts, step: Step, name: str) -> str:
    release = facts.release_of(step)
    if release is None or facts.may_have_other_archives(step):
        return ""
    instead = dict(release.gone).get(name)
    if instead:
        return f"{release.id} has no {name} any more: it is {instead} now"
    parts = name.split("-")
    is_versioned = parts[0].startswith("python3.") and parts[0].removeprefix("python3.").isdigit()
    if is_versioned and parts[0].removeprefix("python") not in release.pythons and len(parts) <= 2:
        return f"{release.id} has Python {', '.join(release.pythons)} and no {name}"
    return ""

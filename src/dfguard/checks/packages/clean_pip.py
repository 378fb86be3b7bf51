"""DFG939: pip install without --no-cache-dir."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._caches import uncleaned


@rule(
    "DFG939",
    "clean-pip",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3042",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3042",
        "https://docs.docker.com/build/building/best-practices/",
    ),
    differs="a cache mount above the cache and removing the cache in the same RUN count, too, and so does PIP_NO_CACHE_DIR from an ARG.",
    bad=(
        Bad(
            "FROM debian:12\nRUN pip «install» numpy==2\n",
            fixed="FROM debian:12\nRUN pip install --no-cache-dir numpy==2\n",
        ),
        Bad(
            "FROM debian:12\nENV PIP_NO_CACHE_DIR=0\nRUN python -m pip «install» -r r.txt\n",
            fixed="FROM debian:12\nENV PIP_NO_CACHE_DIR=0\nRUN python -m pip install --no-cache-dir -r r.txt\n",
        ),
        Bad(
            'FROM debian:12\nRUN ["pip", "«install»", "x"]\n',
            fixed='FROM debian:12\nRUN ["pip", "install", "--no-cache-dir", "x"]\n',
        ),
        Bad(
            'FROM debian:12\nRUN ["sh", "-c", "pip «install» x && pip check"]\n',
            fixed='FROM debian:12\nRUN ["sh", "-c", "pip install --no-cache-dir x && pip check"]\n',
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN pip install --no-cache-dir numpy==2\n"),
        Good("FROM debian:12\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x\n"),
        Good("FROM debian:12 AS a\nENV PIP_NO_CACHE_DIR=true\nFROM a\nRUN pip install x\n", why="inherited"),
        Good("FROM debian:12\nRUN PIP_NO_CACHE_DIR=1 pip install x\n"),
        Good("FROM debian:12\nRUN --mount=type=cache,target=/root/.cache/pip pip install x\n"),
        Good(
            "FROM debian:12\nRUN --mount=type=cache,target=/root/.cache pip install x\n",
            why="a mount above the cache",
        ),
        Good("FROM debian:12\nRUN pipx install x && pipenv install y\n"),
        Good("FROM debian:12\nRUN pip install x && rm -rf /root/.cache\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The cache of pip stays in the layer.

    It holds every downloaded and built wheel a second time. `--no-cache-dir` or `ENV PIP_NO_CACHE_DIR=1` avoids it; a cache
    mount over /root/.cache/pip keeps it out of the image and makes the next build faster.
    """
    yield from uncleaned(facts, "pip")

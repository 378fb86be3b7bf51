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
    differs=(
        "a cache mount above the cache and removing the cache in the same RUN count, too, and so do PIP_NO_CACHE_DIR with "
        "any value and from an ARG, --no-cache, and pip's configuration. The layers of a stage that is only copied from are thrown away: "
        "the profile hadolint reports them all the same."
    ),
    bad=(
        Bad(
            "FROM debian:12\nRUN pip «install» numpy==2\n",
            fixed="FROM debian:12\nRUN pip install --no-cache-dir numpy==2\n",
        ),
        Bad(
            "FROM debian:12\nENV PIP_NO_CACHE_DIR=\nRUN python -m pip «install» -r r.txt\n",
            fixed="FROM debian:12\nENV PIP_NO_CACHE_DIR=\nRUN python -m pip install --no-cache-dir -r r.txt\n",
        ),
        Bad(
            "FROM debian:12 AS base\nRUN pip «install» a\nFROM base\nCOPY . .\n",
            fixed="FROM debian:12 AS base\nRUN pip install --no-cache-dir a\nFROM base\nCOPY . .\n",
        ),
        Bad(
            "FROM debian:12\nENV PIP_CACHE_DIR=/pip\nRUN pip «install» a\n",
            fixed="FROM debian:12\nENV PIP_CACHE_DIR=/pip\nRUN pip install --no-cache-dir a\n",
        ),
        Bad(
            "FROM debian:12 AS build\nRUN pip «install» a\nFROM debian:12\nCOPY --from=build /a /a\n",
            fixed="FROM debian:12 AS build\nRUN pip install --no-cache-dir a\nFROM debian:12\nCOPY --from=build /a /a\n",
            options={"profile": "hadolint"},
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
        *(
            Good(
                f"FROM debian:12\nENV PIP_NO_CACHE_DIR={value}\nRUN pip install x\n",
                why="every value switches it off",
            )
            for value in ("0", "off", "false", "no")
        ),
        Good(
            "FROM debian:12\nARG OFF\nENV PIP_NO_CACHE_DIR=$OFF\nRUN pip install x\n", why="nobody can tell"
        ),
        Good("FROM debian:12\nRUN pip install --no-cache numpy==2\n", why="the beginning of the option"),
        Good(
            "FROM debian:12 AS build\nRUN pip install --target=/deps a\nFROM debian:12\nCOPY --from=build /deps /deps\n",
            why="the stage is thrown away",
        ),
        Good("FROM debian:12\nRUN pip config set global.no-cache-dir false && pip install x\n"),
        Good(
            "FROM debian:12\nCOPY pip.conf /etc/pip.conf\nRUN pip install x\n",
            files={"pip.conf": "[global]\nno-cache-dir = true\n"},
        ),
        Good(
            "FROM debian:12\nRUN printf '[install]\\nno-cache-dir = yes\\n' > /etc/pip.conf && pip install x\n"
        ),
        Good("FROM debian:12\nRUN pip install x && pip cache purge\n"),
        Good("FROM debian:12\nENV PIP_OPTS=--no-cache-dir\nRUN pip install $PIP_OPTS x\n"),
        Good("FROM debian:12\nENV PIP_CACHE_DIR=/pip\nRUN --mount=type=cache,target=/pip pip install x\n"),
        Good("FROM debian:12\nRUN pip install --cache-dir /tmp/pip x && rm -rf /tmp/pip\n"),
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

    It holds every downloaded and built wheel a second time. `--no-cache-dir` or `ENV PIP_NO_CACHE_DIR=1` (any other value does, too) avoids it; a cache
    mount over /root/.cache/pip keeps it out of the image and makes the next build faster.
    """
    yield from uncleaned(facts, "pip")

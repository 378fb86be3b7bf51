"""DFG909: the lists of apt-get update stay."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._caches import uncleaned


@rule(
    "DFG909",
    "clean-apt",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3009",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3009",
        "https://docs.docker.com/build/building/best-practices/",
    ),
    differs="a cache or tmpfs mount above the lists counts as well, even if the archives have none: the rule is about the lists; a trigger (ONBUILD) in a stage that no other is built on never runs; removing something else with rm -rf does not. The lists of `apt` and `aptitude` are looked at, too.",
    bad=(
        Bad("FROM debian:12\nRUN apt-get «update» && apt-get install -y git\n"),
        Bad("FROM debian:12\nRUN apt-get «update»\nRUN rm -rf /var/lib/apt/lists/*\n"),
        Bad("FROM debian:12\nRUN apt-get «update» && rm -rf /tmp/x\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n"),
        Good("FROM debian:12\nRUN apt-get update && apt-get install -y git; apt-get dist-clean\n"),
        Good("FROM debian:12\nRUN apt-get update && rm -fr /var/lib/apt\n"),
        Good(
            "FROM debian:12\nRUN --mount=type=cache,target=/var/lib/apt --mount=type=cache,target=/var/cache/apt apt-get update\n",
            why="cache mounts",
        ),
        Good("FROM debian:12\nRUN --mount=type=tmpfs,target=/var/lib/apt/lists apt-get update\n"),
        Good(
            "FROM debian:12 AS build\nRUN apt-get update\nFROM debian:12\nCOPY --from=build /a /a\n",
            why="the stage is left behind",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The package lists of apt-get update stay in the layer.

    They take some 20 to 50 megabytes and are old the next day. Remove them in the same RUN, or put a cache mount over them.
    """
    yield from uncleaned(facts, "apt", only_final=True)

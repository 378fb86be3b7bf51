"""DFG957: yarn install without yarn cache clean."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._caches import uncleaned


@rule(
    "DFG957",
    "clean-yarn",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3060",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3060",
        "https://docs.docker.com/build/building/best-practices/",
    ),
    differs="a cache or tmpfs mount above the cache counts as well; a trigger (ONBUILD) in a stage that no other is built on never runs; removing something else with rm -rf does not.",
    bad=(
        Bad("FROM node:20\nRUN yarn «install»\n"),
        Bad("FROM node:20\nRUN yarn cache clean && yarn «install»\n"),
    ),
    good=(
        Good("FROM node:20\nRUN yarn install && yarn cache clean\n"),
        Good("FROM node:20\nRUN --mount=type=cache,target=/root/.cache/yarn yarn install\n"),
        Good(
            "FROM node:20 AS build\nRUN yarn install\nFROM node:20\nCOPY --from=build /a /a\n",
            why="the stage is left behind",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The cache of yarn stays in the layer.

    Run `yarn cache clean` behind the install, in the same RUN, or put a cache mount over it.
    """
    yield from uncleaned(facts, "yarn", only_final=True)

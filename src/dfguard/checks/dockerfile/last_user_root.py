"""DFG903: a stage that ends as root after it said USER."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, known, rule


@rule(
    "DFG903",
    "last-user-root",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3002",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3002",
        "https://docs.docker.com/build/building/best-practices/#user",
    ),
    differs="variables in USER are replaced before the name is judged.",
    bad=(
        Bad("FROM debian:12\nUSER «root»\n"),
        Bad("FROM debian:12\nUSER app\nRUN id\nUSER «0:0»\n"),
        Bad("FROM debian:12 AS build\nUSER «root»\nFROM debian:12\nUSER app\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN id\n", why="it never names a user"),
        Good("FROM debian:12\nUSER root\nRUN apt-get update\nUSER app\n", why="root only for a while"),
        Good("FROM debian:12\nUSER rooter\n"),
        Good("FROM debian:12\nARG WHO\nUSER $WHO\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The last USER of a stage is root.

    The container then runs with all rights of root. Switch to root only where the build needs it and back to an
    ordinary user at the end.
    """
    last = {id(site.section): site for site in facts.outline.of("USER") if site.section.stage}
    for site in last.values():
        user = known(facts.outline.value(site, site.instruction.rest)) or ""
        if user in {"root", "0"} or user.startswith(("root:", "0:")):
            yield Finding(
                site.instruction.rest.place(),
                f"the last USER of the stage is {user}",
                advice="end the stage with an ordinary user",
            )

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
    differs=(
        "variables in USER are replaced before the name is judged. A stage that is only copied from, and one that a later "
        "stage of the file is built on, may end as root: the profile hadolint reports it all the same."
    ),
    bad=(
        Bad("FROM debian:12\nUSER «root»\n"),
        Bad("FROM debian:12\nUSER app\nRUN id\nUSER «0:0»\n"),
        Bad(
            "FROM debian:12 AS build\nUSER root\nFROM debian:12\nCOPY --from=build /a /a\nUSER app\nUSER «root:root»\n"
        ),
        Bad(
            "FROM debian:12 AS build\nUSER «root»\nFROM debian:12\nUSER app\n",
            options={"profile": "hadolint"},
        ),
        Bad("FROM debian:12 AS base\nUSER «root»\nRUN id\nFROM base\nRUN make\n"),
        Bad(
            "FROM debian:12 AS app\nUSER «root»\nFROM debian:12 AS test\nUSER app\n",
            options={"target": "app"},
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN id\n", why="it never names a user"),
        Good("FROM debian:12\nUSER root\nRUN apt-get update\nUSER app\n", why="root only for a while"),
        Good(
            "FROM debian:12 AS build\nUSER root\nRUN make\nFROM debian:12\nCOPY --from=build /a /a\nUSER app\n",
            why="the stage is thrown away",
        ),
        Good(
            "FROM debian:12 AS base\nUSER root\nRUN make\nFROM base\nUSER app\n",
            why="the stage built on it ends otherwise",
        ),
        Good("FROM debian:12 AS base\nUSER 0\nFROM base AS dev\nUSER app\nFROM base AS prod\nUSER 1000\n"),
        Good("FROM debian:12\nUSER rooter\n"),
        Good("FROM debian:12\nARG WHO\nUSER $WHO\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The last USER of the image is root.

    The container then runs with all rights of root. Switch to root only where the build needs it and back to an
    ordinary user at the end.
    """
    last = {id(site.section): site for site in facts.outline.of("USER") if site.section.stage}
    of_image = next((site for s in facts.image_sections if (site := last.get(id(s)))), None)
    for site in last.values():
        if site is not of_image and not facts.imitates("hadolint"):
            continue
        user = known(facts.outline.value(site, site.instruction.rest)) or ""
        if user in {"root", "0"} or user.startswith(("root:", "0:")):
            yield Finding(
                site.instruction.rest.place(),
                f"the last USER of the {'image' if site is of_image else 'stage'} is {user}",
                advice="end it with an ordinary user",
            )

"""DFG908: apt-get install without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG908",
    "pin-apt",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3008",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3008",
        "https://docs.docker.com/build/building/best-practices/#apt-get",
    ),
    differs="packages that come from a variable are judged when their names are known, and left alone otherwise; commands behind sudo, env and the like are read, too.",
    bad=(
        Bad("FROM debian:12\nRUN apt-get update && apt-get install -y «git» curl=7.88\n", message="git is"),
        Bad("FROM debian:12\nRUN apt-get -y install «git» curl make gcc\n", message="1 more"),
        Bad("FROM debian:12\nRUN sudo apt-get install «git»\n"),
        Bad("FROM debian:12\nARG P=git\nRUN apt-get install -y «$P»\n", message="git"),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get install -y git=1:2.39\n"),
        Good(
            "FROM debian:12\nRUN apt-get install -y -t bookworm-backports git=1:2.39\n",
            why="the release is no package",
        ),
        Good("FROM debian:12\nRUN apt-get install -y ./x.deb /tmp/y.deb git/bookworm\n"),
        Good("FROM debian:12\nARG P\nRUN apt-get install -y $P\n", why="nobody can tell"),
        Good("FROM debian:12\nRUN apt-get install -f\n"),
        Good(
            "FROM debian:12\nENV V=1\nRUN apt-get install -y --no-install-recommends git=$V\n",
            why="the version comes from a variable",
        ),
        Good("FROM debian:12\nRUN echo apt-get install git\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """apt-get installs whatever version is newest.

    The image changes with the archive, and the build cache hides it. Distributions remove old versions from their
    archive, though: a pinned version breaks the build one day. Off in the default profile.
    """
    yield from unpinned(facts, "apt")

"""DFG914: apt-get install without -y."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._answers import unanswered


@rule(
    "DFG914",
    "yes-apt",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3014",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3014",),
    bad=(
        Bad(
            "FROM debian:12\nRUN apt-get «install» git=1\n",
            fixed="FROM debian:12\nRUN apt-get install -y git=1\n",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get «install» -d git=1\n",
            fixed="FROM debian:12\nRUN apt-get install -y -d git=1\n",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get -q «install» a\n",
            fixed="FROM debian:12\nRUN apt-get update && apt-get -q install -y a\n",
        ),
        Bad(
            'FROM debian:12\nRUN ["sudo", "apt-get", "«install»"]\n',
            fixed='FROM debian:12\nRUN ["sudo", "apt-get", "install", "-y"]\n',
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get install -y git=1\n"),
        Good("FROM debian:12\nRUN apt-get -qq install git\n"),
        Good("FROM debian:12\nRUN apt-get install --yes git && apt-get --assume-yes install git\n"),
        Good(
            "FROM debian:12\nRUN apt-get -q -q install git && apt-get -q=2 install git\n",
            why="twice quiet implies yes",
        ),
        Good("FROM debian:12\nRUN apt-get update\n"),
        *(
            Good(
                f"FROM debian:12\nRUN if apt-get install {option} jq > /dev/null; then make; fi\n",
                why="prints only",
            )
            for option in ("-s", "--simulate", "--dry-run", "--no-act", "--just-print", "-qs", "--print-uris")
        ),
        Good("FROM debian:12\nRUN apt-get -o APT::Get::Assume-Yes=true install jq\n", why="says yes"),
        Good(
            "FROM debian:12\nRUN yes | apt-get install jq && echo y | apt-get install wget\n",
            why="is answered",
        ),
        Good(
            "FROM debian:12\nRUN echo 'APT::Get::Assume-Yes \"true\";' > /etc/apt/apt.conf.d/90yes\nRUN apt-get install jq\n",
            why="says yes for all that follow",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Apt-get asks before it installs more packages than were named.

    Nobody is there to answer during a build, so that it fails as soon as a package has a dependency that the image lacks.
    """
    yield from unanswered(facts, "apt")

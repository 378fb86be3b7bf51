"""DFG915: apt-get install without --no-install-recommends."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Facts, Finding, Fix, Good, Severity, rule

SETTINGS = ("APT::Install-Recommends=false", "APT::Install-Recommends=0")


@rule(
    "DFG915",
    "no-install-recommends",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3015",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3015",
        "https://docs.docker.com/build/building/best-practices/#apt-get",
    ),
    bad=(
        Bad(
            "FROM debian:12\nRUN apt-get «install» -y git\n",
            fixed="FROM debian:12\nRUN apt-get install --no-install-recommends -y git\n",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get -y «install» a\n",
            fixed="FROM debian:12\nRUN apt-get update && apt-get -y install --no-install-recommends a\n",
        ),
        Bad(
            'FROM debian:12\nRUN ["apt-get", "«install»", "-y", "git"]\n',
            fixed='FROM debian:12\nRUN ["apt-get", "install", "--no-install-recommends", "-y", "git"]\n',
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get install -y --no-install-recommends git\n"),
        Good("FROM debian:12\nRUN apt-get -o APT::Install-Recommends=false install git\n"),
        Good("FROM debian:12\nRUN apt-get update\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Apt-get installs recommended packages, too.

    `--no-install-recommends` leaves out what the packages only recommend, often a hundred megabytes.
    """
    for _, call in facts.outline.calls("apt-get"):
        if not call.has("install") or call.has_flag("no-install-recommends") or call.has(*SETTINGS):
            continue
        verb = call.places[call.arguments.index("install") + 1]
        edit = call.with_words(verb, "--no-install-recommends")
        fix = (
            Fix("add --no-install-recommends", (edit,), is_safe=False, changes=(Aspect.COMMANDS,))
            if edit
            else None
        )
        yield Finding(verb, "apt-get install brings recommended packages, too", fix=fix)

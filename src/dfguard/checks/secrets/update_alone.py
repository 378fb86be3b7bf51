"""DFG815: package lists of some earlier day."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Call, Facts, Finding, Good, Note, Section, Severity, Site, rule

MANAGERS = ("apt-get", "apt", "apk", "aptitude")
INSTALLS = frozenset(["install", "add", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "satisfy"])


@rule(
    "DFG815",
    "update-alone",
    Severity.WARNING,
    since="0.1.0",
    aliases=("CKV_DOCKER_5", "AVD-DS-0017"),
    sources=(
        "https://docs.docker.com/build/building/best-practices/#apt-get",
        "https://www.checkov.io/5.Policy%20Index/dockerfile.html",
    ),
    differs="only an update whose lists a later RUN installs from is reported; an update that nothing follows is merely useless.",
    bad=(
        Bad("FROM debian:12\nRUN «apt-get update»\nRUN apt-get install -y git\n", message="line 3"),
        Bad("FROM alpine:3.20\nRUN «apk update»\nCOPY a /a\nRUN apk add git\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get update && apt-get install -y git\n"),
        Good(
            "FROM debian:12\nRUN apt-get update\nRUN apt-get update && apt-get install -y git\n",
            why="updated again",
        ),
        Good("FROM debian:12\nRUN apt-get update\nRUN make\n", why="nothing is installed"),
        Good(
            "FROM debian:12\nRUN apt-get update && apt-get upgrade -y\nRUN apt-get install -y git\n",
            why="not alone",
        ),
        Good(
            "FROM debian:12\nRUN apt-get update\nFROM debian:12\nRUN apt-get install -y git\n",
            why="another stage",
        ),
        Good(
            "FROM alpine:3.20\nRUN apk update\nRUN apk add --no-cache git\n", why="it fetches its own lists"
        ),
        Good(
            "FROM debian:12\nRUN apt-get update && ./install.sh\nRUN apt-get install -y git\n",
            why="a script may install",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The package lists are updated in a RUN of their own.

    The build cache keeps that layer: when a package is added to the install below, the lists are those of the day when the
    update ran, and the archive has removed the old versions meanwhile (404 Not Found). Update and install in one RUN.
    """
    for site, call in facts.outline.calls(*MANAGERS):
        if not call.has("update") or not _is_alone(facts, site) or site.is_trigger:
            continue
        found = _later_install(facts, site, site.section)
        if found:
            yield Finding(
                call.whole,
                f"the install in line {found.place.line} uses the package lists of the day when this layer was built",
                notes=(Note(found.whole, "installs from these lists"),),
                advice="update and install in one RUN",
            )


def _is_alone(facts: Facts, site: Site) -> bool:
    """Whether the RUN does nothing but update lists, and tidy up or change them."""
    return all(
        c.name in {*MANAGERS, "echo", "set", "sed", "rm"} and not _installs(c)
        for c in facts.outline.calls_in(site)
    )


def _installs(call: Call) -> bool:
    return call.name in MANAGERS and not INSTALLS.isdisjoint(call.arguments)


def _later_install(facts: Facts, site: Site, section: Section) -> Call | None:
    for later in facts.outline.of("RUN"):
        if later.section is not section or later.instruction.index <= site.instruction.index:
            continue
        calls = facts.outline.calls_in(later)
        if any(call.name in MANAGERS and call.has("update") for call in calls):
            return None
        found = next(
            (
                call
                for call in calls
                if _installs(call) and not call.has("--no-cache", "-U", "--update-cache")
            ),
            None,
        )
        if found:
            return found
    return None

"""DFG815: package lists of some earlier day."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Call, Facts, Finding, Good, Note, Severity, Site, rule

FAMILIES = {"apt-get": "apt", "apt": "apt", "aptitude": "apt", "apk": "apk"}
"""The programs that keep package lists, and whose lists they are."""
MANAGERS = tuple(FAMILIES)
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
        "https://man.archlinux.org/man/extra/apk-tools/apk.8.en",
        "https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/src/apk.c",
        "https://manpages.debian.org/trixie/apt/apt-get.8.en.html",
    ),
    differs=(
        "only an update whose lists a later RUN installs from is reported; an update that nothing follows, or that every later "
        "install makes again for itself, is merely useless."
    ),
    bad=(
        Bad("FROM debian:12\nRUN «apt-get update»\nRUN apt-get install -y git\n", message="line 3"),
        Bad("FROM alpine:3.20\nRUN «apk update»\nCOPY a /a\nRUN apk add git\n"),
        Bad(
            "FROM alpine:3.20\nRUN «apk update»\nRUN apk add --no-cache make && apk add git\nRUN apk add -U gcc\n",
            message="line 3",
        ),
        Bad(
            "FROM alpine:3.20\nRUN «apk update»\nRUN apk add --no-cache make\nRUN apk add git\n",
            message="line 4",
        ),
        Bad("FROM alpine:3.20\nRUN «apk update»\nRUN apk add --upgrade --no-chown git\n"),
        Bad(
            "FROM debian:12\nRUN «apt-get update»\nRUN apt-get install -y git && apt-get update\n",
            message="line 3",
        ),
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
        *(
            Good(
                f"FROM alpine:3.20\nRUN apk update\nRUN {add} linux-headers && apk add ./x.apk\nRUN apk add git\n",
                why="it updates the lists itself",
            )
            for add in (
                "apk add --update",
                "apk add -U",
                "apk -U add",
                "apk add -qU",
                "apk add --update-cache",
                "apk add --upd",
                "apk add --cache-max-age 0",
                "apk update && apk add",
            )
        ),
        *(
            Good(f"FROM alpine:3.20\nRUN apk update\nRUN {add} git\n", why="it fetches its own lists")
            for add in (
                "apk --no-cache add",
                "apk add --no-ca",
                "apk add -U --no-cache",
                "apk upgrade --no-cache && apk add --no-cache",
            )
        ),
        Good(
            "FROM debian:13\nRUN apt-get update\nRUN apt-get install --update -y git\n",
            why="apt 3 updates the lists itself",
        ),
        Good(
            "FROM fedora:42\nRUN dnf makecache\nRUN dnf install -y git\n",
            why="dnf looks whether lists are old",
        ),
        Good("FROM alpine:3.20\nRUN apk update\nRUN apt-get install -y git\n", why="other lists"),
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
        found = _later_install(facts, site, call)
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


def _later_install(facts: Facts, site: Site, updates: Call) -> Call | None:
    """The first later call that installs from the lists of this update; None when they are updated before that."""
    for later in facts.outline.of("RUN"):
        if later.section is not site.section or later.instruction.index <= site.instruction.index:
            continue
        for call in facts.outline.calls_in(later):
            if FAMILIES.get(call.name) != FAMILIES[updates.name]:
                continue
            if call.has("update") or _updates(call):
                return None
            if _installs(call) and not _leaves_alone(call):
                return call
    return None


def _updates(call: Call) -> bool:
    """Whether an install updates the lists itself, and keeps them: `apk add -U` (apk takes a beginning of an option that
    no other one has), and `apt-get install --update` of apt 3.
    """
    if call.name != "apk":
        return call.has_flag("U", "update")
    is_asked = (
        call.has_flag("U", *_beginnings("update-cache", "upd")) or call.option("--cache-max-age") == "0"
    )
    return is_asked and not _leaves_alone(call)


def _leaves_alone(call: Call) -> bool:
    """Whether an install fetches lists for itself, and neither reads nor keeps those of the image."""
    return call.name == "apk" and call.has_flag(*_beginnings("no-cache", "no-ca"))


def _beginnings(option: str, least: str) -> tuple[str, ...]:
    return tuple(option[:length] for length in range(len(least), len(option) + 1))

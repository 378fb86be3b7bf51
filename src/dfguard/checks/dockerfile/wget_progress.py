"""DFG944: wget fills the log with its progress bar."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Facts, Finding, Fix, Good, Severity, Site, rule

BUSYBOX = ("alpine", "busybox")
FULL = frozenset({"apt", "apt-get", "dnf", "microdnf", "pacman", "yum", "zypper"})
"""Package managers of systems that have no busybox."""
QUIET = ("progress", "q", "quiet", "o", "output-file", "a", "append-output", "no-verbose")


@rule(
    "DFG944",
    "wget-progress",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3047",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3047",
        "https://www.gnu.org/software/wget/manual/html_node/Download-Options.html",
    ),
    differs="the text of a further shell (`bash -c`, `bash <<EOF`) is read as well; hadolint looks at the RUN's own text.",
    bad=(
        Bad(
            "FROM debian:12\nRUN «wget» https://example.org/a\n",
            fixed="FROM debian:12\nRUN wget --progress=dot:giga https://example.org/a\n",
        ),
        Bad(
            "FROM debian:12\nRUN x && «wget» -O a https://example.org/a\n",
            fixed="FROM debian:12\nRUN x && wget --progress=dot:giga -O a https://example.org/a\n",
        ),
        Bad(
            'FROM debian:12\nRUN ["«wget»", "https://example.org/a"]\n',
            fixed='FROM debian:12\nRUN ["wget", "--progress=dot:giga", "https://example.org/a"]\n',
        ),
        Bad("FROM alpine:3.22\nRUN «wget» https://example.org/a\n"),
        Bad(
            "FROM alpine:3.22\nRUN apk add --no-cache wget && «wget» https://example.org/a\n",
            fixed="FROM alpine:3.22\nRUN apk add --no-cache wget && wget --progress=dot:giga https://example.org/a\n",
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN wget -q https://example.org/a\n"),
        Good("FROM debian:12\nRUN wget -nv https://example.org/a\n"),
        Good("FROM debian:12\nRUN wget -qO- https://example.org/a\n", why="in a cluster"),
        Good("FROM debian:12\nRUN wget --progress=bar:force https://example.org/a\n"),
        Good("FROM alpine:3.22\nRUN wget -q https://example.org/a\n", why="busybox knows it, too"),
        Good('FROM debian:12\nRUN ["wget", "-q", "https://example.org/a"]\n'),
        Good("FROM debian:12\nRUN wget -o log https://example.org/a\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The progress bar of wget goes into the build log.

    A big download makes thousands of lines. `--progress=dot:giga` makes a few, `-nv` or `-q` nearly none.
    """
    for site, call in facts.outline.calls("wget"):
        if call.has_flag(*QUIET) or call.has("-nv"):
            continue
        edit = call.with_words(call.place, "--progress=dot:giga") if _is_gnu(facts, site) else None
        yield Finding(
            call.place,
            "wget draws a progress bar into the build log",
            fix=Fix("add --progress=dot:giga", (edit,), is_safe=True, changes=(Aspect.COMMANDS,))
            if edit
            else None,
            advice="add -q",
        )


def _is_gnu(facts: Facts, site: Site) -> bool:
    """Whether it is GNU's wget, as far as the image or what its stages install tell: busybox's refuses the option."""
    chain = site.section.chain
    before = [s for s in facts.outline.of("RUN") if s.section in chain and s.outer.index <= site.outer.index]
    calls = [call for other in before for call in facts.outline.calls_in(other)]
    if any(call.name == "apk" and call.has("wget") for call in calls):
        return True
    system = facts.outline.system(site)
    if system:
        return not system.startswith(BUSYBOX)
    return any(call.name in FULL for call in calls)

"""DFG956: two RUN of one command each, one behind the other."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, Site, rule

MOST = 1


@rule(
    "DFG956",
    "consecutive-run",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3059",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3059",
        "https://docs.docker.com/build/building/best-practices/#run",
    ),
    bad=(
        Bad("FROM debian:12\nRUN a\n«RUN» b\n«RUN» c\n"),
        Bad(
            "FROM debian:12\nRUN --mount=type=cache,target=/c a\n# why\n«RUN» --mount=type=cache,target=/c b\n"
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN a && b\nRUN c\n", why="chained already, on purpose"),
        Good("FROM debian:12\nRUN a\nCOPY x /x\nRUN b\n", files={"x": ""}),
        Good("FROM debian:12\nRUN --network=none a\nRUN b\n", why="other flags"),
        Good("FROM debian:12\nRUN a\nFROM debian:12\nRUN b\n"),
        Good("FROM debian:12\nRUN a\nRUN bash <<EOF\nb\nc\nEOF\n", why="a here-document"),
        Good("FROM debian:12\nRUN a\nRUN if b; then c; fi\n", why="more than one command"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Two RUN instructions of one command each stand one behind the other.

    Each makes a layer. Join them with `&&` where they belong together.
    """
    previous: Site | None = None
    for site in facts.outline.sites:
        if site.is_trigger:
            continue
        if site.instruction.keyword != "RUN":
            previous = None
            continue
        if (
            previous
            and _flags(previous) == _flags(site)
            and _is_short(facts, previous)
            and _is_short(facts, site)
        ):
            yield Finding(
                site.instruction.keyword_text.place(), "the RUN before it could hold this command, too"
            )
        else:
            previous = site


def _flags(site: Site) -> list[str]:
    return sorted(flag.text.value for flag in site.instruction.flags)


def _is_short(facts: Facts, site: Site) -> bool:
    if facts.outline.is_foreign(site):
        return not any(mark in site.instruction.rest.value for mark in (";", "&", "|"))
    is_inside = bool(site.instruction.heredocs)
    return sum(is_inside or not call.is_wrapped for call in facts.outline.calls_in(site)) <= MOST

"""DFG944: wget fills the log with its progress bar."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Place, Severity, Span, rule

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
    ),
    good=(
        Good("FROM debian:12\nRUN wget -q https://example.org/a\n"),
        Good("FROM debian:12\nRUN wget -nv https://example.org/a\n"),
        Good("FROM debian:12\nRUN wget -qO- https://example.org/a\n", why="in a cluster"),
        Good("FROM debian:12\nRUN wget --progress=bar:force https://example.org/a\n"),
        Good("FROM debian:12\nRUN wget -o log https://example.org/a\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The progress bar of wget goes into the build log.

    A big download makes thousands of lines. `--progress=dot:giga` makes a few, `-nv` or `-q` nearly none.
    """
    for _, call in facts.outline.calls("wget"):
        if call.has_flag(*QUIET) or call.has("-nv"):
            continue
        behind = Place(call.place.source, Span(call.place.span.end, call.place.span.end))
        fix = Fix("add --progress=dot:giga", (Edit(behind, " --progress=dot:giga"),), is_safe=True)
        yield Finding(
            call.place, "wget draws a progress bar into the build log", fix=fix if call.command else None
        )

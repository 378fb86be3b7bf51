"""DFG971: an empty line inside an instruction."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Place, Severity, Span, rule


@rule(
    "DFG971",
    "empty-continuation",
    Severity.INFO,
    since="0.1.0",
    aliases=("NoEmptyContinuation",),
    sources=(
        "https://docs.docker.com/reference/build-checks/no-empty-continuation/",
        "moby/buildkit frontend/dockerfile/parser/parser.go@73ed6825",
    ),
    bad=(
        Bad("FROM debian:12\nRUN a && \\\n«»\n  b\n", fixed="FROM debian:12\nRUN a && \\\n  b\n"),
        Bad("FROM debian:12\nENV A=1 \\\n«  »\n\n  B=2\n", fixed="FROM debian:12\nENV A=1 \\\n  B=2\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN a && \\\n  # why\n  b\n", why="comments are fine"),
        Good("FROM debian:12\n\n\nRUN a\n"),
        Good("FROM debian:12\nRUN <<EOF\na\n\nb\nEOF\n", why="a heredoc's body"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """An empty line stands inside a continued instruction.

    BuildKit still skips it and will refuse it one day: usually the instruction was meant to end there.
    """
    source = facts.source
    for instruction in facts.document.instructions:
        if not instruction.blank_lines:
            continue
        edits = tuple(Edit(_whole_line(Place(source, span)), "") for span in instruction.blank_lines)
        fix = Fix("remove the empty lines", edits, is_safe=True)
        yield Finding(
            Place(source, instruction.blank_lines[0]),
            f"an empty line inside this {instruction.keyword}",
            fix=fix,
        )


def _whole_line(place: Place) -> Place:
    end = place.source.text.find("\n", place.span.end)
    return Place(place.source, Span(place.span.start, end + 1 if end >= 0 else len(place.source.text)))

"""DFG978: COPY or ADD of what .dockerignore keeps out."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Place, Severity, known, rule


@rule(
    "DFG978",
    "copy-ignored",
    Severity.WARNING,
    since="0.1.0",
    aliases=("CopyIgnoredFile",),
    sources=(
        "https://docs.docker.com/reference/build-checks/copy-ignored-file/",
        "moby/buildkit frontend/dockerfile/dockerfile2llb/validations.go@73ed6825 (validateCopySourcePath)",
    ),
    differs="BuildKit compares the text of a source with the patterns; `/foo` and `../foo` are `foo` in the context, and reported, too.",
    bad=(
        Bad(
            "FROM scratch\nCOPY a.txt «tmp/b» /x/\n",
            files={".dockerignore": "*.md\ntmp\n", "a.txt": "", "tmp/b": ""},
        ),
        Bad("FROM scratch\nADD «README.md» /\n", files={".dockerignore": "*.md\n", "README.md": ""}),
        Bad("FROM scratch\nCOPY «*.md» /\n", files={".dockerignore": "*.md\n", "README.md": ""}),
        Bad("FROM scratch\nCOPY «.» /\n", files={".dockerignore": "**\n", "README.md": ""}),
    ),
    good=(
        Good("FROM scratch\nCOPY a.txt /\n", files={".dockerignore": "*.md\n", "a.txt": ""}),
        Good(
            "FROM scratch\nCOPY README.md /\n",
            files={".dockerignore": "*\n!x\n", "README.md": "", "x": ""},
            why="with exceptions BuildKit does not judge",
        ),
        Good("FROM scratch\nCOPY . /\n", files={".dockerignore": "*.md\n", "README.md": "", "a": ""}),
        Good("FROM scratch\nCOPY . /\n", files={".dockerignore": "?\n", "README.md": "", "a": ""}),
        Good("FROM scratch\nCOPY *.txt /\n", files={".dockerignore": "*.md\n", "a.txt": ""}),
        Good(
            "FROM scratch AS a\nFROM scratch\nCOPY --from=a /README.md /\n",
            files={".dockerignore": "*.md\n"},
            why="not from the context",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A source of COPY or ADD is kept out of the build context.

    .dockerignore excludes it, so the build does not find it.
    """
    for copy in facts.all_copies:
        pattern = known(copy.pattern)
        if (
            copy.ignored_by
            and copy.origin is None
            and pattern is not None
            and not _has_exceptions(copy.ignored_by)
        ):
            note = Note(copy.ignored_by, "this pattern excludes it")
            yield Finding(copy.place, f"{pattern} is excluded by .dockerignore", notes=(note,))


def _has_exceptions(pattern: Place) -> bool:
    """Whether the ignore file lets anything back in."""
    return any(line.strip().startswith("!") for line in pattern.source.text.splitlines())

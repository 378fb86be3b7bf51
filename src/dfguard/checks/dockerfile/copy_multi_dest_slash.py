"""DFG920: several sources and a destination that is no directory."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Severity, known, rule


@rule(
    "DFG920",
    "copy-multi-dest-slash",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3021",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3021",
        "https://docs.docker.com/reference/dockerfile/#copy",
    ),
    differs="the destinations `.` and `..` are directories, and so is what ends with a slash once its variables are replaced.",
    bad=(
        Bad(
            "FROM debian:12\nCOPY a b «/dest»\n",
            fixed="FROM debian:12\nCOPY a b /dest/\n",
            files={"a": "", "b": ""},
        ),
        Bad(
            'FROM debian:12\nCOPY ["a", "b", "«/de st»"]\n',
            fixed='FROM debian:12\nCOPY ["a", "b", "/de st/"]\n',
            files={"a": "", "b": ""},
        ),
    ),
    good=(
        Good("FROM debian:12\nCOPY a b /dest/\n", files={"a": "", "b": ""}),
        Good(
            "FROM debian:12\nWORKDIR /d\nCOPY a b .\n", files={"a": "", "b": ""}, why="the working directory"
        ),
        Good("FROM debian:12\nCOPY a /dest\n", files={"a": ""}),
        Good("FROM debian:12\nARG TO\nCOPY a b $TO\n", files={"a": "", "b": ""}, why="nobody can tell"),
        Good('FROM debian:12\nCOPY ["a", "b", "/x/"]\n', files={"a": "", "b": ""}),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """COPY with several sources needs a destination that ends with a slash.

    Unless it is a directory already, BuildKit writes one source after the other to a file of that name, and the last one
    stays; the legacy builder refuses the instruction.
    """
    for site in facts.outline.of("COPY"):
        arguments = site.instruction.arguments
        if len(arguments) < 3:
            continue
        place = arguments[-1].place()
        target = known(facts.outline.value(site, arguments[-1]))
        if target is None or target.endswith(("/", "\\")) or target.rpartition("/")[2] in {".", ".."}:
            continue
        is_plain = place.text == target
        fix = (
            Fix(
                "end it with a slash",
                (Edit(place, f"{place.text}/"),),
                is_safe=True,
                changes=(Aspect.COPIES,),
            )
            if is_plain
            else None
        )
        yield Finding(
            place,
            f"{len(arguments) - 1} sources are copied to {target}, which does not end with a slash",
            fix=fix,
        )

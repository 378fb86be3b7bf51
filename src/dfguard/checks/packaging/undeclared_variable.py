"""DFG711: a build argument that a RUN cannot see."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Aspect,
    Bad,
    Certainty,
    Edit,
    Facts,
    Finding,
    Fix,
    Good,
    Note,
    Place,
    Severity,
    Span,
    rule,
)


@rule(
    "DFG711",
    "undeclared-variable",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact",),
    bad=(
        Bad(
            "ARG VERSION=1\nFROM debian:12\nRUN ./fetch.sh «$VERSION»\n",
            fixed="ARG VERSION=1\nFROM debian:12\nARG VERSION\nRUN ./fetch.sh $VERSION\n",
            message="VERSION is empty here",
        ),
        Bad(
            'FROM debian:12\nRUN echo "«${VERSION}»"\nARG VERSION=1\nRUN echo $VERSION\n',
            fixed='FROM debian:12\nARG VERSION=1\nRUN echo "${VERSION}"\nARG VERSION=1\nRUN echo $VERSION\n',
            message="declares it further down",
        ),
        Bad(
            "ARG A=1\nFROM unknown/image:1\nRUN make «$A»\n",
            fixed="ARG A=1\nFROM unknown/image:1\nARG A\nRUN make $A\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good("ARG VERSION=1\nFROM debian:12\nARG VERSION\nRUN ./fetch.sh $VERSION\n"),
        Good(
            "ARG V=1\nFROM debian:$V\nRUN V=2 && echo $V && for V in a b; do echo $V; done\n",
            why="the script's own",
        ),
        Good("ARG V=1\nFROM debian:12\nRUN echo ${V:-none} '$V'\n", why="a default, and no variable"),
        Good("ARG V=1\nFROM debian:12 AS a\nENV V=2\nFROM a\nRUN echo $V\n", why="inherited"),
        Good("ARG V=1\nFROM debian:12\nRUN . /etc/os-release && echo $V\n", why="the file may set it"),
        Good("FROM debian:12\nRUN echo $HOSTNAME\n", why="nobody declares it"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN uses a build argument that is not declared where it stands.

    An ARG before the first FROM is for FROM instructions only; a stage that needs it declares it again (`ARG NAME`, without
    a value). An ARG further down does not reach up. In the RUN the variable is empty, and nothing says so.

    Where the base image is not known, it may set the variable: the finding is uncertain.
    """
    for found in facts.undeclared:
        where = "is declared before FROM only" if found.is_global else "the stage declares it further down"
        start = Place(found.run.source, Span(found.run.span.start, found.run.span.start))
        text = found.name if found.is_global else _declaration(found.declared)
        fix = None
        if found.run in facts.document.instructions:
            fix = Fix(
                f"declare {found.name} above the RUN",
                (Edit(start, f"ARG {text}\n"),),
                is_safe=True,
                changes=(Aspect.VARIABLES, Aspect.COMMANDS),
            )
        yield Finding(
            found.place,
            f"{found.name} is empty here: it {where}"
            if found.is_global
            else f"{found.name} is empty here: {where}",
            notes=(Note(found.declared, "this ARG does not reach the RUN"),),
            fix=fix,
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
        )


def _declaration(declared: Place) -> str:
    """The ARG as it stands: its name and its default."""
    line = declared.source.line_text(declared.line)
    column = declared.source.position(declared.span.start)[1]
    return line[column - 1 :].split(" ")[0].rstrip("\\")

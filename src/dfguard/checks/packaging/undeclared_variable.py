"""DFG711: a variable that a RUN cannot see."""

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
    Undeclared,
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
        Bad(
            "FROM debian:12\nRUN curl -fO https://example.org/tool-«$TARGETARCH».tar.gz\n",
            fixed="FROM debian:12\nARG TARGETARCH\nRUN curl -fO https://example.org/tool-$TARGETARCH.tar.gz\n",
            message="BuildKit sets it only where the stage declares it",
        ),
        Bad(
            'FROM debian:12\nRUN set -eu; [ "«$TARGETARCH»" = amd64 ] && touch /amd64\n',
            fixed='FROM debian:12\nARG TARGETARCH\nRUN set -eu; [ "$TARGETARCH" = amd64 ] && touch /amd64\n',
            message="`set -u` ends the build",
        ),
        Bad(
            "ARG V=1\nFROM debian:12\nRUN set -u; case «$V» in 1) ;; esac\n",
            fixed="ARG V=1\nFROM debian:12\nARG V\nRUN set -u; case $V in 1) ;; esac\n",
        ),
        Bad(
            "FROM debian:12\nRUN set -u && for x in «$NAMES»; do touch /$x; done\n", message="nothing sets it"
        ),
        Bad('FROM debian:12\nRUN set -u; if [ -n "«$CI»" ]; then exit 0; fi\n', message="nothing sets it"),
        Bad("FROM debian:12\nRUN set -u; while [ «$N» -lt 3 ]; do N=3; done\n", message="nothing sets it"),
        Bad(
            "FROM debian:12\nCOPY a.sh /\nRUN sh /a.sh\n",
            files={"a.sh": "#!/bin/sh\nset -eu\necho «$KIND»\n"},
            message="nothing sets it",
        ),
        Bad(
            "FROM debian:12\nRUN set -u; (echo «$KIND») || true\n",
            certainty_is_maybe=True,
            message="ends the shell",
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
        Good('FROM debian:12\nARG TARGETARCH\nRUN set -eu; [ "$TARGETARCH" = amd64 ]\n'),
        Good("FROM debian:12\nARG NAME\nRUN set -u; echo $NAME\n", why="the build may be given it"),
        Good('FROM debian:12\nRUN set -u; echo ${X:-} ${Y-} ${Z+z}; [ -z "${W:=}" ]; echo $W\n'),
        Good("FROM debian:12\nRUN set -u; read X < /etc/hostname; echo $X $HOSTNAME $PPID $IFS\n"),
        Good(
            "FROM debian:12\nRUN set -u; . /etc/os-release; echo $VERSION_CODENAME\n",
            why="the file may set it",
        ),
        Good('FROM debian:12\nRUN set -u; eval "$(/opt/settings)"; echo $X\n', why="eval may set it"),
        Good("FROM debian:12\nRUN set -u; if [ -e /etc/x ]; then X=1; fi; echo $X\n", why="set on one way"),
        Good("FROM debian:12\nRUN set -u; set +u; echo $X\n"),
        Good("FROM debian:12\nRUN bash -lc 'set -u; echo $X'\n", why="a profile may set it"),
        Good(
            "FROM debian:12\nRUN bash -c 'set -u; mapfile -t X < /etc/passwd; printf -v Y %s a; echo $X $Y'\n"
        ),
        Good(
            "FROM debian:12\nRUN set -u; f() { local a=$1; echo $a; }; f x; while getopts a o; do echo $o; done\n"
        ),
        Good("FROM debian:12\nRUN set -u; curl $HTTP_PROXY $https_proxy\n", why="predefined"),
        Good("FROM unknown/image\nRUN set -u; echo $ANYTHING\n"),
        Good("FROM debian:12\nRUN --mount=type=secret,id=k,env=KEY set -u; echo $KEY > /dev/null\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN uses a variable that is not set where it stands.

    An ARG before the first FROM is for FROM instructions only; a stage that needs it declares it again (`ARG NAME`, without
    a value). The same is true of what BuildKit declares by itself, as TARGETARCH. An ARG further down does not reach up.
    In the RUN the variable is empty, and nothing says so; under `set -u` the shell stops there ("parameter not set"), and
    this is reported for every variable, an error where it surely ends the build.

    Where the base image is not known, it may set the variable: the finding is uncertain.
    """
    for found in facts.undeclared:
        fix = _fix(found, facts)
        notes = [Note(found.declared, "this ARG does not reach the RUN")] if found.declared else []
        notes += [Note(place, "runs it") for place in found.proof]
        yield Finding(
            found.place,
            _message(found),
            notes=tuple(notes),
            fix=fix,
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            severity=Severity.ERROR if found.stops and found.is_certain else None,
            advice=None
            if fix
            else f"set {found.name} before, or write ${{{found.name}:-}} where it may be empty",
        )


def _message(found: Undeclared) -> str:
    if found.declared is None:
        why = "BuildKit sets it only where the stage declares it" if found.is_global else "nothing sets it"
    else:
        why = "it is declared before FROM only" if found.is_global else "the stage declares it further down"
    if not found.stops:
        return f"{found.name} is empty here: {why}"
    what = "build" if found.is_certain else "shell"
    return f"{found.name} is not set here, and `set -u` ends the {what}: {why}"


def _fix(found: Undeclared, facts: Facts) -> Fix | None:
    is_trigger = found.run not in facts.document.instructions
    if is_trigger or (found.declared is None and not found.is_global):
        return None
    start = Place(found.run.source, Span(found.run.span.start, found.run.span.start))
    text = found.name if found.is_global or found.declared is None else _declaration(found.declared)
    return Fix(
        f"declare {found.name} above the RUN",
        (Edit(start, f"ARG {text}\n"),),
        is_safe=True,
        changes=(Aspect.VARIABLES, Aspect.COMMANDS),
    )


def _declaration(declared: Place) -> str:
    """The ARG as it stands: its name and its default."""
    line = declared.source.line_text(declared.line)
    column = declared.source.position(declared.span.start)[1]
    return line[column - 1 :].split(" ")[0].rstrip("\\")

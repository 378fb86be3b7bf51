"""DFG706: instructions that ran into each other."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Note, Severity, rule


@rule(
    "DFG706",
    "joined-commands",
    Severity.ERROR,
    since="0.1.0",
    covers=("DFG003", "DFG601"),
    sources=(
        "https://docs.docker.com/reference/dockerfile/#format",
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_10",
    ),
    bad=(
        Bad("FROM debian:12\nRUN apt-get update «&&»\n", message="nothing follows"),
        Bad(
            "FROM debian:12\nRUN make && \\\n\n# next\n«RUN» make install\n",
            fixed="FROM debian:12\nRUN make\n\n# next\nRUN make install\n",
            message="RUN is read as a command of the RUN in line 2",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get install -y git \\\n«WORKDIR» /app\n",
            fixed="FROM debian:12\nRUN apt-get install -y git\nWORKDIR /app\n",
        ),
        Bad(
            "FROM debian:12\nCOPY a b /c/ \\\n«RUN» make\n",
            fixed="FROM debian:12\nCOPY a b /c/\nRUN make\n",
            message="read as a word of the COPY",
        ),
        Bad(
            "FROM debian:12\nRUN make\n    «echo» done\n",
            fixed="FROM debian:12\nRUN make && \\\n    echo done\n",
            message="torn off",
        ),
        Bad(
            "FROM debian:12\nRUN make &&\n    «make» install\n",
            fixed="FROM debian:12\nRUN make && \\\n    make install\n",
        ),
        Bad(
            "FROM fedora:42\nRUN dnf -y install gcc\\\n  make\\\n  patch\n  «bison»\\\n  flex\\\n  && dnf clean all\n",
            fixed="FROM fedora:42\nRUN dnf -y install gcc\\\n  make\\\n  patch \\\n  bison\\\n  flex\\\n  && dnf clean all\n",
        ),
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get install -y git\n    «curl» -fsSL https://example.org/a\n",
            fixed="FROM debian:12\nRUN apt-get update && apt-get install -y git && \\\n    curl -fsSL https://example.org/a\n",
        ),
        Bad(
            "FROM python:3.13\nRUN pip install torch==2.9\n    «--index-url» https://example.org/simple\n",
            fixed="FROM python:3.13\nRUN pip install torch==2.9 \\\n    --index-url https://example.org/simple\n",
        ),
        Bad("FROM debian:12\nRUN apt-get install -y locales\n    «ldconfig»\n", message="torn off"),
        Bad(
            'FROM debian:12\nRUN case "$A" in \\\n      x)\n    «echo» done ;; \\\n    esac\n',
            message="torn off",
        ),
        Bad("FROM debian:12\nRUN make # all of it\n    «echo» done\n", message="torn off"),
    ),
    good=(
        Good("FROM fedora:42\nRUN dnf -y install gcc\\\n  make\\\n  && dnf clean all\n"),
        Good("FROM debian:12\nRUN apt-get install -y git \\\n    curl \\\n    # the last\n    wget\n"),
        Good("FROM debian:12\nRUN make # all of it\nRUN echo done\n"),
        Good("FROM python:3.13\nRUN pip install torch==2.9 \\\n    --index-url https://example.org/simple\n"),
        Good('FROM debian:12\nRUN case "$A" in \\\n      x) \\\n    echo done ;; \\\n    esac\n'),
        Good("FROM debian:12\nRUN mkdir -p /a \\\n    /b\n"),
        Good("FROM debian:12\nRUN make && \\\n    # why\n    make install\nRUN x\n"),
        Good("FROM debian:12\nRUN echo a \\\n    RUN b\n", why="deeper than the instruction: a word"),
        Good(
            "FROM debian:12\nRUN <<EOF\ncat > D <<X\nFROM a\nRUN b\nX\nEOF\n",
            why="another Dockerfile is written",
        ),
        Good("FROM debian:12\nRUN echo 'a\\n\\\nRUN b' > D\n", why="inside quotes"),
        Good("FROM debian:12\nRUN sleep 1 & wait\nCMD a || b\n"),
        Good("FROM debian:12\nCOPY RUN ENV /x/\n", why="files with such names"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Instructions ran into each other, or a RUN was torn apart.

    A RUN that ends with `&&` or `|` is no complete shell script: it fails. A backslash at the end of an instruction
    joins the next instruction to it (comment lines in between do not help), which the shell then looks for as a command
    named RUN or COPY. And a RUN that lacks a backslash ends early: what follows is no instruction, and BuildKit refuses the file.
    """
    for end in facts.dangling:
        if not any(
            torn.end.span.start >= end.place.span.end >= torn.of.span.start for torn in facts.torn_off
        ):
            yield Finding(
                end.place,
                f"nothing follows {end.place.text} at the end of this {end.keyword}",
                advice="remove it",
            )
    for found in facts.swallowed:
        what = "a command" if found.by.keyword == "RUN" else "a word"
        fix = None
        if found.joint:
            fix = Fix(
                "end the instruction above before it",
                (Edit(found.joint, ""),),
                is_safe=False,
                changes=tuple(Aspect),
            )
        yield Finding(
            found.place,
            f"{found.keyword} is read as {what} of the {found.by.keyword} in line {found.by.line}",
            notes=(Note(found.joint, "this joins the lines"),) if found.joint else (),
            fix=fix,
        )
    for torn in facts.torn_off:
        edits = (Edit(torn.end, torn.joint),)
        yield Finding(
            torn.place,
            f"{torn.place.text} is torn off the RUN in line {torn.of.line}, and is no instruction",
            fix=Fix("join it to the RUN", edits, is_safe=False, changes=tuple(Aspect))
            if torn.joint
            else None,
            advice=None if torn.joint else "join it to the RUN with one backslash",
        )

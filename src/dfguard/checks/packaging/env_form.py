"""DFG710: an assignment in a form that sets something else than it seems to."""

import re
from collections.abc import Iterator
from functools import cache

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Pair, Place, Severity, Span, rule


@rule(
    "DFG710",
    "env-form",
    Severity.ERROR,
    since="0.1.0",
    covers=("DFG002", "DFG975", "DFG977"),
    sources=(
        "https://docs.docker.com/reference/dockerfile/#env",
        "moby/buildkit frontend/dockerfile/parser/line_parsers.go@73ed6825: the form with a space takes the rest of the line",
    ),
    bad=(
        Bad(
            "FROM debian:12\nENV «MODEL» = base\n",
            fixed="FROM debian:12\nENV MODEL=base\n",
            message="MODEL is set to '= base'",
        ),
        Bad(
            "FROM debian:12\nENV «export» A=1\n",
            fixed="FROM debian:12\nENV A=1\n",
            message="a variable named export",
        ),
        Bad("FROM debian:12\nENV «A» 1 # the first\n", message="the comment"),
        Bad(
            "FROM «BASE=debian:12» AS run\nRUN make\n",
            fixed="FROM debian:12 AS run\nRUN make\n",
            message="FROM takes the name of an image",
        ),
    ),
    good=(
        Good('FROM debian:12\nENV A=1 B="= 2"\n'),
        Good("FROM debian:12\nENV A 1\nENV B #1\n", why="DFG975's"),
        Good("FROM debian:12\nENV EXPORT 1\n"),
        Good("ARG BASE=debian:12\nFROM ${BASE}\n"),
        Good('ARG BASE="debian:12"\nFROM --platform=linux/amd64 $BASE AS run\n', why="a flag"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """ENV sets something else than it seems to, or an assignment stands in FROM.

    In the form with a space (`ENV KEY value`) everything behind the space is the value: `ENV K = v` sets K to `= v`, a
    comment becomes part of the value, and `ENV export A=1` sets a variable named export. Write `ENV KEY=value`.
    `FROM BASE=image` is no assignment, but an image name that nobody can pull: ARG declares a variable, above FROM.
    """
    for section in facts.outline.stages:
        name = section.stage.base if section.stage is not None else None
        if name is not None and (found := _assignment().fullmatch(name.value)):
            fix = Fix(
                f"remove {found[1]}=",
                (Edit(name.place(), found[2]),),
                is_safe=True,
                changes=(Aspect.VARIABLES, Aspect.STAGES, Aspect.COMMANDS),
            )
            yield Finding(name.place(), "FROM takes the name of an image, not an assignment", fix=fix)
    for site in facts.outline.of("ENV"):
        for pair in site.instruction.pairs:
            value = pair.value.value if pair.value else ""
            if not pair.is_legacy or pair.value is None:
                continue
            if value.startswith("= ") or value == "=":
                yield _with_equals(pair, value)
            elif pair.key.value == "export" and "=" in value:
                gone = Place(pair.key.source, Span(pair.key.span().start, pair.value.span().start))
                fix = Fix(
                    "remove export",
                    (Edit(gone, ""),),
                    is_safe=True,
                    changes=(Aspect.VARIABLES, Aspect.STAGES, Aspect.COMMANDS),
                )
                yield Finding(pair.key.place(), f"this sets a variable named export to '{value}'", fix=fix)
            elif " # " in value and not value.startswith(('"', "'")):
                yield Finding(
                    pair.key.place(),
                    f"the comment is part of what {pair.key} is set to",
                    advice="put it on a line above",
                )


@cache
def _assignment() -> re.Pattern[str]:
    return re.compile(r"([A-Za-z_]\w*)=([\w./:@-]+)", re.ASCII)


def _with_equals(pair: Pair, value: str) -> Finding:
    word = value[1:].strip()
    fix = None
    if pair.value is not None and word and " " not in word:
        whole = Place(pair.key.source, Span(pair.key.span().start, pair.value.span().end))
        fix = Fix(
            "write it without spaces",
            (Edit(whole, f"{pair.key}={word}"),),
            is_safe=True,
            changes=(Aspect.VARIABLES, Aspect.STAGES, Aspect.COMMANDS),
        )
    return Finding(
        pair.key.place(),
        f"{pair.key} is set to '{value}'",
        fix=fix,
        advice=None if fix else "write it without spaces",
    )

"""DFG710: ENV that sets something else than it seems to."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Pair, Place, Severity, Span, rule


@rule(
    "DFG710",
    "env-form",
    Severity.ERROR,
    since="0.1.0",
    covers=("DFG975",),
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
    ),
    good=(
        Good('FROM debian:12\nENV A=1 B="= 2"\n'),
        Good("FROM debian:12\nENV A 1\nENV B #1\n", why="DFG975's"),
        Good("FROM debian:12\nENV EXPORT 1\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """ENV sets something else than it seems to.

    In the form with a space (`ENV KEY value`) everything behind the space is the value: `ENV K = v` sets K to `= v`, a
    comment becomes part of the value, and `ENV export A=1` sets a variable named export. Write `ENV KEY=value`.
    """
    for site in facts.outline.of("ENV"):
        for pair in site.instruction.pairs:
            value = pair.value.value if pair.value else ""
            if not pair.is_legacy or pair.value is None:
                continue
            if value.startswith("= ") or value == "=":
                yield _with_equals(pair, value)
            elif pair.key.value == "export" and "=" in value:
                gone = Place(pair.key.source, Span(pair.key.span().start, pair.value.span().start))
                fix = Fix("remove export", (Edit(gone, ""),), is_safe=True)
                yield Finding(pair.key.place(), f"this sets a variable named export to '{value}'", fix=fix)
            elif " # " in value and not value.startswith(('"', "'")):
                yield Finding(
                    pair.key.place(),
                    f"the comment is part of what {pair.key} is set to",
                    advice="put it on a line above",
                )


def _with_equals(pair: Pair, value: str) -> Finding:
    word = value[1:].strip()
    fix = None
    if pair.value is not None and word and " " not in word:
        whole = Place(pair.key.source, Span(pair.key.span().start, pair.value.span().end))
        fix = Fix("write it without spaces", (Edit(whole, f"{pair.key}={word}"),), is_safe=True)
    return Finding(
        pair.key.place(),
        f"{pair.key} is set to '{value}'",
        fix=fix,
        advice=None if fix else "write it without spaces",
    )

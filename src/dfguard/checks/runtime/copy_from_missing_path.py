"""DFG206: COPY --from a path that the other stage provably lacks."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, described, rule


@rule(
    "DFG206",
    "copy-from-missing-path",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#copy---from",),
    bad=(
        Bad(
            "FROM scratch AS build\nCOPY a /out/a\nFROM alpine:3.20\nCOPY --from=build «/outt/a» /a\n",
            files={"a": ""},
            message="/outt/a",
        ),
        Bad(
            "FROM alpine:3.20 AS build\nRUN mkdir /w && touch /w/x && rm /w/x\nFROM alpine:3.20\nCOPY --from=0 «/w/x» /x\n"
        ),
    ),
    good=(
        Good(
            "FROM alpine:3.20 AS build\nRUN make\nFROM alpine:3.20\nCOPY --from=build /out/a /a\n",
            why="an unknown program may have made it",
        ),
        Good(
            "FROM scratch AS build\nCOPY a /out/a\nFROM alpine:3.20\nCOPY --from=build /out/a /a\n",
            files={"a": ""},
        ),
        Good("FROM alpine:3.20\nCOPY --from=nginx:1 /etc/nginx /etc/nginx\n", why="another image"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """COPY --from names a path that the other stage does not hold.

    The build stops there. It is reported only when the stage provably lacks the path: what a base image or an unknown
    program may have left counts as there.
    """
    for _, copy in facts.copies:
        if copy.is_missing and copy.origin is not None:
            yield Finding(copy.place, f"the stage {copy.origin} holds no {described(copy.pattern)}")

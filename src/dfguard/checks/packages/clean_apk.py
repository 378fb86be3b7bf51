"""DFG918: apk add without --no-cache."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._caches import uncleaned


@rule(
    "DFG918",
    "clean-apk",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3019",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3019",
        "https://docs.docker.com/build/building/best-practices/",
    ),
    differs="a cache mount above the cache counts as well, and the text of a further shell (`bash -c`) is read.",
    bad=(
        Bad("FROM alpine:3.20\nRUN apk «add» --no-network --virtual .run a\n"),
        Bad(
            "FROM alpine:3.20\nRUN apk «add» git=1\n",
            fixed="FROM alpine:3.20\nRUN apk add --no-cache git=1\n",
        ),
        Bad(
            "FROM alpine:3.20\nRUN apk update && apk «add» -U a && rm -rf /var/cache/apk/*\n",
            fixed="FROM alpine:3.20\nRUN apk update && apk add --no-cache -U a && rm -rf /var/cache/apk/*\n",
        ),
        Bad(
            'FROM alpine:3.20\nRUN [ "apk" , "«add»" , "git=1" ]\n',
            fixed='FROM alpine:3.20\nRUN [ "apk" , "add", "--no-cache" , "git=1" ]\n',
        ),
    ),
    good=(
        Good("FROM alpine:3.20\nRUN apk add --no-cache --virtual .run a\n"),
        Good("FROM alpine:3.20\nRUN apk add --no-cache git=1\n"),
        Good("FROM alpine:3.20\nRUN --mount=type=cache,target=/var/cache/apk apk add git\n"),
        Good("FROM alpine:3.20\nRUN apk del git\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Apk add keeps its index in the layer.

    With `--no-cache` it fetches the index for itself and keeps nothing.
    """
    yield from uncleaned(facts, "apk")

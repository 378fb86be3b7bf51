"""DFG917: apk add without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG917",
    "pin-apk",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3018",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3018",
        "https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper",
    ),
    differs="packages that come from a variable are judged when their names are known, and left alone otherwise; commands behind sudo, env and the like are read, too.",
    bad=(
        Bad("FROM alpine:3.20\nRUN apk add --no-cache «git» 'curl=~8'\n"),
        Bad("FROM alpine:3.20\nRUN apk add -U «bash» && apk add --virtual .deps «gcc»\n"),
    ),
    good=(
        Good("FROM alpine:3.20\nRUN apk add --no-cache git=2.45.2-r0 'curl>8' 'jq~1.7'\n"),
        Good(
            "FROM alpine:3.20\nRUN apk add -t .deps gcc=13 -X https://example.org/edge x=1\n",
            why="options with values",
        ),
        Good("FROM alpine:3.20\nRUN apk add /tmp/x.apk\n"),
        Good("FROM alpine:3.20\nARG P\nRUN apk add $P\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Apk installs whatever version is newest.

    Write `name=version` or `name~version`. Alpine removes old versions from its archive: a pinned version breaks the build
    one day. Off in the default profile.
    """
    yield from unpinned(facts, "apk")

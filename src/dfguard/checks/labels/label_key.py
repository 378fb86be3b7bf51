"""DFG945: a label key that others cannot use."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.labels._schema import labels

FIRST = frozenset("abcdefghijklmnopqrstuvwxyz")
LAST = FIRST | frozenset("0123456789")
INSIDE = LAST | frozenset(".-_/")


@rule(
    "DFG945",
    "label-key",
    Severity.INFO,
    since="0.1.0",
    differs="the key is judged with its variables replaced, as BuildKit does: `a$b` is `a` when nothing sets b, which DFG974 tells.",
    aliases=("DL3048",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3048",
        "https://docs.docker.com/engine/manage-resources/labels/#key-format-recommendations",
    ),
    bad=(
        Bad("FROM debian:12\nLABEL «Vendor»=x\n", message="capital"),
        Bad("FROM debian:12\nLABEL «com.docker.x»=1 «a..b»=2 «a_»=3\n"),
        Bad('FROM debian:12\nLABEL "«a b»"=1\n'.replace('"«a b»"', '«"a b"»')),
    ),
    good=(
        Good("FROM debian:12\nLABEL org.opencontainers.image.title=X a-b.c_d/e1=2\n"),
        Good('FROM debian:12\nLABEL "vendor"="X Y"\n'),
        Good("FROM debian:12\nARG K\nLABEL $K=1\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A label key is not of the form that Docker recommends.

    Lower-case letters, digits, `.`, `-`, `_` and `/`; a letter first, a letter or digit last, no two separators in a row;
    `com.docker.*`, `io.docker.*` and `org.dockerproject.*` are Docker's own.
    """
    for _, pair, key, _ in labels(facts):
        why = _fault(facts, key)
        if why:
            yield Finding(pair.key.place(), f"the label key {key or 'without a name'} {why}")


def _fault(facts: Facts, key: str) -> str:
    for row in facts.knowledge.labels.reserved:
        if key.startswith(row.prefixes):
            return f"begins like those of {row.owner}"
    if key != key.lower():
        return "has capital letters"
    if key[:1] not in FIRST or key[-1:] not in LAST:
        return "does not begin with a letter and end with a letter or digit"
    if not frozenset(key) <= INSIDE:
        return f"has {min(frozenset(key) - INSIDE)!r} in it"
    return "has two separators in a row" if ".." in key or "--" in key else ""

"""DFG603: another version of the Dockerfile lies beside the one that is built."""

import posixpath
import re
from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Place, Severity, Span, rule

STALE = re.compile(
    r"[.\-_](?:broken|new|old|bak|backup|orig|copy|tmp|save|deprecated|wip|fixed|working)\d*$|~$",
    re.IGNORECASE,
)


def _is_stale(name: str) -> bool:
    return bool(STALE.search(name.removesuffix(".Dockerfile").removesuffix(".dockerfile")))


def _trunk(name: str) -> str:
    return STALE.sub("", name)


@rule(
    "DFG603",
    "stale-variant",
    Severity.INFO,
    since="0.1.0",
    sources=("https://docs.docker.com/build/concepts/dockerfile/#filename",),
    bad=(
        Bad("«FROM x»\nRUN a\n", files={"Dockerfile.broken": "FROM x\n"}, message="Dockerfile.broken"),
        Bad(
            "«FROM x»\nRUN a\n",
            name="Dockerfile.runpod",
            files={"Dockerfile.runpod-new": "FROM x\n", "Dockerfile": "FROM x\n"},
        ),
        Bad("«FROM x»\n", name="Dockerfile.old", files={"Dockerfile": "FROM x\n"}, message="Dockerfile"),
    ),
    good=(
        Good(
            "FROM x\n",
            files={"Dockerfile.gpu": "FROM x\n", "Dockerfile.dev": "FROM x\n"},
            why="variants by purpose",
        ),
        Good("FROM x\n", files={"new/Dockerfile": "FROM x\n"}, why="another folder"),
        Good("FROM x\n", files={"Dockerfile.dockerignore": "*\n"}),
        Good("FROM x\n", name="Dockerfile.new", files={}, why="nothing lies beside it"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A `.broken`, `-new`, `.old` or `.bak` version lies beside the Dockerfile.

    One of them is built, and it is easy to mend the other. The finding names the one that the repository's build files use,
    where they say so. Keep one, and leave the rest to git.
    """
    if not facts.document.instructions:
        return
    own = posixpath.basename(facts.project.path)
    names = [posixpath.basename(path) for path in facts.project.siblings()]
    others = [n for n in names if n != own and _trunk(n) == _trunk(own) and (_is_stale(n) or _is_stale(own))]
    if not others:
        return
    built = {posixpath.basename(r.dockerfile) for r in facts.project.references()} & {own, *others}
    used = (
        f"; {' and '.join(sorted(built))} is built"
        if built
        else "; nothing in the repository says which one is built"
    )
    first = facts.document.instructions[0]
    yield Finding(
        Place(facts.source, Span(first.span.start, first.span.end)),
        f"{' and '.join(sorted(others))} lies beside {own}{used}",
        advice="keep the one that is built, and leave old versions to git",
    )

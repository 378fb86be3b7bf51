"""DFG603: another version of the Dockerfile lies beside the one that is built."""

import posixpath
from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Place, Severity, Span, rule
from dfguard.checks.project._variants import are_versions


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
        Bad(
            "«FROM x»\nRUN a\n",
            name="api/Dockerfile",
            files={
                "api/Dockerfile.new": "FROM x\n",
                "Dockerfile.new": "FROM x\n",
                "compose.yaml": "services:\n  a:\n    build: {context: ., dockerfile: Dockerfile.new}\n",
            },
            message="nothing in the repository says which one is built",
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
    others = [name for name in names if are_versions(own, name)]
    if not others:
        return
    folder = posixpath.dirname(facts.project.path)
    paths = {posixpath.join(folder, name): name for name in (own, *others)}
    built = {paths[r.dockerfile] for r in facts.project.references() if r.dockerfile in paths}
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

"""DFG602: the Dockerfile that is built has errors while a variant beside it has none, or it does not exist."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Place, Severity, Span, rule

WORKFLOW = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n          file: «{}»\n"
BROKEN = 'FROM python:3.11\nRUN python -c "import a; try: a.b(); except Exception: pass"\n'
SOUND = "FROM python:3.11\nRUN python -c 'import a'\n"


@rule(
    "DFG602",
    "wrong-dockerfile",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/cli/docker/buildx/build/#file",
        "https://github.com/docker/build-push-action",
    ),
    bad=(
        Bad(
            BROKEN.replace("FROM", "«FROM", 1).replace("3.11", "3.11»", 1),
            name="Dockerfile.runpod",
            files={
                "Dockerfile.runpod-new": SOUND,
                ".github/workflows/ci.yml": WORKFLOW.replace("«{}»", "Dockerfile.runpod"),
            },
            message="Dockerfile.runpod-new",
        ),
        Bad(
            SOUND,
            files={".github/workflows/ci.yml": WORKFLOW.format("Dockerfile.gone")},
            message="Dockerfile.gone",
        ),
        Bad(
            SOUND,
            files={
                "compose.yaml": "services:\n  a:\n    build:\n      context: .\n      dockerfile: «docker/Dockerfile»\n"
            },
        ),
    ),
    good=(
        Good(SOUND, files={".github/workflows/ci.yml": WORKFLOW.replace("«{}»", "Dockerfile")}),
        Good(
            SOUND,
            files={
                ".github/workflows/ci.yml": 'jobs:\n  a:\n    steps:\n      - run: |\n          if "docker build" in log and "failed" in log:\n            print(f"building {name} (docker build) of it")\n'
            },
            why="words about a build",
        ),
        Good(
            SOUND,
            name="dockerfile",
            files={".github/workflows/ci.yml": WORKFLOW.replace("«{}»", "Dockerfile")},
            why="BuildKit takes the one in lower case",
        ),
        Good(
            SOUND,
            name="Dockerfile.runpod",
            files={
                "Dockerfile.runpod-new": SOUND,
                ".github/workflows/ci.yml": WORKFLOW.replace("«{}»", "Dockerfile.runpod"),
            },
        ),
        Good(
            SOUND,
            files={".github/workflows/ci.yml": WORKFLOW.replace("«{}»", "${{ matrix.file }}")},
            why="a file we cannot tell",
        ),
        Good(
            SOUND,
            files={"compose.yaml": "services:\n  a:\n    build: https://github.com/a/b.git\n"},
            why="another repository",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The repository builds a Dockerfile that cannot work, though a good one lies beside it, or one that is not there.

    Workflows, compose files, bake files and platform files name the Dockerfile they build. When that one has proven errors and a
    variant in the same folder has none, the wrong one is probably built.
    """
    references = facts.project.references()
    for reference in references:
        if not reference.exists and facts.is_first_of_folder:
            yield Finding(
                reference.place,
                f"this {reference.builder} builds {reference.dockerfile}, which does not exist",
            )
    built = [r for r in references if r.dockerfile == facts.project.path]
    if not built:
        return
    siblings = facts.project.siblings()
    errors = facts.sure_errors(facts.project.path) if siblings else None
    sound = next((path for path in siblings if facts.sure_errors(path) == ()), None) if errors else None
    if not errors or sound is None:
        return
    first = facts.document.instructions[0]
    yield Finding(
        Place(facts.source, Span(first.span.start, first.span.end)),
        f"this file is built and has errors ({', '.join(errors)}), while {sound} beside it has none",
        notes=tuple(Note(r.place, f"this {r.builder} builds it") for r in built),
        advice=f"build {sound}, or replace this file by it",
    )

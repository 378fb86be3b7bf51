"""DFG602: the Dockerfile that is built has errors while a variant beside it has none, or it does not exist."""

import posixpath
from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Place, Severity, Span, rule
from dfguard.checks.project._variants import are_versions

_STOPPING = ("DFG00", "DFG1", "DFG2", "DFG5", "DFG7")
"""The rules, by the beginning of their names, whose errors stop the build or the start."""
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
                ".github/workflows/ci.yml": "jobs:\n  a:\n    strategy:\n      matrix:\n        image: [a, b]\n    steps:\n      - run: echo ${{ matrix.image }}\n      - run: «docker build -f images/${{ matrix.image }}/Dockerfile .»\n",
                "images/a/Dockerfile": SOUND,
            },
            message="images/b/Dockerfile",
        ),
        Bad(
            SOUND,
            files={
                ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: make image\n      - run: «docker build build/image»\n",
            },
            certainty_is_maybe=True,
        ),
        Bad(
            SOUND,
            files={
                "compose.yaml": "services:\n  a:\n    build:\n      context: .\n      dockerfile: «docker/Dockerfile»\n"
            },
        ),
    ),
    good=(
        Good(
            BROKEN,
            name="Dockerfile.dev",
            files={
                "Dockerfile": SOUND,
                ".github/workflows/ci.yml": WORKFLOW.replace("«{}»", "Dockerfile.dev"),
            },
            why="one for another purpose is no replacement",
        ),
        Good(
            SOUND,
            files={
                ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: docker build -t x:${{ matrix.a }} ${{ matrix.a }}\n"
            },
            why="an expression with blanks is one word, and its value is not known",
        ),
        Good(
            SOUND,
            name="app/Dockerfile",
            files={
                ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: cd app && docker build .\n      - run: docker build .\n        working-directory: app\n      - run: |\n          pushd app\n          docker buildx build --platform linux/amd64,linux/arm64 \\\n            --push .\n          popd\n"
            },
        ),
        Good(
            SOUND,
            files={
                ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with: {path: src}\n      - uses: actions/checkout@v4\n        with: {repository: other/one, path: other}\n      - run: docker build src && docker build other/images/web\n"
            },
            why="checked out into folders, another repository as well",
        ),
        Good(
            SOUND,
            name="images/a/Dockerfile",
            files={
                ".github/workflows/ci.yml": "jobs:\n  a:\n    strategy:\n      matrix:\n        image: [a, b]\n        os: [x, y]\n        exclude: [{image: b}]\n        include: [{image: a, tag: 1}]\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: images/${{ matrix.image }}\n"
            },
            why="b is taken out of the matrix",
        ),
        Good(
            SOUND,
            name="web/Dockerfile",
            files={
                "deploy/compose.yaml": "services:\n  a:\n    build: web\n",
                "deploy/Dockerfile": SOUND,
            },
            why="a compose file that is used with the root as its project directory",
        ),
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

    Workflows, compose files, bake files, dev containers and platform files name the Dockerfile they build. It is not there for
    certain where nothing before it could have made it. When the one that is built has proven errors that stop it and another
    version of it in the same folder (`Dockerfile.new`, `Dockerfile-fixed`) has none, the wrong one is probably built.
    """
    references = facts.project.references()
    for reference in references:
        if not reference.exists and facts.is_first_of_folder:
            yield Finding(
                reference.place,
                f"this {reference.builder} builds {reference.dockerfile}, which does not exist",
                certainty=Certainty.MAYBE if reference.may_come else Certainty.SURE,
            )
    built = [r for r in references if r.dockerfile == facts.project.path]
    if not built:
        return
    own = posixpath.basename(facts.project.path)
    versions = [p for p in facts.project.siblings() if are_versions(own, posixpath.basename(p))]
    errors = facts.sure_errors(facts.project.path) if versions else None
    stopping = [rule for rule in errors or () if rule.startswith(_STOPPING)]
    sound = next((path for path in versions if facts.sure_errors(path) == ()), None) if stopping else None
    if sound is None:
        return
    first = facts.document.instructions[0]
    yield Finding(
        Place(facts.source, Span(first.span.start, first.span.end)),
        f"this file is built and has errors ({', '.join(stopping)}), while {sound} beside it has none",
        notes=tuple(Note(r.place, f"this {r.builder} builds it") for r in built),
        advice=f"build {sound}, or replace this file by it",
    )

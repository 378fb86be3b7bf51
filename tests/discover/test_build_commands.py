"""Shell texts to the builds in them, and workflows to what their jobs build."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.core.source import Source, Span
from dfguard.discover.build_commands import builds_in
from dfguard.discover.open_paths import UNKNOWN, filled, stand_in
from dfguard.discover.workflows import workflow_mentions
from dfguard.syntax.shell.nodes import Dialect


def read(text: str, directory: str = "") -> list[tuple[str, str]]:
    """Dockerfile and context of each build, `?` for what is not known."""
    source = Source("a.sh", text)
    found = builds_in(source.text_of(Span(0, len(text))), Dialect.BASH, directory, script="ci/a.sh").builds
    return [(b.dockerfile.replace(UNKNOWN, "?"), b.root.replace(UNKNOWN, "?")) for b in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("docker build -t a .", [("./Dockerfile", ".")], id="plain"),
        pytest.param("docker build . -t a", [("./Dockerfile", ".")], id="context-first"),
        pytest.param("docker build . -f a/D", [("a/D", ".")], id="file-after"),
        pytest.param("docker buildx build --push --platform a,b -f=a/D x", [("a/D", "x")], id="buildx"),
        pytest.param("docker --context far image build a", [("a/Dockerfile", "a")], id="option-of-docker"),
        pytest.param("sudo DOCKER_BUILDKIT=1 podman build --layers a", [("a/Dockerfile", "a")], id="podman"),
        pytest.param("buildah bud --tls-verify a", [("a/Dockerfile", "a")], id="buildah"),
        pytest.param("cd a\ndocker build .", [("a/./Dockerfile", "a/.")], id="cd"),
        pytest.param(
            "(cd a && docker build b); docker build c",
            [("a/b/Dockerfile", "a/b"), ("c/Dockerfile", "c")],
            id="subshell",
        ),
        pytest.param(
            "pushd a; docker build .; popd; docker build b",
            [("a/./Dockerfile", "a/."), ("b/Dockerfile", "b")],
            id="pushd",
        ),
        pytest.param("if x; then cd a; fi\ndocker build b", [("?/b/Dockerfile", "?/b")], id="a-branch-moves"),
        pytest.param(
            "for d in a b; do docker build $d; done",
            [("a/Dockerfile", "a"), ("b/Dockerfile", "b")],
            id="loop",
        ),
        pytest.param(
            "for d in */; do docker build $d; done", [("?/Dockerfile", "?")], id="loop-over-a-pattern"
        ),
        pytest.param('docker build "$1"', [("?/Dockerfile", "?")], id="argument"),
        pytest.param('docker build "${1:-a}"', [("a/Dockerfile", "a")], id="default"),
        pytest.param("docker build https://example.org/a.git#main:b", [], id="url"),
        pytest.param("docker build - < Dockerfile", [], id="standard-input"),
        pytest.param("docker build a b", [], id="two-operands"),
        pytest.param("echo docker build .", [], id="words"),
        pytest.param("docker compose build a", [], id="compose"),
        pytest.param(
            'cd "$(dirname "$0")/.." && docker build a',
            [("ci/../a/Dockerfile", "ci/../a")],
            id="beside-the-script",
        ),
        pytest.param(
            'R=$(git rev-parse --show-toplevel)\ndocker build "$R/a"', [("./a/Dockerfile", "./a")], id="root"
        ),
    ],
)
def test_builds(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected


@given(st.text(alphabet="docker build-f./$(){}'\"\\\n;|&<>a=`#*", max_size=80))
def test_no_text_stops_the_reading(text: str) -> None:
    read(text)


@given(st.lists(st.text(alphabet="abc/.", min_size=1, max_size=5), min_size=1, max_size=9))
def test_stand_ins_come_back(values: list[str]) -> None:
    masked = "-".join(stand_in(number, len(value) + 4) for number, value in enumerate(values))
    assert filled(masked, values) == "-".join(values)


def mentioned(job: str) -> list[tuple[str, str, bool]]:
    """Dockerfile, context and whether something before may make files, of each mention of a job."""
    source = Source(".github/workflows/a.yml", f"jobs:\n  a:\n{job}")
    return [
        (m.dockerfile.replace(UNKNOWN, "?"), m.context.replace(UNKNOWN, "?"), m.is_after_others)
        for m in workflow_mentions(source)
    ]


MATRIX = """\
    strategy:
      matrix:
        image: [a, b]
        exclude: [{image: b}]
        include: [{image: a, tag: one}, {image: c}]
    steps:
      - run: docker build -t x:${{ matrix.tag }} ${{  matrix.image  }}
"""
NESTED = """\
    strategy:
      matrix:
        target: [{dir: a, file: A}, {dir: b, file: B}]
    steps:
      - uses: docker/build-push-action@v6
        with: {context: "${{ matrix.target.dir }}", file: "${{ matrix.target.dir }}/${{ matrix.target.file }}"}
"""


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        pytest.param(MATRIX, [("a/Dockerfile", "a", False), ("c/Dockerfile", "c", False)], id="matrix"),
        pytest.param(NESTED, [("a/A", "a", False), ("b/B", "b", False)], id="matrix-of-mappings"),
        pytest.param(
            '    strategy: {matrix: "${{ fromJSON(needs.x.outputs.y) }}"}\n    steps:\n      - run: docker build ${{ matrix.a }}\n',
            [("?/Dockerfile", "?", False)],
            id="matrix-of-an-expression",
        ),
        pytest.param(
            "    env: {D: a}\n    steps:\n      - run: docker build $D\n      - run: docker build ${{ env.D }}\n",
            [("a/Dockerfile", "a", False), ("a/Dockerfile", "a", False)],
            id="env",
        ),
        pytest.param(
            "    defaults: {run: {working-directory: a}}\n    steps:\n      - run: docker build .\n",
            [("a/Dockerfile", "a", False)],
            id="default-directory",
        ),
        pytest.param(
            "    steps:\n      - run: make\n      - run: docker build a\n",
            [("a/Dockerfile", "a", True)],
            id="after-make",
        ),
        pytest.param(
            "    steps:\n      - run: echo a && docker pull b\n      - run: docker build a\n",
            [("a/Dockerfile", "a", False)],
            id="after-harmless-commands",
        ),
        pytest.param(
            "    steps:\n      - uses: actions/checkout@v4\n        with: {repository: a/b}\n      - run: docker build a\n",
            [],
            id="another-repository",
        ),
        pytest.param(
            "    steps:\n      - uses: actions/checkout@v4\n        with: {path: s}\n      - run: docker build s/a && docker build a\n",
            [("a/Dockerfile", "a", False)],
            id="checked-out-into-a-folder",
        ),
        pytest.param(
            "    steps:\n      - uses: redhat-actions/buildah-build@v2\n        with:\n          containerfiles: |\n            ./A\n            b/B\n",
            [("A", ".", False), ("b/B", ".", False)],
            id="buildah",
        ),
        pytest.param(
            "    steps:\n      - run: docker build a\n        shell: pwsh\n", [], id="another-shell"
        ),
    ],
)
def test_workflows(job: str, expected: list[tuple[str, str, bool]]) -> None:
    assert mentioned(job) == expected

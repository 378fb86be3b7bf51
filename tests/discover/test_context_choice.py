"""The build context of a Dockerfile in a repository: which folder, and whether it is beyond doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.config.settings import Settings
from dfguard.discover.targets import Found, target_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

APP = "FROM x\nCOPY main.py lib /app/\n"
COMPOSE = "services:\n  a:\n    build:\n      context: {}\n      dockerfile: {}\n"


def context_of(folder: Path, files: Mapping[str, str], path: str, *, is_git: bool) -> tuple[str, bool]:
    """The context below the repository's root, and whether it is certain."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if is_git:
        (folder / ".git").mkdir()
    found = target_of(Found(path, str(folder / path)), Settings())
    return found.surroundings.context_path, found.surroundings.has_certain_context


BOTH = pytest.mark.parametrize("is_git", [True, False], ids=["git", "no-git"])


@BOTH
@pytest.mark.parametrize(
    ("files", "path", "expected"),
    [
        pytest.param({"Dockerfile": APP}, "Dockerfile", ("", True), id="root"),
        pytest.param(
            {"Dockerfile": "FROM x\nCOPY api/main.py api/lib /app/\n", "main.py": "", "lib/a.py": ""},
            "Dockerfile",
            ("", False),
            id="named-from-the-folder-around-the-checkout",
        ),
        pytest.param(
            {
                "Dockerfile": "FROM x\nCOPY api/main.py api/lib api/dist /app/\n",
                "main.py": "",
                "lib/a.py": "",
                ".gitignore": "dist\n",
            },
            "Dockerfile",
            ("", False),
            id="named-from-there-with-what-git-ignores",
        ),
        pytest.param(
            {"Dockerfile": "FROM x\nCOPY api/main.py api/lib /app/\n", "main.py": ""},
            "Dockerfile",
            ("", True),
            id="not-all-is-named-from-there",
        ),
        pytest.param(
            {"Dockerfile": "FROM x\nCOPY api/main.py web/lib /app/\n", "main.py": "", "lib/a.py": ""},
            "Dockerfile",
            ("", True),
            id="two-folders-are-no-checkout",
        ),
        pytest.param(
            {"d/Dockerfile": APP, "main.py": "", "lib/a.py": ""},
            "d/Dockerfile",
            ("", True),
            id="only-the-root-fits",
        ),
        pytest.param(
            {"d/Dockerfile": APP, "d/main.py": "", "d/lib/a.py": "", "main.py": ""},
            "d/Dockerfile",
            ("d", True),
            id="only-its-own-folder-fits",
        ),
        pytest.param(
            {"a/b/Dockerfile": APP, "a/main.py": "", "a/lib/a.py": "", "main.py": ""},
            "a/b/Dockerfile",
            ("a", True),
            id="only-one-between-fits",
        ),
        pytest.param({"d/Dockerfile": APP, "d/a.py": ""}, "d/Dockerfile", ("d", False), id="nothing-fits"),
        pytest.param(
            {"d/Dockerfile": APP, "d/main.py": ""},
            "d/Dockerfile",
            ("d", True),
            id="one-holds-more-and-no-other-what-it-lacks",
        ),
        pytest.param(
            {"d/Dockerfile": APP, "d/main.py": "", "main.py": ""},
            "d/Dockerfile",
            ("d", False),
            id="two-hold-as-much",
        ),
        pytest.param(
            {"d/Dockerfile": "FROM x\nCOPY a b c /app/\n", "d/a": "", "d/b": "", "c": ""},
            "d/Dockerfile",
            ("d", False),
            id="another-one-holds-what-it-lacks",
        ),
        pytest.param(
            {"d/Dockerfile": APP, "d/main.py": "", "d/lib/a": "", "main.py": "", "lib/a": ""},
            "d/Dockerfile",
            ("d", False),
            id="two-fit",
        ),
        pytest.param(
            {"d/Dockerfile": "FROM x\nARG V=1\nENV F=$V/run.sh\nCOPY $F /\n", "1/run.sh": ""},
            "d/Dockerfile",
            ("", True),
            id="variables",
        ),
        pytest.param(
            {"d/Dockerfile": "FROM x\nCOPY conf/*.ini /etc/\n", "conf/a.ini": "", "d/conf/a.txt": ""},
            "d/Dockerfile",
            ("", True),
            id="wildcards",
        ),
        pytest.param(
            {
                "d/Dockerfile": "FROM x\nRUN --mount=type=bind,source=conf,target=/c ls /c\n",
                "conf/a.ini": "",
            },
            "d/Dockerfile",
            ("", True),
            id="bind-mount",
        ),
        pytest.param(
            {
                "d/Dockerfile": "FROM x\nRUN --mount=type=bind,target=/w bash /w/d/run.sh\n",
                "d/run.sh": "",
            },
            "d/Dockerfile",
            ("", True),
            id="used-below-a-bind-mount",
        ),
        pytest.param(
            {
                "d/Dockerfile": "FROM x\nENV HOME_OF=/app\nWORKDIR $HOME_OF\nCOPY . ./\nRUN pip install -r needs.txt\n",
                "needs.txt": "",
            },
            "d/Dockerfile",
            ("", True),
            id="used-below-a-variable-workdir",
        ),
        pytest.param(
            {"d/Dockerfile": "FROM x\nCOPY a.py dist /\n", "a.py": "", ".gitignore": "dist/*\n"},
            "d/Dockerfile",
            ("", True),
            id="what-git-ignores-counts-for-nobody",
        ),
        pytest.param(
            {
                "d/Dockerfile": "FROM x\nCOPY a.py vendor/x /\n",
                "a.py": "",
                ".gitmodules": '[submodule "v"]\n\tpath = vendor\n\turl = https://example.org/v\n',
            },
            "d/Dockerfile",
            ("", True),
            id="a-submodule",
        ),
        pytest.param({"d/Dockerfile": "FROM x\nRUN true\n"}, "d/Dockerfile", ("d", True), id="takes-nothing"),
    ],
)
def test_folders_that_hold_what_is_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    path: str,
    expected: tuple[str, bool],
    *,
    is_git: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert context_of(tmp_path, files, path, is_git=is_git) == expected


LACKS = {"d/Dockerfile": APP, "d/main.py": ""}
TWO = {"d/Dockerfile": "FROM x\nCOPY a.py /\n", "d/a.py": "", "a.py": ""}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({**LACKS, "compose.yaml": COMPOSE.format("d", "Dockerfile")}, ("d", True), id="compose"),
        pytest.param(
            {**TWO, "compose.yaml": COMPOSE.format(".", "d/Dockerfile")}, ("", True), id="compose-root"
        ),
        pytest.param(
            {**TWO, "compose.yaml": COMPOSE.format(".", "d/Dockerfile") + "  b:\n    build: d\n"},
            ("", False),
            id="two-contexts-that-fit",
        ),
        pytest.param(
            {
                "d/Dockerfile": APP,
                "main.py": "",
                "lib/a.py": "",
                "compose.yaml": COMPOSE.format(".", "d/Dockerfile") + "  b:\n    build: d\n",
            },
            ("", True),
            id="two-contexts-of-which-one-fits",
        ),
        pytest.param(
            {**LACKS, "compose.yaml": COMPOSE.format("out", "../d/Dockerfile")}, ("d", False), id="not-there"
        ),
        pytest.param(
            {
                **TWO,
                "d/devcontainer.json": '{\n\t// ours\n\t"build": {"dockerfile": "Dockerfile", "context": ".."},\n}\n',
            },
            ("", True),
            id="dev-container",
        ),
        pytest.param(
            {**TWO, "docker-bake.hcl": 'target "a" {\n  context = "d"\n}\n'}, ("d", True), id="bake"
        ),
        pytest.param(
            {
                **TWO,
                "docker-bake.hcl": 'target "a" {\n  inherits = ["b"]\n  dockerfile = "d/Dockerfile"\n}\n',
            },
            ("d", False),
            id="bake-inherits",
        ),
        pytest.param(
            {**TWO, "Makefile": "image:\n\tdocker build -f d/Dockerfile .\n"}, ("", True), id="makefile"
        ),
        pytest.param(
            {**TWO, "Makefile": "D := d\nimage:\n\t@docker build -t $(T) \\\n\t  -f $(D)/Dockerfile $(D)\n"},
            ("d", True),
            id="makefile-variable",
        ),
        pytest.param(
            {**TWO, "build.sh": 'cd "$(dirname "$0")/d" && docker build .\n'}, ("d", True), id="script"
        ),
        pytest.param(
            {**TWO, "ci/b.sh": 'F=d/Dockerfile\ndocker buildx build -f "$F" "$PWD"\n'},
            ("", True),
            id="script-variable",
        ),
        pytest.param(
            {**TWO, "package.json": '{"scripts": {"image": "podman build -t a d"}}\n'},
            ("d", True),
            id="package-json",
        ),
        pytest.param(
            {**TWO, "Taskfile.yml": "tasks:\n  a:\n    cmds:\n      - docker build d\n"},
            ("d", True),
            id="taskfile",
        ),
        pytest.param({**TWO, "justfile": "image:\n    docker build d\n"}, ("d", True), id="justfile"),
        pytest.param(
            {**TWO, ".gitlab-ci.yml": "a:\n  script:\n    - docker build -f d/Dockerfile .\n"},
            ("", True),
            id="ci",
        ),
        pytest.param(
            {**TWO, ".goreleaser.yaml": "dockers:\n  - dockerfile: d/Dockerfile\n"},
            ("d", False),
            id="goreleaser",
        ),
        pytest.param(
            {**TWO, "d/Dockerfile": "# docker build -f d/Dockerfile .\nFROM x\nCOPY a.py /\n"},
            ("", True),
            id="comment",
        ),
        pytest.param(
            {**TWO, "build.sh": 'docker build -f d/Dockerfile "$1"\n'}, ("d", False), id="script-unknown"
        ),
    ],
)
def test_what_the_repository_names(tmp_path: Path, files: dict[str, str], expected: tuple[str, bool]) -> None:
    assert context_of(tmp_path, files, "d/Dockerfile", is_git=True) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param("- run: docker build -f d/Dockerfile .", ("", True), id="run"),
        pytest.param("- run: cd d && docker build .", ("d", True), id="cd"),
        pytest.param(
            "- run: docker build .\n        working-directory: d", ("d", True), id="working-directory"
        ),
        pytest.param(
            "- uses: actions/checkout@v4\n        with: {path: src}\n      - run: docker build src/d",
            ("d", True),
            id="checkout-path",
        ),
        pytest.param(
            "- uses: docker/build-push-action@v6\n        with: {file: d/Dockerfile}", ("", True), id="action"
        ),
        pytest.param("- run: docker build ${{ inputs.folder }}", ("d", False), id="unknown"),
    ],
)
def test_what_a_workflow_names(tmp_path: Path, steps: str, expected: tuple[str, bool]) -> None:
    workflow = f"jobs:\n  a:\n    runs-on: x\n    steps:\n      {steps}\n"
    files = {**TWO, ".github/workflows/ci.yml": workflow}
    assert context_of(tmp_path, files, "d/Dockerfile", is_git=True) == expected

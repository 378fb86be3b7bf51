"""Each kind of thing that a result depends on, changed alone: what is kept is not given any more, in no format."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dfguard import bundle
from dfguard.cli import again
from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {
    "Dockerfile": (
        "FROM python:3.11-slim AS base\nARG MODEL\nRUN echo $MODEL > /x\nCOPY app.py start.sh /app/\nCOPY real/a.txt /app/\n"
        "COPY folder/b.txt link.txt /app/\nCOPY made /app/made\n"
        'ENTRYPOINT ["/app/start.sh"]\nFROM base AS prod\nENV HF_HOME=/data/hf\nRUN hf download org/model\n'
    ),
    "app.py": "from transformers import AutoModel\nm = AutoModel.from_pretrained('org/other')\n",
    "start.sh": "#!/bin/sh\nexec python /app/app.py\n",
    "real/a.txt": "a\n",
    "real/b.txt": "b\n",
    "other/a.txt": "a\n",
    "other/start": "",
    ".gitignore": "made\n",
    "compose.yaml": 'services:\n  web:\n    build: .\n    volumes: ["./data:/data"]\n',
    ".github/workflows/b.yml": (
        "jobs:\n  b:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: {context: .}\n"
    ),
    "docker-bake.hcl": 'target "x" {\n  context = "."\n  dockerfile = "Dockerfile"\n}\n',
    "packs/profiles/own.yaml": "id: own\ntitle: Own\nselect: [DFG2]\n",
}
WORDS = ["Dockerfile", "--maybe", "--fail-on", "never", "--select", "ALL"]


def _write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "above" / "repository"
    root.mkdir(parents=True)
    monkeypatch.chdir(root)
    for name, text in FILES.items():
        _write(name, text)
    Path(".git").mkdir()
    Path("start.sh").chmod(0o755)
    Path("folder").symlink_to("real")
    Path("link.txt").symlink_to("real/a.txt")
    monkeypatch.setenv("DFGUARD_CACHE_DIR", str(tmp_path / "cache"))
    return root


def _said(*words: str) -> str:
    read = read_plainly([*WORDS, "--format", "json", "--output", "../said.json", *words])
    assert read is not None
    code = run_check(*read)
    return f"{Path('../said.json').read_text()}{code}"


def _is_kept(*words: str) -> bool:
    read = read_plainly([*WORDS, *words])
    assert read is not None
    from dfguard import cache

    return cache.look(again.key_of(read[0][0], read[1], is_named=True)) is not None


def _edit(name: str, before: str, after: str) -> Callable[[], None]:
    """An edit of the same size, at once, with the old time of modification."""

    def edit() -> None:
        status, text = os.stat(name), Path(name).read_text()
        assert before in text
        Path(name).write_text(text.replace(before, after))
        assert os.path.getsize(name) == status.st_size
        os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns))

    return edit


def _relink(link: str, target: str) -> Callable[[], None]:
    def relink() -> None:
        Path(link).unlink()
        Path(link).symlink_to(target)

    return relink


def _into_folder(name: str) -> Callable[[], None]:
    def change() -> None:
        Path(name).unlink()
        Path(name).mkdir()

    return change


REACTS: dict[str, Callable[[], object]] = {
    "the Dockerfile, same size": _edit("Dockerfile", "org/model", "org/mo_el"),
    "a program, same size": _edit("app.py", "('org", "(:org"),
    "a script, same size": _edit("start.sh", "app.py", "bpp.py"),
    "a script's mode": lambda: Path("start.sh").chmod(0o644),
    "a file removed": lambda: Path("real/a.txt").unlink(),
    "a file made": lambda: _write("made/x", ""),
    "a file made a folder": _into_folder("start.sh"),
    "a link without target": _relink("link.txt", "gone"),
    "a link on the way leads elsewhere": _relink("folder", "other"),
    "a link on the way leads out": _relink("folder", "../../"),
    "what Docker ignores": lambda: _write(".dockerignore", "real\n"),
    "what Docker ignores for the file": lambda: _write("Dockerfile.dockerignore", "app.py\n"),
    "a configuration": lambda: _write("dfguard.yaml", "ignore: [DFG2, DFG3]\n"),
    "a hidden configuration": lambda: _write(".dfguard.yaml", "ignore: [DFG2, DFG3]\n"),
    "a project file": lambda: _write("pyproject.toml", "[tool.dfguard]\nignore = ['DFG2', 'DFG3']\n"),
    "hadolint's configuration": lambda: _write(".hadolint.yaml", "ignored: [DL3057]\n"),
    "a compose file": lambda: Path("compose.yaml").unlink(),
    "what a compose file mounts": _edit("compose.yaml", "data:/data", "data:/dada"),
    "a workflow's context": _edit(".github/workflows/b.yml", "{context: .}", "{context: r}"),
    "a bake file": lambda: _write("docker-bake.hcl", 'target "x" {\n  dockerfile = "gone"\n}\n'),
    "what git ignores": lambda: _write(".gitignore", "nothing\n"),
}
MAY_REACT: dict[str, Callable[[], object]] = {
    "the repository's mark": lambda: Path(".git").rmdir(),
    "the repository's mark is a file": _into_folder(".gitignore"),
    "a repository above": lambda: Path("../.git").mkdir(),
    "a configuration above": lambda: _write("../dfguard.yaml", "ignore: [DFG2]\n"),
    "a sibling": lambda: _write("Dockerfile.cpu", FILES["Dockerfile"]),
    "a sibling that is a template": lambda: _write("Dockerfile.x", "FROM {{ x }}\n"),
    "a manifest": lambda: _write("k8s/a.yaml", "kind: Pod\nspec:\n  containers: [{image: x}]\n"),
    "a submodule": lambda: _write(".gitmodules", '[submodule "made"]\n\tpath = made\n\turl = x\n'),
    "a requirements file": lambda: _write("requirements.txt", "transformers==4.0.0\n"),
    "a local module": lambda: _write("transformers.py", "AutoModel = None\n"),
    "a time of change": lambda: os.utime("app.py", (1, 1)),
    "another owner's bits": lambda: Path("app.py").chmod(0o600),
    "an empty folder": lambda: Path("made").mkdir(),
    "another file in a folder that is looked into": lambda: _write("real/c.txt", "c\n"),
    "a folder moved away": lambda: Path("real").rename("unreal"),
}


def _has_changed(change: Callable[[], object]) -> tuple[str, str]:
    before = _said()
    assert _is_kept()
    assert _said() == before
    change()
    after = _said()
    assert after == _said("--no-cache")
    assert after == _said(), "and it is kept as it is now"
    return before, after


@pytest.mark.parametrize("name", REACTS)
def test_a_change_that_matters_is_seen(name: str) -> None:
    before, after = _has_changed(REACTS[name])
    assert before != after


@pytest.mark.parametrize("name", MAY_REACT)
def test_any_other_change_gives_what_a_fresh_check_gives(name: str) -> None:
    _has_changed(MAY_REACT[name])


@pytest.mark.parametrize("name", [*REACTS, *MAY_REACT])
def test_undoing_a_change_gives_the_first_answer(name: str, place: Path) -> None:
    before = _said()
    saved = place.parent / "saved"
    shutil.copytree(place, saved, symlinks=True)
    {**REACTS, **MAY_REACT}[name]()
    _said()
    shutil.rmtree(place)
    shutil.copytree(saved, place, symlinks=True)
    for extra in ("../.git", "../dfguard.yaml"):
        path = Path(os.path.normpath(place / extra))
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
    os.chdir(place)
    assert _said() == _said("--no-cache") == before


OPTIONS: dict[str, tuple[str, ...]] = {
    "platform": ("--platform", "runpod-serverless"),
    "volume": ("--platform", "runpod-serverless", "--volume", "attached"),
    "target": ("--target", "base"),
    "context": ("--context", "real"),
    "profile": ("--profile", "strict"),
    "ignore": ("--ignore", "DFG2"),
    "build argument": ("--build-arg", "MODEL=x"),
    "build context": ("--build-context", "base=docker-image://alpine:3"),
    "packs": ("--packs", "packs"),
    "verify": ("--verify",),
    "forced": ("--force-exclude",),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_has_a_result_of_its_own(name: str) -> None:
    first = _said()
    assert _said(*OPTIONS[name]) == _said(*OPTIONS[name], "--no-cache")
    assert _said() == first


def test_an_environment_variable_counts_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--build-arg", "MODEL")
    monkeypatch.setenv("MODEL", "one")
    _said(*words)
    monkeypatch.setenv("MODEL", "two")
    assert not _is_kept(*words)
    assert _said(*words) == _said(*words, "--no-cache")


@pytest.mark.parametrize("name", ["PATH", "HOME", "SHELLCHECK_OPTS", "LC_ALL", "TZ", "MODEL"])
def test_no_other_variable_makes_the_cache_lie(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _said()
    monkeypatch.setenv(name, "-e SC2086")
    assert _said() == _said("--no-cache")


def test_another_version_of_the_program_has_its_own_results(monkeypatch: pytest.MonkeyPatch) -> None:
    _said()
    assert _is_kept()
    stamp, marks = bundle.state()
    monkeypatch.setattr(bundle, "state", lambda: (stamp, (*marks, ("a pack", 1, 2))))
    assert not _is_kept()


def test_another_shellcheck_is_another_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = place.parent.parent / "programs"
    folder.mkdir()
    program = folder / "shellcheck"
    program.write_text("#!/bin/sh\necho '{\"comments\": []}'\n")
    program.chmod(0o755)
    os.utime(program, ns=(1, 1))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.executable", str(place / "nowhere" / "python"))
    _said()
    assert _is_kept()
    _edit(str(program), "[]", "{}")()
    assert not _is_kept()


def test_a_result_of_a_search_is_not_that_of_a_named_file(capfd: pytest.CaptureFixture[str]) -> None:
    _write("dfguard.yaml", "exclude: [Dockerfile]\n")
    for _ in range(2):
        read = read_plainly(["Dockerfile", "--fail-on", "never"])
        assert read is not None
        assert run_check(*read) == 0
        read = read_plainly([".", "--fail-on", "never"])
        assert read is not None
        assert run_check(*read) == 2
    capfd.readouterr()


def test_two_edits_within_one_tick_are_two(place: Path) -> None:
    """Whatever the file system's clock can tell."""
    for number in range(20):
        Path("Dockerfile").write_text(FILES["Dockerfile"].replace("org/model", f"org/m{number:03}x"))
        assert f"org/m{number:03}x" in _said()


def test_several_files_at_once_are_kept_one_by_one(capfd: pytest.CaptureFixture[str]) -> None:
    for number in range(10):
        _write(f"d{number}/Dockerfile", "FROM python:3.11\nCOPY x /\n")
    words = [".", "--fail-on", "never", "--format", "json", "--jobs", "2"]

    def said(*more: str) -> str:
        read = read_plainly([*words, *more])
        assert read is not None
        assert run_check(*read) == 0
        return capfd.readouterr().out

    first = said()
    assert said() == first == said("--no-cache")
    _write("d3/x", "")
    _write("d7/Dockerfile", "FROM python:3.11\nCOPY y /\n")
    assert first != said() == said("--no-cache")

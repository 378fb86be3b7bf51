"""The result cache: a kept result is given only as long as a fresh check would say the same."""

from __future__ import annotations

import ast
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard import cache
from dfguard.cli import again
from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly
from dfguard.core import observed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE = Path(__file__).parent.parent / "src" / "dfguard"
FILES = {
    "docker/Dockerfile": (
        "FROM python:3.11-slim\nARG MODEL\nENV HF_HOME=/runpod-volume/hf\nCOPY handler.py conf/*.txt /app/\n"
        'COPY data /data\nRUN hf download org/name\nCMD ["python", "/app/handler.py"]\n'
    ),
    "handler.py": "import runpod\nrunpod.serverless.start({'handler': print})\n",
    "conf/a.txt": "a\n",
    "data/one": "1\n",
    ".github/workflows/build.yml": (
        "jobs:\n  b:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n"
        "          context: .\n          file: docker/Dockerfile\n"
    ),
    "packs/tables/gpu.yaml": "",
}
WORDS = ["docker/Dockerfile", "--maybe", "--fail-on", "never"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository to work in, and a cache of its own."""
    root = tmp_path / "repository"
    for name, text in FILES.items():
        _write(root / name, text)
    (root / "packs/tables/gpu.yaml").unlink()
    (root / ".git").mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("DFGUARD_CACHE_DIR", str(tmp_path / "cache"))
    return root


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _said(*words: str) -> bytes:
    """What a call prints, without what went before."""
    read = read_plainly([*WORDS, "--format", "json", "--output", "../said.json", *words])
    assert read is not None
    code = run_check(*read)
    return Path("../said.json").read_bytes() + b"%d" % code


def _kept(*words: str) -> object:
    read = read_plainly([*WORDS, *words])
    assert read is not None
    return cache.look(again.key_of(read[0][0], read[1], is_named=True))


def _same_size(name: str, before: str, after: str) -> None:
    """An edit that changes neither size nor time of modification."""
    path = Path(name)
    status = path.stat()
    text = path.read_text()
    assert before in text
    assert len(before) == len(after)
    path.write_text(text.replace(before, after))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _retarget() -> None:
    Path("conf/a.txt").unlink()
    Path("conf/a.txt").symlink_to("nowhere")


def _into_link() -> None:
    Path("data").rename("elsewhere")
    Path("data").symlink_to("elsewhere")


CHANGES: dict[str, Callable[[], object]] = {
    "the Dockerfile, same size and time": lambda: _same_size(
        "docker/Dockerfile", "/runpod-volume/hf", "/runpod-elsewhere"
    ),
    "the handler, same size and time": lambda: _same_size("handler.py", "print}", "print("),
    "a copied file removed": lambda: Path("handler.py").unlink(),
    "a link without target for a copied file": _retarget,
    "a copied folder removed": lambda: shutil.rmtree("data"),
    "a configuration beside the Dockerfile": lambda: _write(Path("docker/dfguard.yaml"), "ignore: [DFG2]\n"),
    "a configuration of the project": lambda: _write(
        Path("pyproject.toml"), "[tool.dfguard]\nplatform = 'docker'\n"
    ),
    "an ignore file of the Dockerfile": lambda: _write(
        Path("docker/Dockerfile.dockerignore"), "handler.py\n"
    ),
    "an ignore file of the context": lambda: _write(Path(".dockerignore"), "conf\n"),
    "a workflow with another context": lambda: _write(
        Path(".github/workflows/build.yml"),
        FILES[".github/workflows/build.yml"].replace("context: .", "context: docker"),
    ),
}
HARMLESS: dict[str, Callable[[], object]] = {
    "a sibling": lambda: _write(Path("docker/Dockerfile.cpu"), FILES["docker/Dockerfile"]),
    "a file for a glob": lambda: _write(Path("conf/b.txt"), "b\n"),
    "all files of a glob removed": lambda: Path("conf/a.txt").unlink(),
    "a mode": lambda: Path("handler.py").chmod(0o755),
    "another workflow": lambda: _write(Path(".github/workflows/other.yml"), "jobs: {}\n"),
    "what git ignores": lambda: _write(Path(".gitignore"), "data\n"),
    "a link for a folder": _into_link,
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_check_looked_at_changes_the_answer(name: str) -> None:
    before = _said()
    assert _kept() is not None
    CHANGES[name]()
    assert _said() == _said("--no-cache") != before


@pytest.mark.parametrize("name", HARMLESS)
def test_any_other_change_gives_what_a_fresh_check_gives(name: str) -> None:
    _said()
    HARMLESS[name]()
    assert _said() == _said("--no-cache")


def test_the_same_again_is_kept_in_every_format(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for shown_as in ("text", "json", "sarif", "github"):
        printed = []
        for words in (["--no-cache"], [], []):
            read = read_plainly([*WORDS, "--format", shown_as, *words])
            assert read is not None
            code = again.answer(*read)
            code = run_check(*read) if code is None else code
            printed.append((code, capfdbinary.readouterr().out))
        assert printed[0] == printed[1] == printed[2]


def test_the_first_answer_takes_a_check_and_the_next_one_none(capfd: pytest.CaptureFixture[str]) -> None:
    read = read_plainly(WORDS)
    assert read is not None
    assert again.answer(*read) is None
    assert run_check(*read) == 0
    first = capfd.readouterr().out
    assert again.answer(*read) == 0
    assert capfd.readouterr().out == first


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--platform", "docker"), id="platform"),
        pytest.param(("--build-arg", "MODEL=m"), id="build argument"),
        pytest.param(("--select", "DFG2"), id="rules"),
        pytest.param(("--context", "docker"), id="context"),
        pytest.param(("--packs", "packs"), id="packs"),
    ],
)
def test_another_call_has_another_result(words: tuple[str, ...]) -> None:
    _write(
        Path("packs/profiles/default.yaml"),
        (SOURCE.parent.parent / "rules/profiles/default.yaml").read_text(),
    )
    _said()
    assert _kept(*words) is None
    assert _said(*words) == _said(*words, "--no-cache")


def test_packs_of_the_user_count(place: Path) -> None:
    pack = place / "packs/profiles/default.yaml"
    _write(pack, (SOURCE.parent.parent / "rules/profiles/default.yaml").read_text())
    _said("--packs", "packs")
    assert _kept("--packs", "packs") is not None
    pack.write_text(pack.read_text() + "# more\n")
    assert _kept("--packs", "packs") is None


def test_a_build_argument_from_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "one")
    _said("--build-arg", "MODEL")
    assert _kept("--build-arg", "MODEL") is not None
    monkeypatch.setenv("MODEL", "two")
    assert _kept("--build-arg", "MODEL") is None


def test_a_program_that_is_found_on_the_path_counts(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = place.parent / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(place / "nowhere" / "python"))
    words = ("--select", "DFG7SC")
    _said(*words)
    assert _kept(*words) is not None
    _write(folder / "shellcheck", "#!/bin/sh\necho '{\"comments\": []}'\n")
    (folder / "shellcheck").chmod(0o755)
    assert _kept(*words) is None


def test_no_cache_neither_reads_nor_writes(place: Path) -> None:
    _said("--no-cache")
    assert not (place.parent / "cache").exists()
    said = _said()
    _spoil(place, lambda result: (*result[:-1], None))
    assert _said("--no-cache") == said


def _entries(place: Path) -> list[Path]:
    return [path for path in (place.parent / "cache").rglob("*") if path.is_file()]


def _spoil(place: Path, change: Callable[[tuple[cache.Plain, ...]], cache.Plain]) -> None:
    read = read_plainly(WORDS)
    assert read is not None
    key = again.key_of(read[0][0], read[1], is_named=True)
    result = cache.look(key)
    assert isinstance(result, tuple)
    cache.keep(key, {}, change(result))
    assert _entries(place)


def test_a_crash_is_not_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dfguard.lint

    def broken(_source: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(dfguard.lint, "parse", broken)
    assert b"DFG000" in _said()
    assert not _entries(place)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: data[:-7], id="cut off"),
        pytest.param(lambda _data: b"", id="empty"),
        pytest.param(lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:], id="one bit"),
        pytest.param(lambda _data: b"\xff" * 100, id="nonsense"),
        pytest.param(lambda data: data + b"0" * cache.LARGEST, id="too large"),
    ],
)
def test_a_broken_entry_counts_as_absent(place: Path, spoil: Callable[[bytes], bytes]) -> None:
    said = _said()
    (entry,) = _entries(place)
    entry.write_bytes(spoil(entry.read_bytes()))
    assert _kept() is None
    assert _said() == said
    assert _kept() is not None


def test_an_entry_of_another_key_counts_as_absent(place: Path) -> None:
    _said()
    (entry,) = _entries(place)
    key = b"another"
    path = cache._path(key)
    assert path is not None
    Path(path).parent.mkdir(parents=True)
    shutil.copy(entry, path)
    assert cache.look(key) is None


def test_a_folder_that_others_can_write_to_is_neither_read_nor_written(place: Path) -> None:
    _said()
    (entry,) = _entries(place)
    entry.parent.chmod(0o777)
    assert _kept() is None
    entry.unlink()
    _said()
    assert not _entries(place)
    assert not stat.S_IMODE((place.parent / "cache").stat().st_mode) & 0o022


def test_a_shelf_is_bounded() -> None:
    shelves: dict[str, list[bytes]] = {}
    for number in range(8000):
        path = cache._path(b"%d" % number)
        assert path is not None
        shelves.setdefault(os.path.dirname(path), []).append(b"%d" % number)
    shelf, keys = max(shelves.items(), key=lambda item: len(item[1]))
    assert len(keys) > cache.MOST_IN_SHELF
    for key in keys:
        cache.keep(key, {}, "result")
    assert len(os.listdir(shelf)) == cache.MOST_IN_SHELF
    for key in keys:
        cache.keep(key, {}, "r" * (cache.LARGEST // 3))
    assert sum(os.path.getsize(f"{shelf}/{name}") for name in os.listdir(shelf)) <= cache.LARGEST_SHELF


NAMES = st.sampled_from(
    [*FILES, "conf/b.txt", "docker/Dockerfile.cpu", ".dockerignore", ".gitignore", "data/two"]
)
TEXTS = st.sampled_from(["", "conf\n", "FROM scratch\n", "handler.py\n", "x" * 9, *FILES.values()])
EDITS = st.lists(st.tuples(NAMES, TEXTS | st.none()), max_size=3)


@settings(max_examples=25)
@given(EDITS)
def test_any_edits_give_what_a_fresh_check_gives(edits: list[tuple[str, str | None]]) -> None:
    for name, text in FILES.items():
        _write(Path(name), text)
    _said()
    for name, content in edits:
        if content is None:
            Path(name).unlink(missing_ok=True)
        else:
            _write(Path(name), content)
        assert _said() == _said("--no-cache")


def test_what_had_just_changed_is_compared_by_content(place: Path) -> None:
    file = place / "handler.py"
    observed.record()
    observed.read(str(file), 1 << 20)
    observed.names(str(place))
    looks = observed.recorded()
    assert looks is not None
    assert all(seen is not None and len(seen) > 6 for seen in looks.values())
    old = dict.fromkeys((file, place), 10**18)
    for changed, time in old.items():
        os.utime(changed, ns=(time, time))
    assert observed.holds(looks) is None


def _walked(root: Path) -> Iterator[tuple[Path, ast.Call]]:
    for folder in ("disk.py", "discover", "config", "knowledge/pack_files.py", "knowledge/yaml_tree.py"):
        path = root / folder
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    yield file, node


def test_no_look_at_the_disk_goes_past_the_door() -> None:
    allowed = {
        ("files.py", "os.path.realpath"),  # before writing
        ("files.py", "os.open"),  # writes
        ("files.py", "os.path.lexists"),  # before writing
        ("files.py", "os.lstat"),  # before writing
        ("search.py", "os.path.islink"),  # which files there are is asked in every run
        ("search.py", "os.path.realpath"),  # the same
        ("search.py", "os.scandir"),  # the same
        ("vendored.py", "os.path.exists"),  # the same
        ("vendored.py", "os.scandir"),  # the same
        ("targets.py", "os.path.isdir"),  # the same
        ("targets.py", "os.path.isfile"),  # the same
        ("targets.py", "os.path.lexists"),  # the same
    }
    looks = {
        "open",
        "os.open",
        "os.stat",
        "os.lstat",
        "os.listdir",
        "os.scandir",
        "os.readlink",
        "os.access",
        "os.walk",
    }
    looks |= {
        f"os.path.{n}" for n in ("exists", "lexists", "isfile", "isdir", "islink", "realpath", "getsize")
    }
    found = {(file.name, ast.unparse(call.func)) for file, call in _walked(SOURCE)}
    assert {(name, call) for name, call in found if call in looks} == allowed


def test_a_kept_answer_loads_next_to_nothing(place: Path) -> None:
    code = (
        "import os, sys; os._exit = sys.exit; before = set(sys.modules); sys.argv = ['dfguard', 'check', *sys.argv[1:]]\n"
        "from dfguard.__main__ import main\n"
        "try: main()\nfinally: print(*sorted(set(sys.modules) - before), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *WORDS]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE.parent)}
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert first.stdout == second.stdout
    loaded = set(second.stderr.split())
    assert {name for name in loaded if name.startswith("dfguard")} == {
        "dfguard",
        "dfguard.__main__",
        "dfguard.bundle",
        "dfguard.cache",
        "dfguard.cli",
        "dfguard.cli.again",
        "dfguard.cli.options",
        "dfguard.cli.streams",
        "dfguard.core",
        "dfguard.core.errors",
        "dfguard.core.observed",
        "dfguard.reports",
        "dfguard.reports.closing",
    }
    assert not loaded & {"re", "typing", "enum", "json", "yaml", "contextlib"}

"""`dfguard check` as a user calls it: exit codes, bad input, output, and what is imported on the plain path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dfguard.cli.options import CHECK_OPTIONS, read_plainly

SOUND = 'FROM python:3.11-slim\nCOPY app.py /app/app.py\nCMD ["python", "/app/app.py"]\n'
FLATTENED = 'FROM python:3.11-slim\nRUN python -c "import os; try: os.stat(1); except OSError: pass"\n'


def run(*words: str, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "dfguard", *words]
    return subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, timeout=60, check=False, env=environment
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").write_text("print('hello')\n")
    (tmp_path / "Dockerfile").write_text(SOUND)
    return tmp_path


def findings(result: subprocess.CompletedProcess[bytes]) -> list[tuple[str, str]]:
    return [(f["path"], f["rule"]) for f in json.loads(result.stdout)["findings"]]


def test_a_sound_file_gives_zero_and_one_line_that_says_how_much_was_checked(folder: Path) -> None:
    result = run("check", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout.decode().splitlines()[-1] == "no findings in 1 file"
    assert result.stderr == b""


def test_findings_give_one_unless_fail_on_says_otherwise(folder: Path) -> None:
    (folder / "Dockerfile").write_text(FLATTENED)
    assert run("check", "Dockerfile", cwd=folder).returncode == 1
    assert run("check", "--fail-on", "never", "Dockerfile", cwd=folder).returncode == 0
    assert run("check", "--ignore", "DFG101,DFG102", cwd=folder).returncode == 0
    assert run("check", "--select", "DFG2", cwd=folder).returncode == 0


def test_folders_are_searched_and_git_ignores_count(folder: Path) -> None:
    (folder / ".gitignore").write_text("generated/\n")
    for name in (
        "docker/Dockerfile.gpu",
        "docker/web.Dockerfile",
        "Containerfile",
        "generated/Dockerfile",
        "node_modules/a/Dockerfile",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("FROM a:1\n")
    (folder / "docker/Dockerfile.dockerignore").write_text("*\n")
    targets = json.loads(run("check", "--format", "json", cwd=folder).stdout)["targets"]
    assert [t["path"] for t in targets] == [
        "Containerfile",
        "Dockerfile",
        "docker/Dockerfile.gpu",
        "docker/web.Dockerfile",
    ]


def test_standard_input_has_the_name_it_is_given(folder: Path) -> None:
    result = run(
        "check",
        "-",
        "--stdin-filename",
        "x/Dockerfile",
        "--format",
        "json",
        cwd=folder,
        stdin=FLATTENED.encode(),
    )
    assert ("x/Dockerfile", "DFG101") in findings(result)
    assert result.returncode == 1


def test_a_report_goes_into_a_file(folder: Path) -> None:
    result = run("check", "--format", "sarif", "--output", "out.sarif", cwd=folder)
    assert (result.returncode, result.stdout) == (0, b"")
    assert json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0"


def _broken_pack(folder: Path) -> list[str]:
    (folder / "packs" / "platforms").mkdir(parents=True)
    (folder / "packs" / "platforms" / "x.yaml").write_text("id: x\ntitel: X\n")
    return ["--packs", "packs", "Dockerfile"]


def _broken_config(folder: Path) -> list[str]:
    (folder / "dfguard.yaml").write_text("profil: strict\n")
    return ["Dockerfile"]


def _without_dockerfiles(folder: Path) -> list[str]:
    (folder / "empty").mkdir()
    return ["empty"]


def _directory_named_dockerfile(folder: Path) -> list[str]:
    (folder / "sub" / "Dockerfile").mkdir(parents=True)
    return ["sub"]


MISTAKES = [
    pytest.param(lambda _: ["gone/Dockerfile"], "gone/Dockerfile: no such file", id="missing file"),
    pytest.param(_without_dockerfiles, "empty: no Dockerfile", id="folder without Dockerfiles"),
    pytest.param(_directory_named_dockerfile, "sub: no Dockerfile", id="a folder called Dockerfile"),
    pytest.param(
        lambda _: ["--platform", "moon", "Dockerfile"],
        "there is no platform 'moon'; known ones:",
        id="unknown platform",
    ),
    pytest.param(
        lambda _: ["--profile", "moon", "Dockerfile"], "there is no profile 'moon'", id="unknown profile"
    ),
    pytest.param(lambda _: ["--select", "DFGX", "Dockerfile"], "no rule is called 'DFGX'", id="unknown rule"),
    pytest.param(
        lambda _: ["--config", "gone.yaml", "Dockerfile"], "no such configuration file", id="missing config"
    ),
    pytest.param(
        lambda _: ["--context", "gone", "Dockerfile"],
        "the build context gone is not a folder",
        id="missing context",
    ),
    pytest.param(
        lambda _: ["--build-arg", "=x", "Dockerfile"], "not of the form NAME=VALUE", id="build argument"
    ),
    pytest.param(
        lambda _: ["--build-context", "x", "Dockerfile"], "not of the form NAME=SOURCE", id="build context"
    ),
    pytest.param(_broken_pack, "packs/platforms/x.yaml:2: unknown key 'titel'", id="broken pack"),
    pytest.param(_broken_config, "dfguard.yaml:1: unknown key 'profil'", id="broken config"),
    pytest.param(lambda _: ["--format", "xml", "Dockerfile"], "xml", id="unknown format"),
    pytest.param(lambda _: ["--no-such-flag"], "No such option", id="unknown flag"),
]


@pytest.mark.parametrize(("arrange", "says"), MISTAKES)
def test_a_mistake_is_one_sentence_and_exit_code_two(folder: Path, arrange: object, says: str) -> None:
    assert callable(arrange)
    result = run("check", *arrange(folder), cwd=folder)
    assert result.returncode == 2, result.stdout
    assert says in result.stderr.decode()
    assert "Traceback" not in result.stderr.decode()


def test_one_bad_file_does_not_stop_the_others(folder: Path) -> None:
    (folder / "Dockerfile").write_text(FLATTENED)
    result = run("check", "gone", "Dockerfile", "--format", "json", cwd=folder)
    assert result.returncode == 2
    assert ("Dockerfile", "DFG101") in findings(result)
    assert [t["path"] for t in json.loads(result.stdout)["targets"]] == ["Dockerfile", "gone"]


CONTENT = [
    pytest.param(b"", "DFG002", id="empty file"),
    pytest.param(b"\x7fELF\x00\x01\x02\xff\xfe" * 50, "DFG005", id="binary"),
    pytest.param(b"FROM a\nLABEL x=\xff\xfe\n", "DFG005", id="not UTF-8"),
    pytest.param(b"FROM a\nRUN echo " + b"x" * 10_000_000 + b"\nRUNN b\n", "DFG002", id="10 MB line"),
    pytest.param(b"FROM a\nRUN <<EOF\necho\n", "DFG002", id="unterminated heredoc"),
    pytest.param(
        b"FROM b AS a\nFROM a AS b\nCOPY --from=c / /\nFROM c AS c\n", None, id="stages in a circle"
    ),
    pytest.param(b"FROM scratch\n" + b"RUN (" * 1 + b"(" * 5000 + b"\n", None, id="deep nesting"),
]


@pytest.mark.parametrize(("data", "rule"), CONTENT)
def test_absurd_content_gives_findings_and_not_a_crash(folder: Path, data: bytes, rule: str | None) -> None:
    (folder / "Dockerfile").write_bytes(data)
    result = run("check", "--format", "json", "Dockerfile", cwd=folder)
    assert result.returncode in (0, 1), result.stderr[-500:]
    rules = {rule for _, rule in findings(result)}
    assert "DFG000" not in rules
    assert rule is None or rule in rules


def test_nothing_outside_the_context_is_read(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.py").write_text("import x; try: a\n")
    (folder / "secret.py").symlink_to(outside / "secret.py")
    (folder / "Dockerfile").write_text("FROM python:3.11\nCOPY secret.py /s.py\nRUN python /s.py\n")
    result = run("check", "--maybe", "--format", "json", cwd=folder)
    paths = [f["path"] for f in json.loads(result.stdout)["findings"]]
    assert not any("outside" in path for path in paths)
    assert b"try: a" not in result.stdout


def test_an_unreadable_handler_does_not_stop_the_analysis(folder: Path) -> None:
    (folder / "handler.py").write_bytes(b"\x00\xff broken")
    (folder / "Dockerfile").write_text(FLATTENED + 'COPY handler.py /\nCMD ["python", "/handler.py"]\n')
    result = run("check", "--format", "json", cwd=folder)
    assert ("Dockerfile", "DFG101") in findings(result)
    assert result.returncode == 1


def test_the_plain_path_imports_no_heavy_library(folder: Path) -> None:
    (folder / "Dockerfile").write_text(
        'FROM python:3.11\nCOPY app.py /app.py\nRUN pip install x==1 && python -c "import sys; print(1)"\nCMD ["python", "/app.py"]\n'
    )
    code = (
        "import os, sys; os._exit = sys.exit; sys.argv = ['dfguard', 'check', 'Dockerfile']\n"
        "from dfguard.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert stop.code in (0, 1), stop.code\n"
        "heavy = {'rich', 'yaml', 'libcst', 'pydantic', 'dockerfile_parse', 'typer', 'click', 'dataclasses', 'inspect', 'importlib.metadata'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))\n"
    )
    run("check", "Dockerfile", cwd=folder)
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert result.stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["--format"], id="value missing"),
        pytest.param(["--format", "xml"], id="value not allowed"),
        pytest.param(["--maybe=yes"], id="switch with a value"),
        pytest.param(["--target", "a", "--target", "b"], id="given twice"),
        pytest.param(["--frobnicate"], id="unknown"),
    ],
)
def test_the_fast_reader_leaves_mistakes_and_help_to_typer(words: list[str]) -> None:
    assert read_plainly(words) is None


def test_the_fast_reader_reads_every_option() -> None:
    words = ["a", "--", "-b"]
    for option in reversed(CHECK_OPTIONS):
        value = option.choices[0] if option.choices else "v,w"
        words = [f"--{option.name}", *([value] if option.metavar else []), *words]
    read = read_plainly(words)
    assert read is not None
    paths, options = read
    assert paths == ["a", "-b"]
    assert options["select"] == ("v", "w")
    assert options["build_arg"] == ("v,w",)
    assert options["maybe"] is True
    assert options["format"] == "text"


def test_version_explain_and_rules(folder: Path) -> None:
    assert run("--version", cwd=folder).stdout.startswith(b"dfguard 0.")
    rows = json.loads(run("rules", "--format", "json", cwd=folder).stdout)
    assert {"DFG000", "DFG101", "DFG201"} <= {row["id"] for row in rows}
    page = run("explain", "flattened-compound-statement", cwd=folder).stdout.decode()
    assert page.startswith("# DFG101 flattened-compound-statement\n")
    wrong = run("explain", "DFG1O1", cwd=folder)
    assert wrong.returncode == 2
    assert b"did you mean dfg101?" in wrong.stderr


def test_verify_reports_what_a_second_parser_reads_differently(folder: Path) -> None:
    assert findings(run("check", "--verify", "--format", "json", "--select", "DFG0", cwd=folder)) == []
    (folder / "Dockerfile").write_text("FROM a:1\nRUN echo a \\\\\nRUN echo b\n")
    result = run("check", "--verify", "--format", "json", "--select", "DFG0", cwd=folder)
    assert ("Dockerfile", "DFG006") in findings(result)
    assert result.returncode == 0


def test_a_program_is_checked_through_the_dockerfiles_of_its_repository(folder: Path) -> None:
    (folder / "app.py").write_text("def broken(:\n")
    result = run("check", "app.py", "--format", "json", cwd=folder)
    assert findings(result) == [("app.py", "DFG501")]
    (folder / "Dockerfile").unlink()
    alone = run("check", "app.py", cwd=folder)
    assert alone.returncode == 2
    assert b"through its Dockerfile" in alone.stderr

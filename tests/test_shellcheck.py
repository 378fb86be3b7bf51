"""ShellCheck's codes: exact places, selected, ignored, suppressed and weighed one by one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly
from dfguard.config.settings import Settings
from dfguard.core.source import Source, Span
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.syntax.shell import shellcheck
from dfguard.syntax.shell.shellcheck import Answered, ShellText, answered
from dfguard.testing import unmark

TOO_LONG = "ShellCheck took longer than 5 seconds; what it would find is missing"
TEXT = "FROM debian:12\nRUN for f in $(ls); do touch $f; done\n"


def codes(text: str = TEXT, **settings: object) -> list[tuple[str, str]]:
    target = Target(Source("Dockerfile", text), InMemoryContext({}))
    report = check_target(target, Settings(platform="docker", **settings))  # type: ignore[arg-type]
    return [(d.rule, d.severity.value) for d in report.shown(maybe=True)]


BOTH = [("SC2045", "error"), ("SC2086", "info")]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({"select": ("DFG7SC",)}, BOTH, id="the rule"),
        pytest.param({"select": ("shellcheck",)}, BOTH, id="its name"),
        pytest.param({"select": ("SC",)}, BOTH, id="all codes"),
        pytest.param({"select": ("SC2086",)}, BOTH[1:], id="one code"),
        pytest.param({"select": ("sc2045", "SC2086")}, BOTH, id="two codes, case does not matter"),
        pytest.param({"select": ("DFG7SC",), "ignore": ("SC2045",)}, BOTH[1:], id="one ignored"),
        pytest.param({"select": ("DFG7SC", "DFG905"), "ignore": ("SC",)}, [], id="all ignored"),
        pytest.param({"select": ("DFG7SC",), "severities": (("SC2045", "off"),)}, BOTH[1:], id="one off"),
        pytest.param(
            {"select": ("DFG7SC",), "severities": (("SC2086", "error"),)},
            [("SC2045", "error"), ("SC2086", "error")],
            id="one weighed",
        ),
        pytest.param(
            {"select": ("DFG7SC",), "severities": (("shellcheck", "info"), ("SC2086", "warning"))},
            [("SC2045", "info"), ("SC2086", "warning")],
            id="all weighed, one otherwise",
        ),
        pytest.param({"select": ("DFG905",)}, [], id="not selected"),
    ],
)
def test_codes_are_chosen(settings: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert codes(TEXT, **settings) == expected


def test_the_profiles_have_it_and_the_default_one_has_not() -> None:
    assert set(BOTH) <= set(codes(profile="hadolint"))
    assert set(BOTH) <= set(codes(profile="strict"))
    assert not {rule for rule, _ in codes() if rule.startswith("SC")}


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        pytest.param("# hadolint ignore=SC2045", BOTH[1:], id="hadolint"),
        pytest.param("# hadolint ignore=SC2045,SC2086", [], id="hadolint, both"),
        pytest.param("# tally ignore=shellcheck/SC2086", BOTH[:1], id="tally"),
        pytest.param("# dfguard: ignore=SC2086 why", BOTH[:1], id="our own, a code"),
        pytest.param("# dfguard: ignore=DFG7SC why", [], id="our own, the rule"),
        pytest.param("# dfguard: ignore=shellcheck why", [], id="our own, its name"),
    ],
)
def test_codes_are_suppressed(comment: str, expected: list[tuple[str, str]]) -> None:
    text = TEXT.replace("RUN", f"{comment}\nRUN")
    assert codes(text, select=("DFG7SC", "DFG001")) == expected


def found(text: str) -> list[tuple[str, str]]:
    """Code and the source text it points at."""
    source = Source("Dockerfile", unmark(text)[0])
    report = check_target(
        Target(source, InMemoryContext({})), Settings(platform="docker", select=("DFG7SC",))
    )
    return [(d.rule, d.finding.place.text) for d in report.shown(maybe=True)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "FROM debian:12\nRUN echo 1 \\\n    && for f in *; do \\\n  rm $f; done\n", id="continued"
        ),
        pytest.param(
            "FROM debian:12\nRUN for f in *; do \\\n# a comment\n  rm $f; done\n", id="comment inside"
        ),
        pytest.param(
            "FROM debian:12\nRUN <<EOF\nfor f in *; do\n\trm $f\ndone\nEOF\n", id="heredoc with tab"
        ),
        pytest.param(
            "FROM debian:12\nRUN cat <<EOF && for f in *; do rm $f; done\n$x\nEOF\n", id="beside a heredoc"
        ),
        pytest.param("FROM debian:12\r\nRUN for f in *; do \\\r\n rm $f; done\r\n", id="CRLF"),
        pytest.param("FROM debian:12\nONBUILD RUN for f in *; do rm $f; done\n", id="ONBUILD"),
        pytest.param("FROM debian:12\nCMD for f in *; do rm $f; done\n", id="CMD"),
        pytest.param("FROM debian:12\nENTRYPOINT for f in *; do rm $f; done\n", id="ENTRYPOINT"),
        pytest.param(
            "FROM debian:12\nHEALTHCHECK --interval=5s CMD for f in *; do rm $f; done\n", id="HEALTHCHECK"
        ),
        pytest.param(
            "FROM debian:12\nRUN --mount=type=tmpfs,target=/t for f in *; do rm $f; done\n", id="flags"
        ),
        pytest.param("RUN for f in *; do rm $f; done\n", id="a fragment"),
        pytest.param("FROM debian:12\nRUN echo 'é😀' && for f in *; do rm $f; done\n", id="beyond ASCII"),
    ],
)
def test_places_are_exact(text: str) -> None:
    assert ("SC2086", "$f") in found(text)


def test_variables_of_the_build_are_known() -> None:
    assert found('FROM debian:12\nARG A\nENV B=1\nRUN echo "$A" "$B" "$HTTP_PROXY"\n') == []


def test_the_dialect_is_that_of_the_shell() -> None:
    text = "FROM debian:12\n{}RUN [[ -d /x ]]\n"
    assert [code for code, _ in found(text.format(""))] == ["SC3010"]
    assert found(text.format('SHELL ["/bin/bash", "-c"]\n')) == []
    assert found(text.format("# hadolint shell=bash\n")) == []
    assert found(text.format('SHELL ["pwsh", "-Command"]\n')) == []


@pytest.mark.parametrize(
    ("line", "count", "processes"),
    [
        pytest.param("RUN for f in *; do echo $f {}; done\n", 30, 1, id="different texts"),
        pytest.param("RUN for f in *; do echo $f; done\n", 1, 1, id="the same text"),
        pytest.param("RUN echo $x {}\n", 30, 2, id="a variable without a value, which may be misspelled"),
    ],
)
def test_few_processes_read_all_texts(
    line: str, count: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess

    calls: list[list[str]] = []
    run = subprocess.run

    def counted(command: list[str], **options: object) -> object:
        calls.append(command)
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", counted)
    codes("FROM debian:12\n" + "".join(line.format(n) for n in range(30)), select=("DFG7SC",))
    assert [len([word for word in call if word.endswith(".sh")]) for call in calls] == [count] * processes


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("touch a b", id="none is named"),
        pytest.param("touch $MODEL_DIR $CUDA", id="those that are named have a value"),
        pytest.param("touch $MODEL_DIRS", id="one letter more than a variable with a value"),
        pytest.param("touch $model_dir", id="the same in lower case"),
        pytest.param("touch $MODL_DIR; CUDA=2; echo $CUDA", id="one letter less"),
        pytest.param("# shellcheck disable=SC2154\ntouch $MODEL_DIRS", id="a directive"),
        pytest.param("[ -v MODEL_DI ] && ((CUDA > 1)) && export CUDAS", id="named without a dollar"),
        pytest.param("for f in $(ls); do touch $f $nothing; done", id="a variable without a value"),
        pytest.param("MODEL_DIR=3", id="set and not read"),
        pytest.param("if then $MODEL_DI", id="not readable"),
    ],
)
def test_leaving_out_variables_changes_nothing(value: str) -> None:
    whole = shellcheck.Content(value, "/bin/bash", ("MODEL_DIR", "CUDA", "HTTP_PROXY"))
    assert shellcheck._said([whole]) == shellcheck._answers([whole])


def test_many_texts_are_asked_for_together_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    run = shellcheck._output

    def output(words: list[str], folder: str) -> bytes:
        asked.append(words)
        return run(words, folder)

    monkeypatch.setattr(shellcheck, "_known", {})
    monkeypatch.setattr(shellcheck, "_output", output)
    values = ["touch $ONE", "ls", "touch $ONE", "[ $TWO == 2 ]"]
    texts = [
        ShellText(Source(f"{number}", value).text_of(Span(0, len(value))), "/bin/sh")
        for number, value in enumerate(values)
    ]
    alone = [answered([text]) for text in texts]
    asked.clear()
    monkeypatch.setattr(shellcheck, "_known", {})
    shellcheck.ask(texts)
    assert [len([word for word in words if word.endswith(".sh")]) for words in asked] == [3]
    assert [answered([text]) for text in texts] == alone
    assert len(asked) == 1


def test_what_takes_too_long_together_is_asked_for_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    run = shellcheck._output
    monkeypatch.setattr(shellcheck, "_known", {})
    monkeypatch.setattr(shellcheck, "_output", lambda _words, _folder: b"")
    text = ShellText(Source("x", "touch $ONE").text_of(Span(0, 10)), "/bin/sh")
    shellcheck.ask([text])
    monkeypatch.setattr(shellcheck, "_output", run)
    assert [problem.code for problem in answered([text]).problems] == ["SC2086"]


def test_without_shellcheck_it_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "program", lambda: None)
    target = Target(Source("Dockerfile", TEXT), InMemoryContext({}))
    (only,) = check_target(target, Settings(platform="docker", select=("DFG7SC",))).shown(maybe=False)
    assert (only.rule, only.severity.value, only.span) == ("DFG7SC", "info", Span(0, 0))
    assert "pip install" in only.finding.message


def stand_in(folder: Path, script: str) -> str:
    """A program named shellcheck that does what the script says."""
    folder.mkdir(parents=True)
    file = folder / "shellcheck"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


FAILURES = [
    pytest.param("kill -9 $$", "ShellCheck was ended by signal 9", id="killed"),
    pytest.param("echo oops >&2; exit 2", "ShellCheck failed with exit code 2", id="an exit code of its own"),
    pytest.param("exit 0", "ShellCheck wrote no report", id="nothing written"),
    pytest.param("echo '{\"comments\": [{}]}'", "ShellCheck wrote no report", id="another report"),
    pytest.param("exec sleep 30", "ShellCheck took longer than 1 seconds", id="it hangs"),
]


@pytest.mark.parametrize(("script", "says"), FAILURES)
def test_a_shellcheck_that_does_not_work_is_said(
    script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stand_in(tmp_path / "bin", script)
    monkeypatch.setattr(shellcheck, "_known", {})
    monkeypatch.setattr(shellcheck, "MOST_SECONDS", 1 if "sleep" in script else 20)
    monkeypatch.setattr(shellcheck, "program", lambda: path)
    text = ShellText(Source("x", "touch $ONE").text_of(Span(0, 10)), "/bin/sh")
    shellcheck.ask([text])
    assert answered([text]) == Answered((), f"{says}; what it would find is missing")


def test_what_is_no_program_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shellcheck").write_bytes(b"\x7fELF but not really")
    (tmp_path / "shellcheck").chmod(0o755)
    monkeypatch.setattr(shellcheck, "_known", {})
    monkeypatch.setattr(shellcheck, "program", lambda: str(tmp_path / "shellcheck"))
    failure = answered([ShellText(Source("x", "ls $a").text_of(Span(0, 5)), "/bin/sh")]).failure
    assert failure is not None
    assert failure.startswith("ShellCheck cannot be started: ")


def test_a_failure_is_told_with_exit_code_two_and_the_next_run_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = stand_in(tmp_path / "bin", "kill -9 $$")
    sound = shellcheck.program()
    monkeypatch.setenv("DFGUARD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(f"{TEXT}MAINTAINER x\n")
    read = read_plainly(["--select", "DFG7SC,DFG950", "--fail-on", "error", "Dockerfile"])
    assert read is not None
    told = []
    for path in (broken, broken, sound):
        monkeypatch.setattr(shellcheck, "_known", {})
        monkeypatch.setattr(shellcheck, "program", lambda path=path: path)
        code = run_check(*read)
        told.append((code, "SC2045" in (out := capsys.readouterr()).out, "signal 9" in out.err))
    assert told == [(2, False, True), (2, False, True), (1, True, False)]


def test_a_program_of_the_checkout_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, elsewhere = tmp_path / "repository", tmp_path / "elsewhere"
    (repository / ".git").mkdir(parents=True)
    stand_in(repository / "bin", "exit 0")
    stand_in(repository / "tools", "exit 0")
    (tmp_path / "link").symlink_to(repository / "tools")
    sound = stand_in(elsewhere, "exit 0")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python" / "python"))
    monkeypatch.chdir(repository)
    for folders in (["bin"], [".", "", "./bin"], [str(repository / "bin")], [str(tmp_path / "link")]):
        monkeypatch.setenv("PATH", os.pathsep.join(folders))
        assert shellcheck.program() is None, folders
        monkeypatch.setenv("PATH", os.pathsep.join([*folders, str(elsewhere)]))
        assert shellcheck.program() == sound


@pytest.mark.parametrize(
    "value", ["", "\0", "if then", "(" * 5000, "a" * 300_000, "\ud800", "#!/bin/fish\nx"]
)
def test_odd_texts_are_no_crash(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "MOST_SECONDS", 5)
    source = Source("x", value)
    assert answered([ShellText(source.text_of(Span(0, len(value))), "/bin/sh")]).failure in (None, TOO_LONG)

"""Scripts walked on paper: which commands run, as what, and what becomes of their failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.model import Failure
from dfguard.interp.values import Known, OneOf, Unknown
from paper import image, played, world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.state.model import CommandRun, StageTrace, Step

FATAL, SWALLOWED, UNKNOWN = Failure.FATAL, Failure.SWALLOWED, Failure.UNKNOWN
PRESENT, MAYBE, ABSENT = Presence.PRESENT, Presence.MAYBE, Presence.ABSENT


def trace_of(body: str, files: Mapping[str, str] | None = None, base: str = "full") -> StageTrace:
    known = image("full", {"PATH": "/bin"}, is_complete=True, system="busybox", top_level=("bin",))
    where = world(known, context=files or {})
    return played(f"FROM {base}\n{body}", where)[-1]


def step_of(run: str, setup: str = "", files: Mapping[str, str] | None = None, base: str = "full") -> Step:
    return trace_of(f"{setup}RUN {run}\n", files, base).steps[-1]


def runs(step: Step, name: str) -> list[CommandRun]:
    return [run for run in step.effects.commands if run.name == name]


@pytest.mark.parametrize(
    ("script", "failure", "by"),
    [
        pytest.param("job", FATAL, None, id="alone"),
        pytest.param("job && true", FATAL, None, id="first of a chain"),
        pytest.param("true && job", FATAL, None, id="last of a chain"),
        pytest.param("job || true", SWALLOWED, "|| true", id="or true"),
        pytest.param('job || echo "failed, going on"', SWALLOWED, '|| echo "failed, going on"', id="or echo"),
        pytest.param("job || exit 1", FATAL, None, id="or exit"),
        pytest.param("job || (echo failed; exit 1)", FATAL, None, id="or a subshell that exits"),
        pytest.param("job || { echo failed && exit 2; }", FATAL, None, id="or a group that exits"),
        pytest.param("job || exit 0", SWALLOWED, "|| exit 0", id="or a good exit"),
        pytest.param("job || other", UNKNOWN, "|| other", id="or something else instead"),
        pytest.param("job && true || true", SWALLOWED, "|| true", id="the chain before or"),
        pytest.param("(job || true) && true", SWALLOWED, "|| true", id="in brackets"),
        pytest.param("job; true", SWALLOWED, ";", id="semicolon"),
        pytest.param("true; job", FATAL, None, id="last behind a semicolon"),
        pytest.param("set -e; job; true", FATAL, None, id="semicolon under errexit"),
        pytest.param("set -e; job && true; true", SWALLOWED, ";", id="errexit does not look into a chain"),
        pytest.param("set -e; job || true; true", SWALLOWED, "|| true", id="or under errexit"),
        pytest.param("set -e; set +e; job; true", SWALLOWED, ";", id="errexit off again"),
        pytest.param("job | tail", SWALLOWED, "|", id="pipeline"),
        pytest.param("set -o pipefail; job | tail", FATAL, None, id="pipeline with pipefail"),
        pytest.param("if job; then true; fi", SWALLOWED, "job", id="a condition"),
        pytest.param("if true; then job; fi", FATAL, None, id="a branch"),
        pytest.param("! job", SWALLOWED, "! job", id="negated"),
        pytest.param("job & true", SWALLOWED, "job &", id="background"),
        pytest.param("for i in 1; do job; done", FATAL, None, id="the only round"),
        pytest.param("while job; do true; done", SWALLOWED, "job", id="the test of a loop"),
        pytest.param("go() { job; }; go", FATAL, None, id="in a function"),
        pytest.param("go() { job; }; go || true", SWALLOWED, "|| true", id="in a function that is tolerated"),
        pytest.param("sh -c 'job; true'", SWALLOWED, ";", id="in a shell of its own"),
        pytest.param("sh -ec 'job; true'", FATAL, None, id="in a shell with errexit"),
        pytest.param("echo $(job)", UNKNOWN, None, id="in a substitution"),
        pytest.param("timeout 5 job || :", SWALLOWED, "|| :", id="wrapped"),
    ],
)
def test_what_becomes_of_a_failure(script: str, failure: Failure, by: str | None) -> None:
    (run,) = runs(step_of(script, base="unknown"), "job")
    swallower = run.swallowed_by
    assert run.failure is failure
    assert (swallower.text.strip() if swallower else None) == by


def test_a_heredoc_without_errexit_swallows_all_but_the_last() -> None:
    step = step_of("<<EOF\nfirst\nsecond\nEOF", base="unknown")
    assert [(run.name, run.failure) for run in step.effects.commands] == [
        ("first", SWALLOWED),
        ("second", FATAL),
    ]


def test_rounds_of_a_loop_but_the_last_are_swallowed() -> None:
    found = runs(step_of("for m in a b c; do get $m; done", base="unknown"), "get")
    assert [(run.words[1], run.failure) for run in found] == [
        (Known("a", run.words[1].because), failure)
        if i == 0
        else (Known("bc"[i - 1], run.words[1].because), failure)
        for i, (run, failure) in enumerate(zip(found, (SWALLOWED, SWALLOWED, FATAL), strict=True))
    ]


def test_words_carry_the_bindings_that_made_them() -> None:
    step = step_of("DIR=$ROOT/models; get -o $DIR/x", "ENV ROOT=/data\n", base="unknown")
    (run,) = runs(step, "get")
    assert run.words[2].because[0].name == "ROOT"
    assert [b.name for b in run.words[2].because] == ["ROOT", "DIR"]
    assert run.words[2] == Known("/data/models/x", run.words[2].because)


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("echo $(pwd)/x", "/w/x"),
        ("X=a; echo ${X}b", "ab"),
        ("X=a.tar.gz; echo ${X%.gz}", "a.tar"),
        ("X=a/b/c; echo ${X##*/}", "c"),
        ("echo ${NOPE:-d}", "d"),
        ("echo $((1 + 2 * 3))", "7"),
        ("echo $(basename /a/b.py .py)", "b"),
        ("X=$(echo in); echo $X", "in"),
        ("echo ~/x", "/root/x"),
        ("set -- p q; echo $2", "q"),
        ("false; echo $?", "1"),
        ("f() { local X=in; }; X=out; f; echo $X", "out"),
        ("(X=inner); X=${X:-outer}; echo $X", "outer"),
        ("X=1; if [ $X = 1 ]; then X=2; fi; echo $X", "2"),
        ("case linux-x86 in linux*) X=l;; *) X=o;; esac; echo $X", "l"),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i", "3"),
        ("eval 'X=e'; echo $X", "e"),
        ('read A B <<EOF\nx y z\nEOF\necho "$B"', "y z"),
    ],
)
def test_values_are_followed(script: str, value: str) -> None:
    step = step_of(f"<<'END'\n{script}\nEND", "WORKDIR /w\n")
    assert runs(step, "echo")[-1].words[1] == Known(value, runs(step, "echo")[-1].words[1].because)


def test_unknown_values_say_why_and_how_they_begin() -> None:
    (run,) = runs(step_of("get /models/$NAME", "ARG NAME\n", base="unknown"), "get")
    assert isinstance(run.words[1], Unknown)
    assert run.words[1].prefix == "/models/"


def test_both_branches_of_what_cannot_be_decided_are_kept() -> None:
    step = step_of("if job; then X=a; touch /a; else X=b; touch /b; fi; echo $X; touch /c", base="unknown")
    echo = runs(step, "echo")[0]
    assert echo.words[1] == OneOf(("a", "b"), echo.words[1].because)
    assert [run.is_certain for run in runs(step, "touch")] == [False, False, True]


def test_files_of_undecided_branches_are_maybe_and_common_ones_present() -> None:
    body = "if job; then touch /a /both; else touch /b /both; fi"
    files = trace_of(f"RUN mkdir /w && cd /w && {body}\n").final.files
    assert [files.look(path).presence for path in ("/a", "/b", "/both")] == [MAYBE, MAYBE, PRESENT]


def test_a_test_of_a_file_is_remembered_in_its_branches() -> None:
    files = trace_of("RUN [ -d /opt/x ] || mkdir -p /opt/x\n", base="unknown").final.files
    assert files.look("/opt/x").presence is PRESENT


def test_a_branch_that_ends_the_build_leaves_no_trace() -> None:
    files = trace_of(
        "USER 0\nRUN touch /a; if job; then rm /a; exit 1; fi; touch /b\n", base="unknown"
    ).final.files
    assert [files.look(path).presence for path in ("/a", "/b")] == [PRESENT, PRESENT]


def test_commands_behind_a_possible_good_exit_are_not_certain() -> None:
    step = step_of("if job; then exit 0; fi; touch /x", base="unknown")
    assert [run.is_certain for run in runs(step, "touch")] == [False]


def test_what_may_have_failed_is_maybe_afterwards() -> None:
    files = trace_of("RUN wget -O /x http://h/x || true\nRUN touch /y || true\n", base="unknown").final.files
    assert files.look("/x").presence is MAYBE
    assert trace_of("RUN touch /y || true\n").final.files.look("/y").presence is PRESENT


def test_a_proven_failure_says_why() -> None:
    (run,) = runs(step_of("wget -O /models/x http://h/x", "RUN touch /bin/wget\n"), "wget")
    assert run.fails_because == "/models does not exist"
    (missing,) = runs(step_of("/no/such"), "/no/such")
    assert missing.fails_because == "there is no /no/such"


def test_what_follows_a_proven_failure_is_looked_at_all_the_same() -> None:
    assert runs(step_of("/no/such && job"), "job")


def test_wrappers_are_peeled_and_named() -> None:
    step = step_of("sudo -u app env A=1 timeout 5 job x", base="unknown")
    (run,) = runs(step, "job")
    assert (run.wrappers, run.user) == (("sudo", "env", "timeout"), "app")
    assert dict(run.environment)["A"] == Known("1")


def test_the_environment_of_a_command_is_what_the_script_added() -> None:
    step = step_of("export A=1; B=2; C=3 job", "ENV D=4\n", base="unknown")
    (run,) = runs(step, "job")
    assert {name: getattr(value, "text", None) for name, value in run.environment} == {"A": "1", "C": "3"}


def test_a_script_file_of_the_context_is_walked_with_its_own_places() -> None:
    files = {"setup.sh": '#!/bin/sh\nset -e\nmkdir /made\njob "$1"\n'}
    trace = trace_of("COPY setup.sh /\nRUN sh /setup.sh arg\n", files, base="unknown")
    (run,) = runs(trace.steps[-1], "job")
    assert (run.place.path, run.place.line, run.words[1]) == ("setup.sh", 4, Known("arg"))
    assert trace.final.files.look("/made").presence is PRESENT


def test_a_generated_script_keeps_exact_content_and_origin() -> None:
    step = trace_of("RUN echo '#!/bin/sh' > /s && echo 'exec \"$@\"' >> /s && chmod +x /s\n")
    entry = step.final.files.look("/s")
    assert entry.content is not None
    assert (entry.content.value, entry.mode) == ('#!/bin/sh\nexec "$@"\n', 0o755)
    assert entry.content.place(10, 14).text == "exec"


def test_nothing_below_a_mount_stays() -> None:
    step = step_of("--mount=type=cache,target=/c touch /c/x /y && ls /c")
    assert [(w.path, w.discarded_by.target if w.discarded_by else None) for w in step.effects.writes] == [
        ("/c/x", "/c"),
        ("/y", None),
    ]
    assert [step.after.files.look(path).presence for path in ("/c", "/c/x", "/y")] == [
        ABSENT,
        ABSENT,
        PRESENT,
    ]


def test_a_bind_mount_from_the_context_is_a_source() -> None:
    step = step_of("--mount=type=bind,source=gone,target=/g true", files={"there": ""})
    (copy,) = step.effects.copies
    assert (copy.pattern, copy.is_missing, copy.destination) == (Known("gone"), True, "/g")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("f() { f; f; }; f", id="a function that calls itself twice"),
        pytest.param("while true; do touch /x; done", id="an endless loop"),
        pytest.param("for a in 1 2 3 4 5 6 7 8; do " * 6 + "touch /$a; " + "done; " * 6, id="nested loops"),
        pytest.param("a=xxxxxxxx; " + "a=$a$a$a$a; " * 40 + "echo $a > /f", id="a value that grows"),
        pytest.param("echo x > /f; " + "cat /f /f > /g; cat /g /g > /f; " * 40, id="a file that grows"),
        pytest.param("cat " * 3 + "| cat " * 2000, id="a long pipeline"),
        pytest.param("mkdir -p " + " ".join(f"/m/{i}" for i in range(4000)), id="thousands of paths"),
        pytest.param(
            "ln -s /a /b; ln -s /b /a; touch /a/x; cat /b; cd /a; rm -rf /a", id="links in a circle"
        ),
    ],
)
def test_hostile_scripts_end(script: str) -> None:
    assert step_of(script).after is not None


def test_time_grows_with_the_script() -> None:
    import time

    def seconds(count: int) -> float:
        started = time.process_time()
        trace_of("".join(f"RUN mkdir -p /d{i % 9} && echo {i} > /d{i % 9}/f{i}\n" for i in range(count)))
        return time.process_time() - started

    seconds(10)
    assert seconds(1000) < 25 * seconds(100) + 0.5

"""The play: what is unknown stays unknown, what gave a value is remembered, what BuildKit refuses is data."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.interp.build.bases import DEFAULT_PATH, DEFAULT_SHELL, WINDOWS_SHELL
from dfguard.interp.build.build import target_of
from dfguard.interp.build.expansion import UnsetArgument
from dfguard.interp.state.model import StageTrace
from dfguard.interp.values import Binding, Known, Unknown, known
from dfguard.testing import unmark
from paper import image, played, world

BASE = image("base", {"PATH": "/bin", "HF_HOME": "/base/hf"}, user="app", workdir="/srv", command=("sh",))


def last(text: str, **arguments: str) -> StageTrace:
    return played(text, world(BASE, arguments=arguments))[-1]


def test_known_base_gives_its_facts() -> None:
    state = last("FROM base\n").final
    assert (state.workdir, state.user) == (Known("/srv"), Known("app"))
    assert state.command is not None
    assert state.command.words == ("sh",)
    variable = state.environment.get("HF_HOME")
    assert variable is not None
    assert variable.value == Known("/base/hf", (Binding("HF_HOME", "/base/hf", None, "base"),))
    assert not state.environment.is_open


def test_unknown_base_leaves_everything_open() -> None:
    (trace,) = played("FROM other\nENV A=$B/x\nWORKDIR sub\n", world(BASE))
    state = trace.final
    assert state.environment.is_open
    variable = state.environment.get("A")
    assert variable is not None
    assert isinstance(variable.value, Unknown)
    assert variable.value.why == "the base image may set B"
    assert isinstance(state.user, Unknown)
    assert isinstance(state.workdir, Unknown)
    assert trace.steps[1].undefined == ()


def test_scratch_has_a_path_and_nothing_else() -> None:
    state = last("FROM scratch\nENV A=$B\n").final
    assert [(n, known(v.value)) for n, v in state.environment.variables] == [
        ("PATH", DEFAULT_PATH),
        ("A", ""),
    ]


def test_values_remember_every_binding_they_came_through() -> None:
    text, marks = unmark(
        "FROM base\nARG ROOT=«/models»\nENV HF_HOME=«$ROOT/hf»\nENV HUB=«${HF_HOME}/hub»\nWORKDIR «$HUB»\n"
    )
    state = last(text).final
    assert known(state.workdir) == "/models/hf/hub"
    names = [
        (b.name, b.text, b.place and (b.place.span.start, b.place.span.end)) for b in state.workdir.because
    ]
    assert names == [
        ("ROOT", "/models", marks[0]),
        ("HF_HOME", "$ROOT/hf", marks[1]),
        ("HUB", "${HF_HOME}/hub", marks[2]),
        ("WORKDIR", "$HUB", marks[3]),
    ]


def test_argument_without_default_is_unknown_until_given() -> None:
    text = "FROM base\nARG MODEL\nENV A=/x/$MODEL B=${MODEL:-d}\n"
    values = dict(last(text).final.build_environment)
    assert values["MODEL"] == UnsetArgument("ARG MODEL has no default")
    assert isinstance(values["A"], Unknown)
    assert values["A"].prefix == "/x/"
    assert known(values["B"]) == "d"
    given = dict(last(text, MODEL="m").final.build_environment)
    assert known(given["A"]) == "/x/m"
    assert given["A"].because[0] == Binding("MODEL", "m", None, "--build-arg")


def test_argument_takes_the_global_value_and_its_binding() -> None:
    text, (mark,) = unmark("ARG V=«1»\nFROM base\nARG V\nENV A=$V\n")
    value = dict(last(text).final.build_environment)["A"]
    assert known(value) == "1"
    assert value.because[0].place is not None
    assert value.because[0].place.span.start == mark[0]
    hidden = last("ARG V=1\nFROM base\nENV A=$V\n")
    assert [(u.name, u.place.text) for u in hidden.steps[1].undefined] == [("V", "$V")]


def test_undefined_variable_comes_with_what_was_meant() -> None:
    (undefined,) = last("FROM base\nENV MODEL_DIR=/m\nENV A=$MODEL_DR\n").steps[2].undefined
    assert (undefined.name, undefined.suggestion) == ("MODEL_DR", "MODEL_DIR")


def test_proxies_reach_run_alone() -> None:
    trace = last("FROM base\nENV A=${HTTP_PROXY:-none}\nRUN true\n", HTTP_PROXY="http://p")
    assert known(dict(trace.final.build_environment)["A"]) == "none"
    assert "HTTP_PROXY" not in dict(trace.final.build_environment)


def test_argument_is_gone_in_the_image_and_env_comes_back_in_a_child() -> None:
    traces = played("FROM base AS p\nENV X=1\nARG X=2\nARG Y=3\nFROM p\n", world(BASE))
    before, after = dict(traces[0].final.build_environment), dict(traces[1].final.build_environment)
    assert (known(before["X"]), known(after["X"]), known(after["Y"])) == ("2", "1", "3")
    assert traces[1].final.environment.get("Y") is None


@pytest.mark.parametrize(
    ("target", "shipped", "found"),
    [
        pytest.param(None, {0, 2, 3}, 3, id="the last stage"),
        pytest.param("MID", {0, 2}, 2, id="by name, whatever its case"),
        pytest.param("1", {1}, 1, id="by index"),
        pytest.param("nope", set(), None, id="no such stage"),
    ],
)
def test_target_and_what_it_needs(target: str | None, shipped: set[int], found: int | None) -> None:
    text = "FROM base AS a\nFROM base AS unused\nFROM a AS mid\nFROM base\nCOPY --from=mid /x /y\n"
    where = world(BASE, target=target)
    traces = played(text, where)
    assert {trace.stage.index for trace in traces if trace.is_shipped} == shipped
    trace = target_of(traces, where)
    assert (trace.stage.index if trace else None) == found


def test_mounts_and_triggers_make_stages_shipped() -> None:
    text = "FROM base AS a\nFROM base AS p\nONBUILD COPY --from=a /x /y\nFROM base AS m\nFROM p\nRUN --mount=from=m,target=/m x\n"
    assert all(trace.is_shipped for trace in played(text, world(BASE)))


def test_triggers_run_once_in_the_child() -> None:
    text = "FROM base AS p\nONBUILD ENV A=1\nFROM p AS c\nENV B=$A\nFROM c\n"
    _, child, grandchild = played(text, world(BASE))
    assert [step.instruction.keyword for step in child.steps] == ["ENV", "FROM", "ENV"]
    assert known(dict(child.final.build_environment)["B"]) == "1"
    assert [step.instruction.keyword for step in grandchild.steps] == ["FROM"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# escape=`\nFROM example.com/team/tools:2\n", id="the escape of Windows"),
        pytest.param("FROM example.com/team/tools:ltsc2019-2\n", id="a release of Windows Server"),
    ],
)
def test_what_is_made_for_windows_has_no_shell_of_linux(text: str) -> None:
    assert last(text).final.shell == WINDOWS_SHELL


def test_an_image_that_is_known_keeps_its_shell() -> None:
    assert last("# escape=`\nFROM base\n").final.shell == DEFAULT_SHELL


def test_windows_is_not_followed() -> None:
    state = last("FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nWORKDIR C:\\\\app\n").final
    assert state.shell == WINDOWS_SHELL
    assert isinstance(state.workdir, Unknown)


def test_entrypoint_clears_an_inherited_command_only() -> None:
    assert last('FROM base\nENTRYPOINT ["e"]\n').final.command is None
    kept = last('FROM base\nCMD ["c"]\nENTRYPOINT ["e"]\n').final.command
    assert kept is not None
    assert kept.words == ("c",)
    assert last("FROM base\nCMD []\n").final.command is None


def test_hidden_stages_are_played_and_marked() -> None:
    first, second = played("FROM base AS unused\nENV A=1\nFROM base\n", world(BASE))
    assert (first.is_shipped, second.is_shipped) == (False, True)
    assert "A" in dict(first.final.build_environment)


def test_fragment_is_played_on_an_unknown_base_and_makes_no_image() -> None:
    (only,) = played("ENV A=1\nCOPY --from=3 a /a\n", world(BASE))
    assert [step.instruction.keyword for step in only.steps] == ["ENV", "COPY"]
    assert only.final.environment.is_open
    assert not [fault for step in only.steps for fault in step.refusals]
    assert target_of((only,), world(BASE)) is None
    assert played("# nothing\n", world(BASE)) == ()


PARTS = st.sampled_from(
    [
        *("FROM base\n", "FROM base AS a\n", "FROM a\n", "ENV A=$B\n", "ARG A\n", "ARG A=${A:-x}\n"),
        *("WORKDIR $A\n", "USER $A\n", "COPY --from=a x y\n", "COPY --from=0 x $A\n", "EXPOSE $A\n"),
        *("ONBUILD ENV B=$A\n", "CMD x\n", "LABEL $A=b\n", "VOLUME $A\n", "STOPSIGNAL $A\n", "SHELL []\n"),
        *("HEALTHCHECK NONE\n", "COPY <<E $A\n$B\nE\n", "ENV bad\n", "COPY x\n"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PARTS, max_size=15).map("".join))
def test_never_raises(text: str) -> None:
    for trace in played(text, world(BASE)):
        assert trace.final == (trace.steps[-1].after if trace.steps else trace.final)
        for one, two in zip(trace.steps, trace.steps[1:], strict=False):
            assert one.after is two.before


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("FROM base\n" + "ENV A=$A\n" * 2000, id="one variable over and over"),
        pytest.param("FROM base\n" + "".join(f"ENV V{n}=$V{n - 1}x\n" for n in range(600)), id="a chain"),
        pytest.param(
            "".join(f"FROM base AS s{n}\nCOPY --from=s{n + 1} a b\n" for n in range(400)),
            id="a chain of stages",
        ),
        pytest.param("FROM base\nEXPOSE 1-65535\n" * 50, id="all ports"),
    ],
)
def test_time_grows_with_the_length_alone(text: str) -> None:
    start = time.process_time()
    played(text, world(BASE))
    assert time.process_time() - start < 8

"""Every program of the wrappers table in front of a worker: what runs behind it is followed as if it stood alone."""

from __future__ import annotations

import json

import pytest

from dfguard.checks.registry import find
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.python.command_lines import LaunchKind, launch_of
from dfguard.interp.runtime.process import passes_on
from dfguard.interp.state.model import BuildState, ProcessCommand
from dfguard.interp.values import Known
from dfguard.knowledge.load import load_knowledge
from dfguard.knowledge.sourced import Status
from dfguard.knowledge.wrappers import Role, Wrapper, Wrappers, taken
from dfguard.testing import findings
from paper import image, played, world

KNOWLEDGE = load_knowledge()
(LOAD_IN_HANDLER,) = find("DFG304")
PROGRAM = ["python", "/handler.py"]
HANDLER = """\
import runpod
import whisper

def handler(job):
    return whisper.load_model('base').transcribe(job['input']['audio'])

runpod.serverless.start({'handler': handler})
"""


def _call(wrapper: Wrapper, name: str, verb: str) -> list[str]:
    """The wrapper's own words, as few as it takes."""
    user = [wrapper.user[0], "app"] if wrapper.needs_user else []
    return [name, *verb.split(), *user, *["7"] * wrapper.operands]


CALLS = [
    pytest.param(wrapper, _call(wrapper, name, verb), id=f"{name} {verb}".strip())
    for wrapper in KNOWLEDGE.wrappers.wrappers
    for name in wrapper.names
    for verb in wrapper.verbs or ("",)
    if wrapper.leads_on and name != "builtin"
]


def _found(start: str) -> list[tuple[str, str]]:
    text = f"FROM python:3.11\nRUN pip install runpod openai-whisper\nCOPY handler.py /\n{start}\n"
    found = findings(LOAD_IN_HANDLER, text, {"handler.py": HANDLER}, "Dockerfile", {})
    return [(diagnostic.finding.place.text, diagnostic.finding.message) for diagnostic in found]


def _played(text: str) -> BuildState:
    folders = ("bin", "etc", "home", "srv", "tmp", "usr", "opt")
    base = image("a", {"PATH": "/bin"}, user="root", system="debian 12", top_level=folders)
    return played(text, world(base))[-1].final


def _cmd(words: list[str], *, is_shells: bool) -> str:
    return f"CMD {' '.join(words)}" if is_shells else f"CMD {json.dumps(words)}"


def test_the_table_holds_what_is_met() -> None:
    assert len(CALLS) > 60
    assert [found[0] for found in _found(_cmd(PROGRAM, is_shells=False))] == ["whisper.load_model('base')"]


@pytest.mark.parametrize(("wrapper", "call"), CALLS)
def test_a_worker_behind_a_wrapper_is_found(wrapper: Wrapper, call: list[str]) -> None:
    is_shells = wrapper.role is Role.SHELL
    assert _found(_cmd([*call, *PROGRAM], is_shells=is_shells)) == _found(_cmd(PROGRAM, is_shells=is_shells))


@pytest.mark.parametrize(("wrapper", "call"), CALLS)
def test_options_that_take_a_word_hide_no_program(wrapper: Wrapper, call: list[str]) -> None:
    taking = [name for name in wrapper.values if name not in wrapper.instead and "*" not in name]
    given = [word for name in taking for word in (name, "7")]
    behind = 1 + len(call[1:]) - wrapper.operands - (2 if wrapper.needs_user else 0)
    words = [(word, True) for word in (*call[:behind], *given, *call[behind:], *PROGRAM)]
    found = taken(words, wrapper)
    assert found is not None
    assert words[found.end :] == [(word, True) for word in PROGRAM]


@pytest.mark.parametrize("wrapper", KNOWLEDGE.wrappers.wrappers, ids=lambda wrapper: wrapper.id)
def test_a_wrapper_without_a_program_wraps_nothing(wrapper: Wrapper) -> None:
    assert taken([(wrapper.names[0], True)], wrapper) is None


@pytest.mark.parametrize(
    ("script", "user"),
    [
        pytest.param("sudo touch /x/f", "0:0", id="sudo"),
        pytest.param("sudo -Eu app touch /x/f", "1000:1000", id="sudo -u in a cluster"),
        pytest.param("doas -u app touch /x/f", "1000:1000", id="doas"),
        pytest.param("gosu app touch /x/f", "1000:1000", id="gosu"),
        pytest.param("su-exec app touch /x/f", "1000:1000", id="su-exec"),
        pytest.param("s6-setuidgid app touch /x/f", "1000:1000", id="s6-setuidgid"),
        pytest.param("setpriv --reuid=app --clear-groups touch /x/f", "1000:1000", id="setpriv"),
        pytest.param("runuser -u app -- touch /x/f", "1000:1000", id="runuser"),
        pytest.param("chpst -u app touch /x/f", "1000:1000", id="chpst"),
        pytest.param("nice -n 5 touch /x/f", "0:0", id="no change"),
    ],
)
def test_files_belong_to_the_user_that_a_wrapper_changes_to(script: str, user: str) -> None:
    text = f"FROM a\nRUN useradd -u 1000 app && mkdir -m 777 /x && {script}\n"
    assert _played(text).files.look("/x/f").owner == user


@pytest.mark.parametrize(
    ("script", "path"),
    [
        pytest.param("env -C /srv touch f", "/srv/f", id="env"),
        pytest.param("sudo -D /srv touch f", "/srv/f", id="sudo"),
        pytest.param("cd /srv && env --chdir=deep touch f", "/srv/deep/f", id="relative"),
        pytest.param("env -C /srv touch f; touch g", "/g", id="the next command"),
    ],
)
def test_a_wrapper_may_change_the_folder(script: str, path: str) -> None:
    text = f"FROM a\nRUN mkdir -p /srv/deep\nRUN {script}\n"
    assert _played(text).files.look(path).presence is Presence.PRESENT


@pytest.mark.parametrize(
    ("words", "is_of_base", "expected"),
    [
        pytest.param(("tini", "-g", "--"), False, True, id="an init program"),
        pytest.param(("/usr/bin/catatonit", "--"), False, True, id="by its path"),
        pytest.param(("tini", "--", "python"), False, False, id="an init program with a program"),
        pytest.param(("/entrypoint.sh",), True, True, id="an entry script of the base image"),
        pytest.param(("/entrypoint.sh",), False, False, id="one of one's own"),
        pytest.param(("sudo",), True, False, id="no first process"),
        pytest.param((), True, False, id="none"),
    ],
)
def test_an_entry_point_may_only_run_what_cmd_says(
    words: tuple[str, ...], *, is_of_base: bool, expected: bool
) -> None:
    place = None if is_of_base else played("FROM a\n", world(image("a")))[0].stage.base.place()
    entry = ProcessCommand(words, is_shell_form=False, place=place)
    assert passes_on(entry, KNOWLEDGE) is expected


def test_a_pack_of_ones_own_names_further_wrappers() -> None:
    own = Wrapper(
        ("x",), "2026-12-01", Status.READ, "acme-run", ("acme-run",), values=("--as",), user=("--as",)
    )
    knowledge = KNOWLEDGE.merged({"wrappers": Wrappers((own,))})
    words = [Known(word) for word in ("acme-run", "--as", "app", "tini", "--", *PROGRAM)]
    found = launch_of(words, knowledge)
    assert found is not None
    assert (found.kind, found.target) == (LaunchKind.PYTHON_FILE, Known("/handler.py"))
    assert launch_of(words) is None
    assert knowledge.wrapper("tini") == KNOWLEDGE.wrapper("tini")

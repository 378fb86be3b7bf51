"""Transfer functions one by one; the whole of them is held against real builds in test_groundtruth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.core.source import Source, Span
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.shell import getopt
from dfguard.interp.shell.expansion.words import Field
from dfguard.interp.values import Known, known
from paper import image, played, world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.state.model import BuildState, Package

PRESENT, MAYBE, ABSENT = Presence.PRESENT, Presence.MAYBE, Presence.ABSENT


def state(body: str, files: Mapping[str, str] | None = None, system: str = "debian 12") -> BuildState:
    base = image(
        "full", {"PATH": "/bin"}, system=system, top_level=("bin", "etc", "home", "tmp", "usr", "opt")
    )
    return played(f"FROM full\n{body}", world(base, context=files or {}))[-1].final


def presences(where: BuildState, *paths: str) -> list[Presence]:
    return [where.files.look(path).presence for path in paths]


def fields(*words: str) -> list[Field]:
    source = Source("x", " ".join(words))
    return [Field(Known(word), source.text_of(Span(0, 0)).place()) for word in words]


def texts(found: tuple[Field, ...]) -> list[str | None]:
    return [known(field.value) for field in found]


def test_options_are_clustered_permuted_and_ended_by_two_dashes() -> None:
    parsed = getopt.parse(fields("-rf", "a", "-m", "755", "--mode=700", "b", "--", "-c"), "r f m=,mode=")
    assert (parsed.has("r"), parsed.has("f"), parsed.has("c")) == (True, True, False)
    assert parsed.text("m") == "700"
    assert texts(parsed.operands) == ["a", "b", "-c"]


def test_options_take_what_is_joined_to_them() -> None:
    parsed = getopt.parse(fields("-qO-", "-C/tmp", "x"), "q O= C=")
    assert (parsed.text("O"), parsed.text("C"), texts(parsed.operands)) == ("-", "/tmp", ["x"])


@pytest.mark.parametrize(
    ("template", "words", "result"),
    [
        ("x\\n", [], "x\n"),
        ("%s\\n", ["a", "b c"], "a\nb c\n"),
        ("%s=%d;", ["k", "3", "j", "4"], "k=3;j=4;"),
        ("%%|%5s|%-5s|%03d", ["r", "l", "7"], "%|    r|l    |007"),
        ("%b", ["a\\tb"], "a\tb"),
        ("%s %s", ["one"], "one "),
        ("%*d", ["1", "2"], None),
        ("\\303\\251", [], "é"),
        ("\\351", [], None),
        ("\\x41", [], None),
        ("%d", ["010"], "8"),
    ],
)
def test_printf_of_any_shell(template: str, words: list[str], result: str | None) -> None:
    given = " ".join(f"'{word}'" for word in (template, *words))
    found = state(f"RUN printf {given} > /x\n", system="").files.look("/x").content
    assert (found.value if found else None) == result


def test_escapes_keep_the_origin_of_what_stands_between_them() -> None:
    made = state("RUN printf 'a\\tbc\\n' > /x\n").files.look("/x").content
    assert made is not None
    assert (made.value, made.place(2, 4).text) == ("a\tbc\n", "bc")


@pytest.mark.parametrize(
    ("system", "content"),
    [("debian 12", "a\tb\n"), ("alpine", "a\\tb\n"), ("", None)],
    ids=["dash reads escapes", "busybox does not", "unknown shell"],
)
def test_echo_depends_on_the_shell(system: str, content: str | None) -> None:
    found = state("RUN echo 'a\\tb' > /x\n", system=system).files.look("/x").content
    assert (found.value if found else None) == content


@pytest.mark.parametrize("system", ["debian 12", "fedora", "alpine", ""])
def test_echo_as_it_is_reads_no_hexadecimal_escape(system: str) -> None:
    found = state("RUN echo '\\x41' > /x\n", system=system).files.look("/x").content
    assert found is not None
    assert found.value == "\\x41\n"


def packages(where: BuildState) -> list[tuple[str, str, str]]:
    return [(p.manager, p.name, p.specifier) for p in where.packages]


def test_pip_installs_with_versions_extras_and_files() -> None:
    body = "COPY req.txt .\nRUN pip install 'torch==2.1.0' Transformers[torch]>=4 -r req.txt -c limits.txt\n"
    where = state(
        f"WORKDIR /w\nCOPY limits.txt .\n{body}", {"req.txt": "a_b==1 # x\n-r more\n", "limits.txt": "c<2\n"}
    )
    assert packages(where) == [
        ("pip", "torch", "==2.1.0"),
        ("pip", "transformers", ""),
        ("pip", "c", "<2"),
        ("pip", "a-b", "==1"),
    ]


def test_the_place_of_a_requirement_is_its_line_in_its_file() -> None:
    where = state("COPY req.txt /r.txt\nRUN pip install -r /r.txt\n", {"req.txt": "first\n\nsecond==2\n"})
    found: Package = where.packages[-1]
    assert (found.place.path, found.place.line, found.place.text) == ("req.txt", 3, "second==2")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "apt-get install -y --no-install-recommends git=1:2.3 curl",
            [("apt", "git", "=1:2.3"), ("apt", "curl", "")],
        ),
        ("apk add --no-cache 'bash>5'", [("apk", "bash", ">5")]),
        ("python3 -m pip install numpy==1.26", [("pip", "numpy", "==1.26")]),
        ("uv pip install --system httpx", [("uv", "httpx", "")]),
        ("conda install -y -c conda-forge ffmpeg=6", [("conda", "ffmpeg", "=6")]),
        ("pip uninstall -y x", []),
    ],
)
def test_package_managers(command: str, expected: list[tuple[str, str, str]]) -> None:
    assert [p for p in packages(state(f"RUN {command}\n")) if p[1] in {e[1] for e in expected}] == expected


def test_installs_leave_the_rest_of_the_image_provable() -> None:
    where = state("RUN apt-get install -y git && pip install torch\n")
    assert presences(where, "/usr/bin/git", "/app/main.py") == [MAYBE, ABSENT]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("wget -q -O /opt/m.bin https://h/x", "/opt/m.bin"),
        ("wget https://h/a/model.pt", "/w/model.pt"),
        ("wget -P /opt/d https://h/model.pt?download=true", "/opt/d/model.pt?download=true"),
        ("curl -fsSL https://h/x -o /opt/x", "/opt/x"),
        ("curl -LO https://h/a/y.bin?z=1", "/w/y.bin"),
        ("aria2c -c -x 16 -d /opt/d -o z.bin https://h/q", "/opt/d/z.bin"),
        ("git clone https://github.com/a/Repo.git", "/w/Repo"),
        ("git clone --depth 1 https://github.com/a/b /opt/b", "/opt/b"),
        ("git init -q --initial-branch main /opt/c/d", "/opt/c/d"),
    ],
)
def test_downloads_land_where_they_should(command: str, path: str) -> None:
    assert presences(state(f"WORKDIR /w\nRUN {command}\n"), path) == [PRESENT]


def test_wget_beside_a_file_name_makes_no_folder_of_its_prefix() -> None:
    where = state("WORKDIR /w\nRUN wget -P /w/d -O m.bin https://h/x.bin\n")
    assert presences(where, "/w/m.bin", "/w/d", "/w/d/m.bin") == [PRESENT, ABSENT, ABSENT]


def test_users_have_numbers_and_homes() -> None:
    where = state("RUN useradd -m -u 1234 app && groupadd -g 77 team && usermod -aG team app\n")
    accounts = where.files.accounts
    assert (accounts.ids("app"), accounts.home("app")) == ((1234, 1234), "/home/app")
    assert accounts.groups_of("app") == {77}
    assert presences(where, "/home/app") == [PRESENT]


def test_removed_caches_are_gone_and_hidden_names_are_not_claimed() -> None:
    where = state("RUN mkdir -p /opt/c && touch /opt/c/a && rm -rf /opt/c/* /opt/d\n")
    assert presences(where, "/opt/c", "/opt/c/a", "/opt/c/b", "/opt/c/.d", "/opt/d/x") == [
        PRESENT,
        ABSENT,
        ABSENT,
        MAYBE,
        ABSENT,
    ]


def test_behind_an_unknown_command_nothing_is_surely_absent() -> None:
    where = state("RUN mkdir /data /w && touch /data/x && cd /w && build --prefix=/data/out\n")
    found = ("/data/out", "/data/other", "/w/out", "/srv", "/data", "/data/x")
    assert presences(where, *found) == [MAYBE, MAYBE, MAYBE, MAYBE, PRESENT, PRESENT]
    strays = [where.files.look(path).is_stray for path in found]
    assert strays == [False, False, False, True, False, False]


def test_what_an_unknown_command_may_have_left_does_not_blur_what_is_made_next() -> None:
    where = state(
        "RUN build\nRUN mkdir -p /data && echo a > /data/f\nCOPY a /srv/a\nWORKDIR /app\n", {"a": "x"}
    )
    made = [where.files.look(path) for path in ("/data", "/data/f", "/srv/a", "/app")]
    assert [(entry.presence, entry.owner) for entry in made] == [(PRESENT, "0:0")] * 4


@pytest.mark.parametrize(
    ("program", "after"),
    [
        ("s/a/X/", "Xa\nb\n"),
        ("s/a/X/g; /b/d", "XX\n"),
        ("1d", "b\n"),
        ("$d", "aa\n"),
        ("/b/i before", "aa\nbefore\nb\n"),
        (r"s/\(a\)a/\1-/", "a-\nb\n"),
        ("s#^b$#c#", "aa\nc\n"),
        ("y/ab/cd/", None),
        ("1,2s/a/b/", None),
    ],
)
def test_sed_on_known_text(program: str, after: str | None) -> None:
    where = state(f"RUN printf 'aa\\nb\\n' > /f && sed -i '{program}' /f\n")
    content = where.files.look("/f").content
    assert (content.value if content else None) == after


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("while getopts h o; do true; done; shift $((OPTIND - 1))", ""),
        (
            "set -- a b; while [ $# -gt 0 ]; do case $1 in a) shift 2;; *) shift;; esac; done; shift $(date +%u)",
            "",
        ),
        ("[ -f /tmp/x ] && set -- a; shift", ""),
        ("set -- a; shift; shift", "there are not that many arguments"),
        ("shift 1", "there are not that many arguments"),
    ],
)
def test_shift_fails_only_where_the_arguments_are_known(script: str, why: str) -> None:
    base = image("full", {"PATH": "/bin"}, system="debian 12", top_level=("bin", "tmp"))
    step = played(f"FROM full\nRUN {script}\n", world(base))[-1].steps[-1]
    assert [r.fails_because for r in step.effects.commands if r.name == "shift"][-1] == why


def test_moved_and_copied_trees_keep_what_is_known_of_them() -> None:
    where = state("COPY src /s\nRUN mv /s /t && cp -r /t /u && ln -s /u /v\n", {"src/a": "text"})
    assert presences(where, "/s", "/t/a", "/u/a") == [ABSENT, PRESENT, PRESENT]
    entry = where.files.resolve("/v/a")
    assert entry.content is not None
    assert (entry.content.value, entry.path) == ("text", "/u/a")


def test_what_is_moved_to_what_may_be_a_directory_is_there_or_in_it() -> None:
    text = "FROM elsewhere\nRUN mkdir -p /opt/m && echo w > /w && mv /w /opt/m/model && cp /opt/m/model /opt/m/copy\n"
    files = played(text, world(image("elsewhere", is_open=True)))[0].final.files
    for path in ("/opt/m/model", "/opt/m/copy"):
        assert (files.look(path).presence, files.look(path).kind) == (Presence.PRESENT, EntryKind.UNKNOWN)
    assert files.look("/opt/m/model/w").presence is Presence.MAYBE
    assert files.look("/w").presence is Presence.ABSENT

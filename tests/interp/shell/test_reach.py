"""Where programs may write, as laws on commands that are made up: absence is proven or not claimed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.shell.effects import reach_tables
from dfguard.interp.shell.registry import BUILTINS, families
from dfguard.knowledge.packs import bundled
from paper import image, played, world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.state.model import BuildState

PRESENT, MAYBE, ABSENT = Presence.PRESENT, Presence.MAYBE, Presence.ABSENT
TOP = ("bin", "etc", "home", "tmp", "usr", "opt", "root", "var")
WATCHED = ("/a", "/a/b", "/srv/x", "/w/out", "/opt/v/bin", "/brand/new", "/usr/local/bin/zz", "/w2")


@cache
def base() -> object:
    return image("full", {"PATH": "/bin:/usr/bin"}, system="debian 12", top_level=TOP)


def after(
    command: str, before: str = "RUN mkdir /w\nWORKDIR /w\n", files: Mapping[str, str] | None = None
) -> BuildState:
    text = command.replace("\n", " ")
    return played(f"FROM full\n{before}RUN {text}\n", world(base(), context=files or {}))[-1].final  # type: ignore[arg-type]


def presence(where: BuildState, path: str) -> Presence:
    return where.files.look(path).presence


def is_modelled(name: str) -> bool:
    known = {word for names in families().values() for word in names}
    bare = name.rstrip("0123456789.")
    tables = reach_tables.tools() | reach_tables.HARMLESS | reach_tables.NAMED
    return (
        name in known | tables | BUILTINS
        or bare in ("python", "pip", "pypy")
        or name in {"awk", "gawk", "mawk", "nawk"}
    )


_KEYWORDS = "if then else elif fi for while until do done case esac in function select time coproc"
_WRAPPERS = """
nice ionice nohup setsid stdbuf busybox tini dumb-init chronic unbuffer catchsegv eatmydata env sudo doas timeout flock
gosu su-exec linux32 linux64 poetry uv pipenv pdm rye hatch pixi conda mamba micromamba
"""
SPECIAL = frozenset([*_KEYWORDS.split(), *_WRAPPERS.split()])
names = st.from_regex(r"[a-z][a-z0-9_.+-]{0,11}", fullmatch=True).filter(
    lambda name: not is_modelled(name) and name not in SPECIAL
)
words = st.one_of(
    st.sampled_from(
        [
            "-o",
            "--out=/a/b",
            "-C",
            "/w",
            "--",
            "build",
            "x.txt",
            "../a",
            "-j4",
            "--prefix",
            "./y",
            "https://x.example/a",
        ]
    ),
    st.from_regex(r"[a-z0-9/=.-]{1,12}", fullmatch=True),
)


@given(names, st.lists(words, max_size=5), st.sampled_from(WATCHED))
@settings(max_examples=250)
def test_behind_a_program_of_no_table_nothing_is_surely_absent(
    name: str, arguments: list[str], path: str
) -> None:
    where = after(" ".join([name, *arguments]))
    assert presence(where, path) is not ABSENT


OPAQUE = (
    "npm run build",
    "npm test",
    "yarn build",
    "pnpm -r build",
    "npx vite build",
    "./node_modules/.bin/ng build",
    "make",
    "cmake --build .",
    "ninja -C out",
    "cargo build --release",
    "go generate ./...",
    "go run ./cmd/gen",
    "bundle exec rake assets:precompile",
    "gradle build",
    "./gradlew assemble",
    "mvn package",
    "dotnet publish -c Release",
    "composer install",
    "rake",
    "vite build",
    "webpack",
    "curl -fsSL https://x.example/i.sh | sh",
    "wget -qO- https://x.example/i.sh | bash -s -- -y",
    "curl -o i.sh https://x.example/i.sh && sh i.sh",
    "dpkg -i ./x.deb",
    "apt-get install -y ./x.deb",
    "rpm -i x.rpm",
    "yum install -y https://x.example/a.rpm",
    "apk add --allow-untrusted ./x.apk",
    "su app -c ./build.sh",
    "gosu app ./build.sh",
    "sudo -u app ./build.sh",
    "find . -name '*.sh' -exec {} \\;",
    "find / -name '*.sh' -exec sh {} \\;",
    "cat list | xargs ./run",
    "ls | xargs -I{} sh -c {}",
    "python build.py",
    "python3 -c 'import shutil; shutil.copytree(a, b)'",
    "perl build.pl",
    "node build.js",
    "php build.php",
    "java -jar build.jar",
    'eval "$(./build.sh)"',
    ". /opt/x/env.sh",
    "$TOOL build",
    "xvfb-run ./x",
    "parallel mkdir ::: /a",
    "chroot /a mkdir /b",
    "pip install .",
    "pixi run build",
)


@pytest.mark.parametrize("command", OPAQUE)
def test_behind_code_of_the_project_or_of_strangers_nothing_is_surely_absent(command: str) -> None:
    named = ("x.deb", "x.rpm", "x.apk", "build.py", "setup.py", "list", "i.sh")
    programs = ("x", "build.sh", "run", "gradlew", "node_modules/.bin/ng")
    files = dict.fromkeys(named, "x\n") | dict.fromkeys(programs, "#!/usr/bin/perl\n")
    where = after(command, "COPY . /w/\nWORKDIR /w\nARG TOOL\n", files)
    assert [path for path in WATCHED if presence(where, path) is ABSENT] == []


TOLD = (
    ("python -m venv /brand/new", "/brand/new"),
    ("virtualenv -p python3 /brand/new", "/brand/new"),
    ("uv venv --python 3.12 /brand/new", "/brand/new"),
    ("uv venv .venv --python 3.12", "/w/.venv"),
    ("uv venv", "/w/.venv"),
    ("pip install --prefix=/a requests", "/a"),
    ("pip install --target /a requests", "/a"),
    ("pip install -t /a requests", "/a"),
    ("pip install --root /a requests", "/a"),
    ("pip wheel -w /a requests", "/a"),
    ("pip wheel --wheel-dir=/a requests", "/a"),
    ("pip download -d /a requests", "/a"),
    ("python3 -m pip install --target=/a requests", "/a"),
    ("uv pip install --target /a requests", "/a"),
    ("uv export -o /a/requirements.txt", "/a/requirements.txt"),
    ("poetry export -f requirements.txt -o /a/requirements.txt", "/a/requirements.txt"),
    ("conda create -y -p /a python=3.12", "/a"),
    ("conda env create --prefix /a -f e.yml", "/a"),
    ("apk --root /a add --initdb busybox", "/a"),
    ("apk add -p /a busybox", "/a"),
    ("dnf install -y --installroot /a bash", "/a"),
    ("apt-get install -y -o Dir::Cache::Archives=/a curl", "/a"),
    ("dpkg -x x.deb /a", "/a"),
    ("dpkg-deb -x x.deb /a", "/a"),
    ("rpm --root /a --import key", "/a"),
    ("npm --prefix /a install", "/a"),
    ("pnpm deploy --filter app --prod /a", "/a"),
    ("corepack enable --install-directory /a", "/a"),
    ("gem install -i /a rake", "/a"),
    ("cargo install --root /a ripgrep", "/a"),
    ("go build -o /a/b ./cmd/x", "/a/b"),
    ("git worktree add /a main", "/a"),
    ("git -C /a fetch", "/a"),
    ("git archive -o /a/b HEAD", "/a/b"),
    ("7z x x.7z -o/a", "/a"),
    ("cpio -pd /a < list", "/a"),
    ("find /usr -name '*.so' -exec cp {} /a \\;", "/a"),
    ("find /usr/lib -newer x -exec install -Dt /a {} +", "/a"),
    ("curl -s https://x.example/list | xargs -I{} cp {} /a", "/a"),
    ("gcc -o /a/b x.c", "/a/b"),
    ("zstd /w/list", "/w/list.zst"),
    ("curl -fo /a https://x.example/1 -o /brand https://x.example/2", "/a"),
    ("curl -fo /brand https://x.example/1 -o /a https://x.example/2", "/a"),
    ("curl -D /a -o /w/x https://x.example/1", "/a"),
    ("curl -O https://x.example/{a,b}.zip", "/w/a.zip"),
    ("curl -OJ https://x.example/get", "/w/other.zip"),
    ("curl -K rc", "/a"),
    ("wget -i list", "/w/anything"),
    ("wget --content-disposition https://x.example/get", "/w/other.zip"),
    ("wget -o /a https://x.example/1", "/a"),
    ('url="https://x.example/$(arch)/tool"; wget "$url"', "/w/tool"),
    ('curl -o "$WHERE" https://x.example/1', "/a"),
    ('mkdir -p "/brand/$NAME"', "/brand/x"),
    ("openssl req -x509 -newkey rsa -keyout /a/b -out /a/c", "/a/b"),
    ("ssh-keygen -q -f /a/b", "/a/b.pub"),
)


@pytest.mark.parametrize(("command", "path"), TOLD)
def test_what_the_arguments_name_may_be_there_and_so_may_all_above(command: str, path: str) -> None:
    where = after(command, "COPY . /w/\nWORKDIR /w\nARG WHERE\nARG NAME\n", {"list": "x\n"})
    chain = [path, *paths.ancestors(path)]
    assert [presence(where, p) for p in chain if presence(where, p) is ABSENT] == []


CLOSED = (
    *(
        command
        for command, _ in TOLD
        if not command.startswith(
            ("pnpm", "npm", "find", "curl -s", "git worktree", "curl -K", 'curl -o "', "mkdir")
        )
    ),
    "pip install requests",
    "apt-get update && apt-get install -y curl",
    "apk add --no-cache curl",
    "npm install -g typescript",
    "go mod download",
    "go build ./...",
    "git clone https://x.example/r",
    "curl -o f https://x.example/f",
    "tar -xf x.tar",
    "jq . x.json",
    "sha256sum -c sums",
    "openssl version",
    "gcc --version",
    "awk '{print $1}' x",
    "update-ca-certificates",
)


@pytest.mark.parametrize("command", CLOSED)
def test_a_program_of_the_tables_leaves_the_rest_absent(command: str) -> None:
    where = after(command)
    assert presence(where, "/elsewhere") is ABSENT
    assert presence(where, "/srv2/deep/er") is ABSENT


@given(
    st.sampled_from(sorted(reach_tables.NAMED)),
    st.lists(st.sampled_from(["/a/b", "-o", "x", "-c", "--k=/q/r"]), max_size=4),
)
def test_a_program_that_writes_what_it_names_leaves_other_top_folders_absent(
    name: str, arguments: list[str]
) -> None:
    where = after(" ".join([name, *arguments]))
    assert presence(where, "/elsewhere/x") is ABSENT
    assert all(presence(where, path) is not ABSENT for path in arguments if path.startswith("/"))


def test_the_row_of_a_tool_names_only_options_that_it_declares() -> None:
    for key, row in reach_tables.rows().items():
        declared = {option.split(",")[0].rstrip("=") for option in row.options.split()}
        assert set(f"{row.into} {row.also}".split()) <= declared, key


def test_an_environment_is_there_with_its_marks_in_the_stage_built_on_the_one_that_made_it() -> None:
    text = "FROM full AS a\nWORKDIR /w\nCOPY pyproject.toml .\nRUN uv sync --no-install-project\nFROM a\nRUN true\n"
    where = played(text, world(base(), context={"pyproject.toml": "[project]\n"}))[-1].final  # type: ignore[arg-type]
    entry = where.files.look("/w/.venv")
    assert (entry.presence, entry.kind) == (PRESENT, EntryKind.DIRECTORY)
    assert presence(where, "/w/.venv/pyvenv.cfg") is PRESENT
    assert presence(where, "/w/.venv/bin/anything") is MAYBE
    assert presence(where, "/w/venv") is ABSENT


@pytest.mark.parametrize(
    ("setting", "there"),
    [
        ("ENV UV_PROJECT_ENVIRONMENT=/opt/venv\n", ("/opt/venv/pyvenv.cfg", PRESENT)),
        ("ENV UV_PROJECT_ENVIRONMENT=/opt/venv\n", ("/w/.venv/pyvenv.cfg", MAYBE)),
        ("ARG WHERE\nENV UV_PROJECT_ENVIRONMENT=$WHERE\n", ("/w/.venv/pyvenv.cfg", MAYBE)),
        ("", ("/w/.venv/pyvenv.cfg", PRESENT)),
    ],
)
def test_uv_keeps_the_environment_where_it_is_told(setting: str, there: tuple[str, Presence]) -> None:
    before = f"WORKDIR /w\nCOPY pyproject.toml .\n{setting}"
    where = after("uv run --no-install-project true", before, {"pyproject.toml": "[project]\n"})
    assert presence(where, there[0]) is there[1]


@pytest.mark.parametrize("path", ["/go", "/"])
def test_go_writes_below_its_path_wherever_that_is(path: str) -> None:
    text = f"FROM golang:1.12\nENV GOPATH={path}\nRUN go get example.org/a/b\n"
    files = played(text, replace(world(), knowledge=bundled()))[-1].final.files
    for name in ("src/example.org/a/b/main.go", "bin/b", "pkg/mod/x"):
        assert files.look(f"{path.rstrip('/')}/{name}").presence is Presence.MAYBE, name


def test_the_image_of_go_has_the_folder() -> None:
    files = played("FROM golang:1.24\nRUN true\n", replace(world(), knowledge=bundled()))[-1].final.files
    assert files.look("/go/bin").presence is Presence.MAYBE

"""Programs that run another program: what is peeled off, and what is left."""

from __future__ import annotations

import pytest

from dfguard.syntax import shell
from dfguard.syntax.shell import nodes
from dfguard.syntax.shell.wrappers import fed
from outlines import parsed


def _words(text: str) -> tuple[nodes.Word, ...]:
    body = parsed(text, nodes.Dialect.POSIX).body
    assert isinstance(body, nodes.Sequence)
    (command,) = body.items
    assert isinstance(command, nodes.Command)
    return command.words


def _text(words: tuple[nodes.Word, ...]) -> str:
    return " ".join(word.raw.value for word in words)


@pytest.mark.parametrize(
    ("text", "wrappers", "inner"),
    [
        pytest.param("a b", [], "a b", id="none"),
        pytest.param("sudo a b", ["sudo"], "a b", id="sudo"),
        pytest.param("/usr/bin/sudo -EH -u bob --group=g A=1 a", ["sudo"], "a", id="sudo with options"),
        pytest.param("sudo -l", [], "sudo -l", id="sudo that runs nothing"),
        pytest.param("sudo -- a -b", ["sudo"], "a -b", id="the end of options"),
        pytest.param("env -i -u X A=1 B='c d' a", ["env"], "a", id="env"),
        pytest.param("env", [], "env", id="env that prints"),
        pytest.param("env A=1", [], "env A=1", id="env that prints with a variable"),
        pytest.param("env -S 'a b'", [], "env -S 'a b'", id="env that splits"),
        pytest.param("exec -a n a", ["exec"], "a", id="exec"),
        pytest.param("exec", [], "exec", id="exec for its redirections"),
        pytest.param("command -v a", [], "command -v a", id="command that looks up"),
        pytest.param("command a -v", ["command"], "a -v", id="command"),
        pytest.param("time -p a", ["time"], "a", id="time"),
        pytest.param("timeout --signal=KILL -k 5 1m a b", ["timeout"], "a b", id="timeout"),
        pytest.param("nice -n 5 ionice -c2 -n7 nohup a", ["nice", "ionice", "nohup"], "a", id="several"),
        pytest.param("gosu u:g a", ["gosu"], "a", id="gosu"),
        pytest.param("su-exec u a", ["su-exec"], "a", id="su-exec"),
        pytest.param("tini -g -p SIGTERM -- a -- b", ["tini"], "a -- b", id="tini"),
        pytest.param("dumb-init --rewrite 15:3 a", ["dumb-init"], "a", id="dumb-init"),
        pytest.param("stdbuf -oL -e 0 a", ["stdbuf"], "a", id="stdbuf"),
        pytest.param("xvfb-run -a -s '-screen 0' a", ["xvfb-run"], "a", id="xvfb-run"),
        pytest.param("flock -w 5 /lock a b", ["flock"], "a b", id="flock"),
        pytest.param("flock /lock -c 'a b'", ["flock"], "-c 'a b'", id="flock that runs shell text"),
        pytest.param("busybox sh -c a", ["busybox"], "sh -c a", id="busybox"),
        pytest.param("conda run -n e --no-capture-output a -n", ["conda"], "a -n", id="conda"),
        pytest.param("conda install a", [], "conda install a", id="conda that installs"),
        pytest.param("micromamba run -p /e a", ["micromamba"], "a", id="micromamba"),
        pytest.param("poetry -C /app run -- a", ["poetry"], "a", id="poetry"),
        pytest.param("uv --directory d run --no-sync --with x -p 3.11 a", ["uv"], "a", id="uv"),
        pytest.param("uv pip install a", [], "uv pip install a", id="uv that installs"),
        pytest.param("uv run -m a", [], "uv run -m a", id="uv that runs a module"),
        pytest.param("uv tool run --from x a", ["uv"], "a", id="uv tool run"),
        pytest.param("pipenv run a", ["pipenv"], "a", id="pipenv"),
        pytest.param("pdm run -p . a", ["pdm"], "a", id="pdm"),
        pytest.param("hatch -e dev run a", ["hatch"], "a", id="hatch"),
        pytest.param("pixi run --environment e a", ["pixi"], "a", id="pixi"),
        pytest.param("chroot / a", [], "chroot / a", id="another root"),
        pytest.param('sudo "$X" a', ["sudo"], '"$X" a', id="an unknown command"),
    ],
)
def test_wrappers_are_peeled_off(text: str, wrappers: list[str], inner: str) -> None:
    peeled = shell.peel(_words(text))
    assert [wrapper.name for wrapper in peeled.wrappers] == wrappers
    assert _text(peeled.words) == inner
    assert _text(tuple(w for wrapper in peeled.wrappers for w in wrapper.words) + peeled.words) == text


@pytest.mark.parametrize(
    ("text", "variables", "user"),
    [
        pytest.param("env A=1 B='c d' C= a", [("A", "1"), ("B", "c d"), ("C", "")], None, id="env"),
        pytest.param("sudo -u bob D=$E a", [("D", None)], "bob", id="sudo"),
        pytest.param("sudo --user=bob a", [], "bob", id="sudo, long"),
        pytest.param("gosu 1000:1000 a", [], "1000:1000", id="gosu"),
        pytest.param("runuser -u bob -- a", [], "bob", id="runuser"),
        pytest.param('su-exec "$U" a', [], None, id="a user not known"),
    ],
)
def test_a_wrapper_says_what_it_sets(
    text: str, variables: list[tuple[str, str | None]], user: str | None
) -> None:
    (wrapper,) = shell.peel(_words(text)).wrappers
    assert [(a.name, a.value.literal if a.value else "") for a in wrapper.assignments] == variables
    assert wrapper.user == user


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        pytest.param("xargs -0 -I {} -n1 a {}", ["a {}"], id="xargs"),
        pytest.param("xargs", [], id="xargs that prints"),
        pytest.param("find . -name b -exec a {} \\; -o -execdir c d {} +", ["a {}", "c d {}"], id="find"),
        pytest.param("find . -delete", [], id="find that runs nothing"),
        pytest.param("a -exec b \\;", [], id="another program"),
    ],
)
def test_commands_that_are_given_more_words_are_found(text: str, commands: list[str]) -> None:
    assert [_text(words) for words in fed(_words(text))] == commands

"""Commands that run another command (`sudo`, `env`, `timeout 5`, `conda run -n x`) to the inner command's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.shell import getopt as options
from dfguard.interp.values import Known, known, prefix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dfguard.interp.shell.words import Field
    from dfguard.interp.values import Value


class Wrapped(Record):
    """What a wrapper leaves: the inner words (empty: none, it runs itself), variables it sets, names it unsets.

    `clears`: the environment is emptied first; `user` who runs it; `is_program`: builtins and functions are not found.
    `name` is the wrapper as reported (`poetry run`).
    """

    name: str
    words: tuple[Field, ...]
    variables: tuple[tuple[str, Value], ...] = ()
    unset: tuple[str, ...] = ()
    clears: bool = False
    user: str | None = None
    is_program: bool = True
    folder: Field | None = None


_PLAIN = {
    "nice": "n=,adjustment=",
    "ionice": "c=,class= n=,classdata= t",
    "nohup": "",
    "setsid": "c f w,wait",
    "stdbuf": "i=,input= o=,output= e=,error=",
    "time": "p v a o= f=",
    "busybox": "",
    "tini": "s g v e= p=",
    "dumb-init": "c,single-child v r=",
    "chronic": "",
    "unbuffer": "",
    "catchsegv": "",
    "eatmydata": "",
    "exec": "a= c l",
    "command": "p",
    "builtin": "",
}
_RUNNERS = frozenset(["poetry", "uv", "pipenv", "pdm", "rye", "hatch", "pixi"])
_CONDAS = frozenset(["conda", "mamba", "micromamba"])


def unwrap(name: str, words: Sequence[Field]) -> Wrapped | None:
    """The wrapper taken off; None when the command wraps nothing. `words` are all words, the wrapper's name first."""
    rest = tuple(words[1:])
    if name in _PLAIN:
        if name == "command" and rest and known(rest[0].value) in ("-v", "-V"):
            return None
        operands = options.parse(rest, _PLAIN[name], permutes=False).operands
        is_shells = name in ("exec", "command", "builtin")
        return Wrapped(name, operands, is_program=not is_shells) if operands else None
    special = _SPECIAL.get(name)
    if special is not None:
        return special(name, rest)
    first = known(rest[0].value) if rest else None
    if name in _RUNNERS and first == "run":
        inner = options.parse(
            rest[1:],
            "with= python=,p= extra= group= C= directory= project= env-file= package=",
            permutes=False,
        )
        return Wrapped(f"{name} run", inner.operands) if inner.operands else None
    if name in _CONDAS and first == "run":
        inner = options.parse(
            rest[1:], "n=,name= p=,prefix= cwd= v no-capture-output live-stream s", permutes=False
        )
        return Wrapped(f"{name} run", inner.operands) if inner.operands else None
    return None


def _env(name: str, rest: tuple[Field, ...]) -> Wrapped | None:
    """`env [-i] [-u NAME] [NAME=value]... [command]`."""
    parsed = options.parse(
        rest, "i,ignore-environment u=,unset= S=,split-string= C=,chdir= 0,null v,debug", permutes=False
    )
    variables, words = _assignments(parsed.operands)
    if not words:
        return None
    unset = tuple(text for field in parsed.values("u") if (text := known(field.value)) is not None)
    return Wrapped(name, words, variables, unset, clears=parsed.has("i"), folder=parsed.value("C"))


def _sudo(name: str, rest: tuple[Field, ...]) -> Wrapped | None:
    """`sudo [-u user] [NAME=value]... command`; `-i` and `-s` start a shell."""
    specification = "u=,user= g=,group= E,preserve-env H,set-home n,non-interactive S,stdin i,login s,shell b A P D=,chdir= h="
    parsed = options.parse(rest, specification, permutes=False)
    variables, words = _assignments(parsed.operands)
    if not words:
        return None
    return Wrapped(name, words, variables, user=parsed.text("u") or "root")


def _timeout(name: str, rest: tuple[Field, ...]) -> Wrapped | None:
    """`timeout [-s signal] [-k time] time command`."""
    inner = options.parse(
        rest, "s=,signal= k=,kill-after= preserve-status foreground v,verbose t=", permutes=False
    )
    words = inner.operands if inner.has("t") else inner.operands[1:]
    return Wrapped(name, words) if words else None


def _retry(name: str, rest: tuple[Field, ...]) -> Wrapped | None:
    """`flock file command`, `chroot dir command`: one operand of their own."""
    inner = options.parse(rest, "n w= e x s u c=", permutes=False).operands[1:]
    return Wrapped(name, inner) if inner else None


def _gosu(name: str, rest: tuple[Field, ...]) -> Wrapped | None:
    """`gosu user command`."""
    user = known(rest[0].value) if rest else None
    return Wrapped(name, rest[1:], user=user) if len(rest) > 1 else None


def _linux32(name: str, rest: tuple[Field, ...]) -> Wrapped | None:
    """`setarch`-like commands take options only."""
    inner = options.parse(rest, "R B v", permutes=False).operands
    return Wrapped(name, inner) if inner else None


_SPECIAL: dict[str, Callable[[str, tuple[Field, ...]], Wrapped | None]] = {
    "env": _env,
    "sudo": _sudo,
    "doas": _sudo,
    "timeout": _timeout,
    "flock": _retry,
    "gosu": _gosu,
    "su-exec": _gosu,
    "linux32": _linux32,
    "linux64": _linux32,
}


def _assignments(words: tuple[Field, ...]) -> tuple[tuple[tuple[str, Value], ...], tuple[Field, ...]]:
    """Leading `NAME=value` words, and the words behind them."""
    found: list[tuple[str, Value]] = []
    for number, field in enumerate(words):
        start = prefix_of(field.value)
        name, equals, _ = start.partition("=")
        if not equals or not name.isidentifier():
            return tuple(found), words[number:]
        text = known(field.value)
        value = (
            Known(text[len(name) + 1 :], field.value.because)
            if text is not None
            else options.cut(field, len(name) + 1).value
        )
        found.append((name, value))
    return tuple(found), ()

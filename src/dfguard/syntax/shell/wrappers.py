"""A command's words to the command that is really run: `sudo -u x env A=1 timeout 5 poetry run python …` to `python …`.

The table holds, for each program that runs another one, which of its options take a word, and how many operands
stand before the command. Sources: the manual pages of GNU coreutils 9.4, util-linux 2.40, sudo 1.9, gosu, su-exec,
tini, dumb-init, and `--help` of conda 24, micromamba 2, poetry 2, uv 0.9, pipenv 2024, pdm 2.2, hatch 1.14, pixi 0.40.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.shell.nodes import Assignment, Literal, Word

if TYPE_CHECKING:
    from collections.abc import Iterator


class Wrapper(Record):
    """One program that runs another: its name without directory, all its own words, the variables it sets for
    the program (`env A=1`, `sudo A=1`), and the user it changes to, as written.
    """

    name: str
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    user: str | None = None


class Peeled(Record):
    """The wrappers from the outside in, and the words of the command they run."""

    wrappers: tuple[Wrapper, ...]
    words: tuple[Word, ...]


class _Usage(Record):
    """How a wrapper is called: options that take a word, number of operands before the command, the subcommand it
    needs, and options that make it something else than a wrapper.
    """

    valued: frozenset[str] = frozenset()
    operands: int = 0
    subcommands: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    sets_variables: bool = False
    user: str = ""
    needs_user: bool = False


def _options(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RUN = ("run",)
_CONDA = _Usage(_options("-n --name -p --prefix --cwd -r --root-prefix -a --attach -e --env"), 0, _RUN)
_UV_VALUED = _options(
    "--with --with-editable --with-requirements --extra --no-extra --group --no-group --only-group --python -p -w"
    " --env-file --index --default-index --index-url -i --extra-index-url --find-links -f --package --project"
    " --directory --cache-dir --config-file --color --refresh-package --upgrade-package -P --reinstall-package"
    " --no-binary-package --no-build-package --resolution --prerelease --fork-strategy --link-mode --exclude-newer"
    " --python-platform --config-setting -C --index-strategy --keyring-provider --allow-insecure-host --from"
    " --no-build-isolation-package --python-preference --torch-backend --constraints -c --overrides --build-constraints -b"
)
_TABLE = {
    "sudo": _Usage(
        _options(
            "-u --user -g --group -h --host -p --prompt -C -r --role -t --type -T -U -D --chdir -R --chroot"
        ),
        refused=_options("-l --list -v --validate -k -K -e --edit -V"),
        sets_variables=True,
        user="-u --user",
    ),
    "doas": _Usage(_options("-u -C -a"), user="-u"),
    "env": _Usage(
        _options("-u --unset -C --chdir -a --argv0"),
        refused=_options("-S --split-string"),
        sets_variables=True,
    ),
    "exec": _Usage(_options("-a")),
    "command": _Usage(refused=_options("-v -V -pv -pV")),
    "builtin": _Usage(),
    "busybox": _Usage(refused=_options("--install --list --help")),
    "time": _Usage(_options("-f --format -o --output")),
    "timeout": _Usage(_options("-s --signal -k --kill-after"), 1),
    "nice": _Usage(_options("-n --adjustment")),
    "ionice": _Usage(_options("-c --class -n --classdata"), refused=_options("-p --pid -P -u --uid")),
    "chrt": _Usage(_options("-T -P -D"), 1, refused=_options("-p --pid -m --max")),
    "taskset": _Usage(operands=1, refused=_options("-p --pid")),
    "numactl": _Usage(_options("-N -m -i -C -p -P -w"), refused=_options("-s --show -H --hardware")),
    "nohup": _Usage(),
    "setsid": _Usage(),
    "stdbuf": _Usage(_options("-i --input -o --output -e --error")),
    "unbuffer": _Usage(),
    "eatmydata": _Usage(),
    "fakeroot": _Usage(_options("-l -s -i -b")),
    "linux32": _Usage(),
    "linux64": _Usage(),
    "strace": _Usage(_options("-o -e -p -s -P -a -E -I -O -S -u -b")),
    "flock": _Usage(_options("-w --timeout -E --conflict-exit-code"), 1, refused=_options("-c --command -u")),
    "gosu": _Usage(operands=1, user="0"),
    "su-exec": _Usage(operands=1, user="0"),
    "setuser": _Usage(operands=1, user="0"),
    "s6-setuidgid": _Usage(operands=1, user="0"),
    "setpriv": _Usage(
        _options(
            "--reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig"
            " --selinux-label --apparmor-profile"
        ),
        refused=_options("-d --dump"),
        user="--reuid",
    ),
    "runuser": _Usage(
        _options("-u --user -g --group -G --supp-group"),
        refused=_options("-c --command --session-command -l --login -"),
        user="-u --user",
        needs_user=True,
    ),
    "chpst": _Usage(_options("-u -U -b -/ -n -l -L -m -d -o -p -f -c -r -t"), user="-u"),
    "tini": _Usage(_options("-p -e")),
    "tini-static": _Usage(_options("-p -e")),
    "docker-init": _Usage(_options("-p -e")),
    "dumb-init": _Usage(_options("-r --rewrite")),
    "catatonit": _Usage(),
    "my_init": _Usage(),
    "with-contenv": _Usage(),
    "xvfb-run": _Usage(
        _options(
            "-n --server-num -s --server-args -e --error-file -f --auth-file -p --xauth-protocol -w --wait"
        )
    ),
    "conda": _CONDA,
    "mamba": _CONDA,
    "micromamba": _CONDA,
    "poetry": _Usage(_options("-C --directory -P --project"), 0, _RUN),
    "uv": _Usage(_UV_VALUED, 0, ("run", "tool run"), refused=_options("-m --module")),
    "uvx": _Usage(_UV_VALUED),
    "pipenv": _Usage(_options("--python --pypi-mirror"), 0, _RUN),
    "pdm": _Usage(
        _options("-p --project -c --config --venv"), 0, _RUN, refused=_options("-l --list -j --json")
    ),
    "rye": _Usage(_options("--pyproject"), 0, _RUN),
    "hatch": _Usage(_options("-e --env -p --project --data-dir --cache-dir --config"), 0, _RUN),
    "pixi": _Usage(
        _options("-e --environment --manifest-path -m --color"), 0, ("run", "exec"), refused=_options("-l")
    ),
    "pyenv": _Usage(operands=0, subcommands=("exec",)),
    "direnv": _Usage(operands=1, subcommands=("exec",)),
    "doppler": _Usage(_options("-p --project -c --config -t --token --config-dir --mount"), 0, _RUN),
    "infisical": _Usage(_options("--env --projectId --path --token --domain"), 0, _RUN),
    "op": _Usage(_options("--env-file --account"), 0, _RUN),
    "dotenv": _Usage(_options("-f --file"), 0, _RUN),
    "ddtrace-run": _Usage(),
    "opentelemetry-instrument": _Usage(),
    "newrelic-admin": _Usage(subcommands=("run-program",)),
}
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
MOST_WRAPPERS = 16


def program_name(word: Word) -> str:
    """The name of the program a word runs, without directory; empty when an expansion decides it."""
    return posixpath.basename(word.literal or "")


def peel(words: tuple[Word, ...]) -> Peeled:
    """The wrappers around a command, and the command. A wrapper that runs nothing (`env`, `exec >log`,
    `command -v x`) is itself the command. `chroot` and `xargs` are no wrappers: what they run is given another
    root or other words.
    """
    wrappers: list[Wrapper] = []
    while words and len(wrappers) < MOST_WRAPPERS:
        usage = _TABLE.get(program_name(words[0]))
        found = _wrapped(words, usage) if usage else None
        if found is None:
            break
        wrapper, words = found
        wrappers.append(wrapper)
    return Peeled(tuple(wrappers), words)


def _wrapped(words: tuple[Word, ...], usage: _Usage) -> tuple[Wrapper, tuple[Word, ...]] | None:
    start = _behind_subcommand(words, usage)
    if start is None:
        return None
    end, user = _behind_options(words, start, usage)
    if end is None or (usage.needs_user and user is None):
        return None
    assignments: list[Assignment] = []
    while usage.sets_variables and end < len(words) and (found := assignment_of(words[end])):
        assignments.append(found)
        end += 1
    if usage.operands and usage.user == "0" and end < len(words):
        user = words[end].literal
    end += usage.operands
    if end < len(words) and usage.operands and words[end].literal == "--":
        end += 1
    if end >= len(words):
        return None
    return Wrapper(program_name(words[0]), words[:end], tuple(assignments), user), words[end:]


def _behind_subcommand(words: tuple[Word, ...], usage: _Usage) -> int | None:
    """The index behind the subcommand; None when it is not there."""
    if not usage.subcommands:
        return 1
    at, _ = _behind_options(words, 1, usage)
    if at is None:
        return None
    for subcommand in usage.subcommands:
        parts = subcommand.split()
        if [word.literal for word in words[at : at + len(parts)]] == parts:
            return at + len(parts)
    return None


def _behind_options(words: tuple[Word, ...], i: int, usage: _Usage) -> tuple[int | None, str | None]:
    """The index of the first word that is no option (None: an option makes it no wrapper), and the user named."""
    user: str | None = None
    users = usage.user.split()
    while i < len(words):
        text = words[i].literal
        if text is None or not text.startswith("-") or text == "-":
            break
        name, has_value, value = text.partition("=")
        if name in usage.refused:
            return None, None
        if text == "--":
            return i + 1, user
        takes_word = name in usage.valued and not has_value
        if name in users:
            user = value if has_value else words[i + 1].literal if i + 1 < len(words) else None
        i += 2 if takes_word else 1
    return i, user


def assignment_of(word: Word) -> Assignment | None:
    """A word `NAME=value` as the assignment `env` reads in it; None for any other word."""
    first = word.parts[0] if word.parts else None
    found = _VARIABLE.match(first.text.value) if isinstance(first, Literal) else None
    if first is None or found is None or not isinstance(first, Literal):
        return None
    rest = first.text.cut(found.end())
    parts = (
        (Literal(rest, first.is_quoted), *word.parts[1:])
        if rest.value or len(word.parts) == 1
        else word.parts[1:]
    )
    at = word.raw.value.find("=") + 1
    return Assignment(found.group(1), Word(word.raw.cut(at), parts), word.span)


def fed(words: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    """The commands that `xargs` and `find -exec` run with further words: the words that stand there."""
    name = program_name(words[0]) if words else ""
    if name == "xargs":
        usage = _Usage(
            _options("-I -n -P -L -d -a -E -s --max-args --max-procs --delimiter --arg-file --replace")
        )
        at, _ = _behind_options(words, 1, usage)
        if at is not None and at < len(words):
            yield words[at:]
    elif name == "find":
        starts = [i for i, word in enumerate(words) if word.literal in {"-exec", "-execdir", "-ok", "-okdir"}]
        for start in starts:
            ends = (i for i in range(start, len(words)) if words[i].literal in {";", "+"})
            end = next(ends, len(words))
            if end > start + 1:
                yield words[start + 1 : end]

"""python, pip, uv, conda, poetry and their like: what they install, where it may land, and the files they cannot do without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.shell import getopt
from dfguard.interp.shell.call import CommandCall
from dfguard.interp.shell.commands.packages.installing import (
    add,
    local_folder,
    program_of,
    requirement,
    requirements_file,
)
from dfguard.interp.shell.effects.project_environments import make_environment, put_environment
from dfguard.interp.shell.effects.reach import apply, build_project, may_write_anywhere, may_write_named
from dfguard.interp.shell.effects.reach_tables import PIP, UV, row
from dfguard.interp.shell.registry import command, transfer_of
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.interp.shell.call import Operand
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome
    from dfguard.interp.state.model import Package


_PYTHON_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")
# The options of CPython that take the next word, https://docs.python.org/3/using/cmdline.html.
_PYTHON_VALUES = frozenset({"-W", "-X", "--check-hash-based-pycs"})


def needs(call: CommandCall, operand: Operand, code: int = 1) -> bool:
    """Whether the command can go on: it fails when the file or directory that it is told to read is not there."""
    if operand.path is None or not operand.is_certain:
        return True
    if call.files.resolve(operand.path).presence is not Presence.ABSENT:
        return True
    call.fail(f"{operand.path} does not exist", code)
    return False


def needs_one_of(call: CommandCall, names: Iterable[str]) -> None:
    """A tool that works on the project in the working directory fails when none of its files is there."""
    folder = known(call.shell.cwd)
    if folder is None:
        return
    every = tuple(names)
    if all(call.files.resolve(paths.clean(name, folder)).presence is Presence.ABSENT for name in every):
        call.fail(f"{folder} has no {' or '.join(every)}")


def needs_python_project(call: CommandCall, field: Field) -> None:
    """`pip install ./folder` and `pip install file.whl`: the file, or the folder with a project in it, has to be there.

    Source: https://pip.pypa.io/en/stable/topics/local-project-installs/.
    """
    operand = call.operand(field)
    text = (operand.text or "").partition("[")[0].removeprefix("file://")
    is_file = text.endswith((".whl", ".tar.gz", ".zip"))
    is_folder = text in (".", "..") or text.startswith(("./", "../", "/"))
    if "://" in text or " " in text or not (is_file or is_folder):
        return
    folder = known(call.shell.cwd)
    if folder is None and not text.startswith("/"):
        return
    path = paths.clean(text, folder or "/")
    entry = call.files.resolve(path)
    if entry.presence is Presence.ABSENT or (text.endswith(".whl") and entry.is_left_to_the_base):
        call.fail(f"{path} does not exist")
    elif not is_file and all(
        call.files.resolve(paths.clean(name, path)).presence is Presence.ABSENT for name in _PYTHON_PROJECT
    ):
        call.fail(f"{path} has no {' or '.join(_PYTHON_PROJECT[:2])}")


def needs_script(call: CommandCall) -> bool:
    """`python FILE`: whether it goes on; the interpreter stops with 2 when it cannot open the file."""
    is_value = False
    for field, text in zip(call.arguments, call.texts(), strict=True):
        if text is None or text in ("-c", "-m", "-", "-V", "--version", "-h", "--help"):
            return True
        if is_value or text.startswith("-"):
            is_value = not is_value and text in _PYTHON_VALUES
            continue
        return needs(call, call.operand(field), 2)
    return True


_LOCAL = (".", "/", "~", "file:")


@command("pip", "pip3", "easy_install")
def pip(call: CommandCall) -> Outcome:
    """`pip install|uninstall|download|wheel ...`; other sub-commands leave no files that matter."""
    return _pip(call, call.arguments, "pip")


def _pip(call: CommandCall, words: tuple[Field, ...], manager: str) -> Outcome:
    inner = CommandCall(call.walk, call.shell, call.run, words, call.stdin)
    parsed = inner.options(PIP)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    operands = parsed.operands[1:]
    wanted: tuple[Package, ...] = ()
    if verb in ("install", "wheel", "download"):
        for field in (*operands, *parsed.values("e")) if verb == "install" else ():
            needs_python_project(call, field)
        for field in (*parsed.values("r"), *parsed.values("c")) if verb == "install" else ():
            if "://" not in (known(field.value) or ""):
                needs(call, call.operand(field))
        wanted = tuple(_required(inner, parsed, manager, operands))
    if verb == "install":
        add(call, wanted)
    elif verb == "uninstall":
        gone = {known(field.value) for field in operands}
        call.shell.packages = tuple(p for p in call.shell.packages if p.name not in gone)
    found = row("easy_install" if call.tool == "easy_install" else "pip", verb or "")
    if found is not None:
        apply(inner, found, words)
    _build_local(inner, wanted, (*operands, *parsed.values("e")))
    call.unsure()
    return call.outcome(None)


def _build_local(call: CommandCall, packages: tuple[Package, ...], fields: tuple[Field, ...]) -> None:
    """The projects in folders of the image are built; code from elsewhere knows nothing of this image's folders."""
    cwd = known(call.shell.cwd)
    named = [text.partition("[")[0] for field in fields if (text := known(field.value))]
    named += [package.url for package in packages if package.url]
    for text in dict.fromkeys(named):
        is_folder = text.startswith(_LOCAL) and not text.endswith((".whl", ".txt"))
        if is_folder:
            folder = paths.clean(text.removeprefix("file://"), cwd) if cwd else None
            build_project(call, folder)


def _required(
    call: CommandCall, parsed: Parsed, manager: str, operands: tuple[Field, ...]
) -> Iterator[Package]:
    target = parsed.text("t") or parsed.text("prefix")
    for package in _named(call, parsed, manager, operands):
        yield replace(package, directory=target) if target else package


def _named(call: CommandCall, parsed: Parsed, manager: str, operands: tuple[Field, ...]) -> Iterator[Package]:
    for field in (*operands, *parsed.values("e")):
        text = known(field.value)
        place = field.place
        made = (
            requirement(
                local_folder(text, call), place, manager, program_of(call), is_certain=call.run.is_certain
            )
            if text
            else None
        )
        if made is not None:
            yield made
        else:
            call.unknown("a requirement is not known")
    for option, is_constraint in (("c", True), ("r", False)):
        for field in parsed.values(option):
            name = known(field.value)
            if name is None:
                call.unknown("the name of a requirements file is not known")
            else:
                yield from requirements_file(call, name, manager, is_constraint=is_constraint)


@command("uv")
def uv(call: CommandCall) -> Outcome:
    """`uv pip install`, `uv sync`, `uv add`, `uv venv DIR`, `uv tool install`."""
    words = call.texts()
    parsed = call.options(UV)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    if verb == "pip" and "pip" in words:
        return _pip(call, call.arguments[words.index("pip") + 1 :], "uv")
    if verb == "add" and "add" in words:
        rest = call.arguments[words.index("add") + 1 :]
        inner = CommandCall(call.walk, call.shell, call.run, rest, call.stdin)
        own = inner.options(UV)
        add(call, _named(inner, own, "uv", own.operands))
    return _project(call, verb or "")


@command("poetry", "pipenv", "pdm", "pipx")
def project_manager(call: CommandCall) -> Outcome:
    """Tools that install what a project file says: somewhere below the project, HOME or the system's Python."""
    parsed = call.options(UV)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    if verb == "run":
        may_write_anywhere(call)
    return _project(call, verb or "")


def _project(call: CommandCall, verb: str) -> Outcome:
    make_environment(call, call.arguments, call.tool, verb)
    return call.outcome(None, status=None)


@command("conda", "mamba", "micromamba")
def conda(call: CommandCall) -> Outcome:
    """`conda install|create|env create|update`: packages by `name=version`, below the installation."""
    parsed = call.options(
        "n=,name= p=,prefix= c=,channel= f=,file= y,yes q,quiet override-channels no-deps freeze-installed solver= "
        "no-channel-priority strict-channel-priority update-deps no-update-deps a,all json"
    )
    verb = known(parsed.operands[0].value) if parsed.operands else None
    if verb in ("install", "create", "update"):
        add(call, _conda_packages(call, parsed))
    found = row("conda", verb or "")
    if found is not None:
        apply(call, found, call.arguments)
    return call.outcome(None, status=None)


def _conda_packages(call: CommandCall, parsed: Parsed) -> Iterator[Package]:
    for field in parsed.operands[1:]:
        text = known(field.value)
        if not text:
            continue
        name = text.rpartition("::")[2]
        made = requirement(name, field.place, "conda", program_of(call), is_certain=call.run.is_certain)
        if made is not None:
            yield made


_QUIET_MODULES = frozenset(
    ["json.tool", "platform", "site", "sysconfig", "http.server", "this", "zipapp", "ensurepip"]
)
_PIP_MODULES = re.compile(r"pip|uv|pipx|poetry|pdm|pipenv|conda")


@command("python", "python2", "python3", "pypy", "pypy3")
def python(call: CommandCall) -> Outcome:
    """`python -m pip ...` is pip; `-m venv DIR` makes DIR; other code may write where it runs."""
    words = call.texts()
    if "-m" in words:
        at = words.index("-m")
        module = words[at + 1] if at + 1 < len(words) else None
        rest = call.arguments[at + 2 :]
        if module and _PIP_MODULES.fullmatch(module):
            function = transfer_of(module)
            if function is not None:
                return function(CommandCall(call.walk, call.shell, call.run, rest, call.stdin))
        if module in ("venv", "virtualenv"):
            return _venv(call, module, CommandCall(call.walk, call.shell, call.run, rest, call.stdin))
    if needs_script(call) and not (_is_told(words) or module_of(words) in _QUIET_MODULES):
        may_write_named(call, [field for field in call.arguments if _names_data(known(field.value))])
        may_write_anywhere(call)
    call.unsure()
    return call.outcome(None)


def _names_data(text: str | None) -> bool:
    """Whether an argument may be a path that the program writes: neither code nor a file of code."""
    return text is not None and "/" in text and not text.endswith(".py") and len(text.split()) == 1


def _is_told(words: list[str | None]) -> bool:
    """Whether it only says something about itself."""
    return bool(words) and all(word in ("-V", "--version", "-h", "--help", "-VV") for word in words)


def module_of(words: list[str | None]) -> str | None:
    """The module behind `-m`."""
    at = words.index("-m") + 1 if "-m" in words else len(words)
    return words[at] if at < len(words) else None


def _venv(call: CommandCall, module: str, inner: CommandCall) -> Outcome:
    found = row(module, "")
    if found is not None:
        parsed = getopt.parse(inner.arguments, found.options)
        for operand in call.operands(parsed.operands):
            put_environment(call, operand, is_movable=parsed.has("relocatable"))
        apply(call, found, inner.arguments)
    return call.outcome(None, status=None)


@command("virtualenv")
def virtualenv(call: CommandCall) -> Outcome:
    """`virtualenv DIR` makes DIR."""
    return _venv(call, "virtualenv", call)

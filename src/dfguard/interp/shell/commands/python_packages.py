"""pip, uv, conda, poetry and their like: what they install, and where it may land."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.shell.call import Call
from dfguard.interp.shell.commands.installing import (
    add,
    local_folder,
    program_of,
    requirement,
    requirements_file,
)
from dfguard.interp.shell.commands.needing import needs, needs_python_project
from dfguard.interp.shell.project_environments import make_environment
from dfguard.interp.shell.reach import apply, build_project, may_write_anywhere
from dfguard.interp.shell.reach_tables import PIP, UV, row
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome
    from dfguard.interp.shell.words import Field
    from dfguard.interp.state.model import Package

_LOCAL = (".", "/", "~", "file:")


@command("pip", "pip3", "easy_install")
def pip(call: Call) -> Outcome:
    """`pip install|uninstall|download|wheel ...`; other sub-commands leave no files that matter."""
    return _pip(call, call.arguments, "pip")


def _pip(call: Call, words: tuple[Field, ...], manager: str) -> Outcome:
    inner = Call(call.walk, call.shell, call.run, words, call.stdin)
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


def _build_local(call: Call, packages: tuple[Package, ...], fields: tuple[Field, ...]) -> None:
    """The projects in folders of the image are built; code from elsewhere knows nothing of this image's folders."""
    cwd = known(call.shell.cwd)
    named = [text.partition("[")[0] for field in fields if (text := known(field.value))]
    named += [package.url for package in packages if package.url]
    for text in dict.fromkeys(named):
        is_folder = text.startswith(_LOCAL) and not text.endswith((".whl", ".txt"))
        if is_folder:
            folder = paths.clean(text.removeprefix("file://"), cwd) if cwd else None
            build_project(call, folder)


def _required(call: Call, parsed: Parsed, manager: str, operands: tuple[Field, ...]) -> Iterator[Package]:
    target = parsed.text("t") or parsed.text("prefix")
    for package in _named(call, parsed, manager, operands):
        yield replace(package, directory=target) if target else package


def _named(call: Call, parsed: Parsed, manager: str, operands: tuple[Field, ...]) -> Iterator[Package]:
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
def uv(call: Call) -> Outcome:
    """`uv pip install`, `uv sync`, `uv add`, `uv venv DIR`, `uv tool install`."""
    words = call.texts()
    parsed = call.options(UV)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    if verb == "pip" and "pip" in words:
        return _pip(call, call.arguments[words.index("pip") + 1 :], "uv")
    if verb == "add" and "add" in words:
        rest = call.arguments[words.index("add") + 1 :]
        inner = Call(call.walk, call.shell, call.run, rest, call.stdin)
        own = inner.options(UV)
        add(call, _named(inner, own, "uv", own.operands))
    return _project(call, verb or "")


@command("poetry", "pipenv", "pdm", "pipx")
def project_manager(call: Call) -> Outcome:
    """Tools that install what a project file says: somewhere below the project, HOME or the system's Python."""
    parsed = call.options(UV)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    if verb == "run":
        may_write_anywhere(call)
    return _project(call, verb or "")


def _project(call: Call, verb: str) -> Outcome:
    make_environment(call, call.arguments, call.tool, verb)
    return call.outcome(None, status=None)


@command("conda", "mamba", "micromamba")
def conda(call: Call) -> Outcome:
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


def _conda_packages(call: Call, parsed: Parsed) -> Iterator[Package]:
    for field in parsed.operands[1:]:
        text = known(field.value)
        if not text:
            continue
        name = text.rpartition("::")[2]
        made = requirement(name, field.place, "conda", program_of(call), is_certain=call.run.is_certain)
        if made is not None:
            yield made
